import {
  DeleteConflictException$,
  EntityAlreadyExistsException$,
  InvalidInputException$,
  LimitExceededException$,
  NoSuchEntityException$,
  UnmodifiableEntityException$,
} from '@aws-sdk/client-iam';
import type { StaticErrorSchema } from '@smithy/types';
import { isUniqueViolation } from '../../storage/database/database.ts';
import { ServiceError } from '../service-error.ts';

// IAM raises these two, but its model does not declare them.
const ValidationError$: StaticErrorSchema = modelless('ValidationError', 400);
const AccessDenied$: StaticErrorSchema = modelless('AccessDenied', 403);

export function validationError(message: string): ServiceError {
  return new ServiceError(ValidationError$, message);
}

/** A refusal that no policy decides, such as a wrong old password. */
export function accessDenied(message: string): ServiceError {
  return new ServiceError(AccessDenied$, message);
}

export function noSuchEntity(message: string): ServiceError {
  return new ServiceError(NoSuchEntityException$, message);
}

export function noSuchUser(userName: string): ServiceError {
  return noSuchEntity(`The user with name ${userName} cannot be found.`);
}

export function alreadyExists(message: string): ServiceError {
  return new ServiceError(EntityAlreadyExistsException$, message);
}

/** @param quota its name as AWS lists it: AccessKeysPerUser */
export function quotaExceeded(quota: string, limit: number): ServiceError {
  return limitExceeded(`Cannot exceed quota for ${quota}: ${limit}`);
}

export function limitExceeded(message: string): ServiceError {
  return new ServiceError(LimitExceededException$, message);
}

export function unmodifiable(message: string): ServiceError {
  return new ServiceError(UnmodifiableEntityException$, message);
}

export function deleteConflict(message: string): ServiceError {
  return new ServiceError(DeleteConflictException$, message);
}

export function invalidInput(message: string): ServiceError {
  return new ServiceError(InvalidInputException$, message);
}

/** The work's result; `refusal` in the place of a violated unique key. */
export async function refuseDuplicate<T>(work: Promise<T>, refusal: () => Error): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw isUniqueViolation(error) ? refusal() : error;
  }
}

function modelless(code: string, status: number): StaticErrorSchema {
  return [-3, 'com.amazonaws.iam', code, { error: 'client', httpError: status }, ['message'], [0]];
}
