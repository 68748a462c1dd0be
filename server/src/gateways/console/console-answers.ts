import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { TooManyAttemptsError } from '../../access/authentication/sign-in-guard.ts';
import { SignatureError } from '../../access/authentication/signature-error.ts';
import { ThrottledError } from '../../access/request-throttle.ts';
import type { Logger } from '../../observability/logger.ts';
import { AccountInputError, SignUpClosedError } from '../../services/iam/accounts.ts';
import { ServiceError } from '../../services/service-error.ts';
import { storageFailureOf } from '../../storage/storage-failure.ts';
import { ForwardedAddressError } from '../../trusted-proxies.ts';
import type { FailureResponse } from './messages.ts';

/** Has every route of the scope answer as the console's pages expect: nothing is kept, and refusals are JSON. */
export function answerPages(scope: FastifyInstance, logger: Pick<Logger, 'error'>): void {
  scope.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
  });
  scope.setErrorHandler((error, _request, reply) => {
    const { status, ...failure } = failureOf(error);
    if (isTooEarly(error)) reply.header('retry-after', error.retryAfterSeconds);
    if (status >= 500) logger.error({ err: error }, 'A request of the console failed');
    return reply.code(status).send(failure satisfies FailureResponse);
  });
}

function isTooEarly(error: unknown): error is TooManyAttemptsError | ThrottledError {
  return error instanceof TooManyAttemptsError || error instanceof ThrottledError;
}

function failureOf(error: unknown): FailureResponse & { readonly status: number } {
  if (error instanceof SignatureError) return { status: 401, code: 'NotSignedIn', message: error.message };
  if (error instanceof ServiceError) return { status: 400, code: error.queryCode, message: error.message };
  if (error instanceof SignUpClosedError) return { status: 403, code: 'SignUpClosed', message: error.message };
  if (error instanceof AccountInputError) {
    return { status: 400, code: 'ValidationError', message: sentence(error.message) };
  }
  if (error instanceof ForwardedAddressError)
    return { status: 400, code: 'ValidationError', message: `${error.message}.` };
  if (isTooEarly(error)) {
    return { status: 429, code: 'Throttling', message: `${error.message}.` };
  }
  const storage = storageFailureOf(error);
  if (storage !== undefined) return { status: 503, code: 'ServiceUnavailable', message: `${storage.message}.` };
  const { statusCode = 500 } = error as { statusCode?: number };
  if (error instanceof z.ZodError || (statusCode >= 400 && statusCode < 500)) {
    return { status: 400, code: 'ValidationError', message: 'The request is not one of the console.' };
  }
  return { status: 500, code: 'InternalFailure', message: 'The request failed because of an unknown error.' };
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
