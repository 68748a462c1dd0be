import { TooManyAttemptsError } from '../../access/authentication/sign-in-guard.ts';
import { AccessDeniedError } from '../../access/authorization.ts';
import { ThrottledError } from '../../access/request-throttle.ts';
import { AuditUnavailableError } from '../../observability/audit/audit-trail.ts';
import {
  GitProtocolError,
  RepositoriesBusyError,
  RepositoryNotFoundError,
} from '../../repositories/repository-errors.ts';
import { ServiceError } from '../../services/service-error.ts';
import { SealedMessageError } from '../../storage/encryption/messages.ts';
import { storageFailureOf } from '../../storage/storage-failure.ts';
import { ForwardedAddressError } from '../../trusted-proxies.ts';
import { RequestBodyError } from './request-body.ts';
import { ClientGoneError } from './response-body.ts';

/** How a failed request is answered. */
export interface Refusal {
  readonly status: number;
  /** Ends with a newline. */
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Ours, not the client's, and not told to them: worth a line in the log. */
  readonly internal: boolean;
  /** Ours, not the client's, and told to them: worth a warning in the log. */
  readonly warning?: Error;
}

const RETRY_SECONDS = '10';
/** Of data that do not decrypt. */
const DAMAGED =
  'EncryptionIntegrityChecksFailedException: An encryption integrity check failed; the operator of the server has to restore the data';

/** Status and text for an error; what is not meant for clients becomes a 500 that names the request only. */
export function refusalOf(error: unknown, requestId: string): Refusal {
  const storage = storageFailureOf(error);
  if (storage !== undefined) return { ...busy(storage.message), warning: storage };
  if (error instanceof AccessDeniedError) return told(403, error.message);
  if (error instanceof ServiceError) return ofService(error, requestId);
  if (error instanceof RepositoryNotFoundError) return told(404, 'The repository does not exist');
  if (error instanceof RequestBodyError) return told(error.status, error.message);
  if (error instanceof GitProtocolError || error instanceof ForwardedAddressError) return told(400, error.message);
  if (error instanceof RepositoriesBusyError || error instanceof AuditUnavailableError) {
    return { ...busy(error.message), warning: error };
  }
  // Git shows the text and the number; after 401 it would forget a password that another's guesses have spoilt.
  if (error instanceof TooManyAttemptsError || error instanceof ThrottledError) {
    return { ...told(429, error.message), headers: { 'Retry-After': String(error.retryAfterSeconds) } };
  }
  // Logged where it was read.
  if (error instanceof SealedMessageError) return told(500, DAMAGED);
  return { ...internalError(requestId), internal: !isClientGone(error) };
}

function ofService(error: ServiceError, requestId: string): Refusal {
  // A key that the team controls stops Git on purpose, whatever status the API gives the exception.
  if (error.exception.startsWith('EncryptionKey')) return told(403, `${error.exception}: ${error.message}`);
  if (error.exception === 'EncryptionIntegrityChecksFailedException') return told(500, DAMAGED);
  if (error.exception === 'RepositoryDoesNotExistException') return told(404, error.message);
  return error.fault === 'server' ? internalError(requestId) : told(error.status, error.message);
}

function busy(message: string): Refusal {
  return { ...told(503, message), headers: { 'Retry-After': RETRY_SECONDS } };
}

function told(status: number, message: string): Refusal {
  return { status, message: `${message}\n`, internal: false };
}

function internalError(requestId: string): Refusal {
  return { status: 500, message: `Internal error; the request id is ${requestId}\n`, internal: true };
}

function isClientGone(error: unknown): boolean {
  if (error instanceof ClientGoneError) return true;
  if (!(error instanceof Error)) return false;
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'ABORT_ERR');
}
