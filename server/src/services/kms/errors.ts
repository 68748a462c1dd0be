import {
  DisabledException$,
  DryRunOperationException$,
  InvalidCiphertextException$,
  InvalidKeyUsageException$,
  KMSInvalidStateException$,
  LimitExceededException$,
  NotFoundException$,
  UnsupportedOperationException$,
} from '@aws-sdk/client-kms';
import type { StaticErrorSchema } from '@smithy/types';
import { ServiceError } from '../service-error.ts';

// KMS raises these, but its model does not declare them.
const ValidationException$ = modelless('ValidationException');
const NotAuthorizedException$ = modelless('NotAuthorizedException');
const AccessDeniedException$ = modelless('AccessDeniedException');

export function validationException(message: string): ServiceError {
  return new ServiceError(ValidationException$, message);
}

/** The refusal of what nobody may do, whatever policies say. AWS gives no message. */
export function notAuthorized(): ServiceError {
  return new ServiceError(NotAuthorizedException$, '');
}

/** A refusal that names no resource, as the caller must not learn which one it is about. */
export function accessDenied(message: string): ServiceError {
  return new ServiceError(AccessDeniedException$, message);
}

export function notFound(message: string): ServiceError {
  return new ServiceError(NotFoundException$, message);
}

export function keyDoesNotExist(arn: string): ServiceError {
  return notFound(`Key '${arn}' does not exist`);
}

export function disabled(arn: string): ServiceError {
  return new ServiceError(DisabledException$, `${arn} is disabled.`);
}

export function invalidState(message: string): ServiceError {
  return new ServiceError(KMSInvalidStateException$, message);
}

export function pendingDeletion(arn: string): ServiceError {
  return invalidState(`${arn} is pending deletion.`);
}

export function unsupported(message: string): ServiceError {
  return new ServiceError(UnsupportedOperationException$, message);
}

export function limitExceeded(message: string): ServiceError {
  return new ServiceError(LimitExceededException$, message);
}

export function invalidKeyUsage(message: string): ServiceError {
  return new ServiceError(InvalidKeyUsageException$, message);
}

/** AWS gives no message: nothing is told of why. */
export function invalidCiphertext(): ServiceError {
  return new ServiceError(InvalidCiphertextException$, '');
}

/** @throws DryRunOperationException when the request asks for nothing but whether it would succeed */
export function refuseDryRun(dryRun: boolean | undefined): void {
  if (dryRun !== true) return;
  const message = 'The request would have succeeded, but the DryRun option is set.';
  throw new ServiceError(DryRunOperationException$, message);
}

function modelless(code: string): StaticErrorSchema {
  return [-3, 'com.amazonaws.kms', code, { error: 'client', httpError: 400 }, ['message'], [0]];
}
