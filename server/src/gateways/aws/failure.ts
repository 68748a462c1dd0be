import { MalformedQueryStringError } from '../../access/authentication/query-string.ts';
import { TooManyAttemptsError } from '../../access/authentication/sign-in-guard.ts';
import { SignatureError, type SignatureProblem } from '../../access/authentication/signature-error.ts';
import { AccessDeniedError } from '../../access/authorization.ts';
import { ThrottledError } from '../../access/request-throttle.ts';
import { AuditUnavailableError } from '../../observability/audit/audit-trail.ts';
import { RepositoriesBusyError } from '../../repositories/repository-errors.ts';
import { ServiceError } from '../../services/service-error.ts';
import { type StorageFailure, storageFailureOf } from '../../storage/storage-failure.ts';
import { ForwardedAddressError } from '../../trusted-proxies.ts';
import { RequestError, type RequestProblem } from './request-error.ts';

/** An error as a protocol reports it. */
export interface Failure {
  readonly code: string;
  readonly status: number;
  readonly fault: 'client' | 'server';
  readonly message: string;
  /** Ours, and told to the caller: worth a warning in the log. */
  readonly warning?: StorageFailure;
}

type ProtocolName = 'json' | 'query';
type Codes = Readonly<Record<ProtocolName, readonly [code: string, status: number]>>;

/**
 * AWS's codes outside the services' models: "Common errors" of the IAM and KMS API references; the names for awsJson as
 * the services send them. AWS documents no answer to an oversized or stalled request: HTTP's own status is used.
 */
const codes: Readonly<Record<RequestProblem | SignatureProblem | 'accessDenied' | 'throttled' | 'unavailable', Codes>> =
  {
    unknownOperation: { json: ['UnknownOperationException', 400], query: ['InvalidAction', 400] },
    missingAction: { json: ['UnknownOperationException', 400], query: ['MissingAction', 400] },
    noSuchVersion: { json: ['UnknownOperationException', 400], query: ['NoSuchVersion', 400] },
    malformed: { json: ['SerializationException', 400], query: ['MalformedQueryString', 400] },
    wrongType: { json: ['SerializationException', 400], query: ['MalformedInput', 400] },
    tooLarge: { json: ['RequestEntityTooLargeException', 413], query: ['RequestEntityTooLarge', 413] },
    timeout: { json: ['RequestTimeoutException', 408], query: ['RequestTimeout', 408] },
    missing: { json: ['MissingAuthenticationTokenException', 400], query: ['MissingAuthenticationToken', 403] },
    incomplete: { json: ['IncompleteSignatureException', 400], query: ['IncompleteSignature', 400] },
    invalidToken: { json: ['UnrecognizedClientException', 400], query: ['InvalidClientTokenId', 403] },
    expiredToken: { json: ['ExpiredTokenException', 400], query: ['ExpiredToken', 403] },
    mismatch: { json: ['InvalidSignatureException', 400], query: ['SignatureDoesNotMatch', 403] },
    expired: { json: ['RequestExpired', 400], query: ['RequestExpired', 400] },
    accessDenied: { json: ['AccessDeniedException', 400], query: ['AccessDenied', 403] },
    unavailable: { json: ['ServiceUnavailableException', 503], query: ['ServiceUnavailable', 503] },
    throttled: { json: ['ThrottlingException', 400], query: ['Throttling', 400] },
  };

/** How the protocol reports an error; undefined for one that its sender must not learn more of. */
export function expectedFailure(error: unknown, protocol: ProtocolName): Failure | undefined {
  if (error instanceof ServiceError) {
    const { message, fault } = error;
    if (protocol === 'query') return { code: error.queryCode, status: error.status, fault, message };
    return { code: error.exception, status: fault === 'server' ? 500 : 400, fault, message };
  }
  const storage = storageFailureOf(error);
  if (storage !== undefined) return { ...failureOf('unavailable', protocol, storage.message), warning: storage };
  const problem = problemOf(error);
  return problem === undefined || !(error instanceof Error) ? undefined : failureOf(problem, protocol, error.message);
}

function failureOf(problem: keyof typeof codes, protocol: ProtocolName, message: string): Failure {
  const [code, status] = codes[problem][protocol];
  return { code, status, fault: status >= 500 ? 'server' : 'client', message };
}

function problemOf(error: unknown): keyof typeof codes | undefined {
  if (error instanceof SignatureError || error instanceof RequestError) return error.problem;
  if (error instanceof AccessDeniedError) return 'accessDenied';
  if (error instanceof AuditUnavailableError) return 'unavailable';
  if (isRetryable(error)) return 'throttled';
  return [MalformedQueryStringError, ForwardedAddressError].some((kind) => error instanceof kind)
    ? 'malformed'
    : undefined;
}

/** What the same request may succeed in later: SDKs back off and try again by themselves. */
function isRetryable(error: unknown): boolean {
  return [RepositoriesBusyError, ThrottledError, TooManyAttemptsError].some((kind) => error instanceof kind);
}

/** All that a caller learns of a failure of our own. */
export const internalFailure: Failure = {
  code: 'InternalFailure',
  status: 500,
  fault: 'server',
  message: 'The request processing has failed because of an unknown error, exception or failure.',
};
