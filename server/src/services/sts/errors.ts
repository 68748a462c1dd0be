import { MalformedPolicyDocumentException$, PackedPolicyTooLargeException$ } from '@aws-sdk/client-sts';
import type { StaticErrorSchema } from '@smithy/types';
import { ServiceError } from '../service-error.ts';

// STS raises these two, but its model does not declare them.
const ValidationError$: StaticErrorSchema = modelless('ValidationError', 400);
const AccessDenied$: StaticErrorSchema = modelless('AccessDenied', 403);

export function validationError(message: string): ServiceError {
  return new ServiceError(ValidationError$, message);
}

/** A refusal that no policy of the caller decides. */
export function accessDenied(message: string): ServiceError {
  return new ServiceError(AccessDenied$, message);
}

export function malformedPolicy(message: string): ServiceError {
  return new ServiceError(MalformedPolicyDocumentException$, message);
}

export function packedPolicyTooLarge(message: string): ServiceError {
  return new ServiceError(PackedPolicyTooLargeException$, message);
}

function modelless(code: string, status: number): StaticErrorSchema {
  return [-3, 'com.amazonaws.sts', code, { error: 'client', httpError: status }, ['message'], [0]];
}
