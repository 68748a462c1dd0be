import { FileTooLargeException$, ValidationException$ } from '@aws-sdk/client-codecommit';
import type { StaticErrorSchema } from '@smithy/types';
import type { RepositoryHandle, RepositoryObjects } from '../../repositories/repositories.ts';
import { ObjectTooLargeError, TooMuchWorkError } from '../../repositories/repository-errors.ts';
import type { Call } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { onRepositoryData, openDataKey } from './repository-encryption.ts';
import { type AccessedTarget, existingRepository } from './repository-targets.ts';
import type { CodecommitServices } from './service.ts';

/** A repository that the caller has been let into, to be read at one moment. */
export interface RepositoryReading {
  readonly handle: RepositoryHandle;
  readonly objects: RepositoryObjects;
}

/** What an operation raises where a request asks for more than one request may. */
interface Limits {
  /** An object has too many bytes. */
  readonly tooLarge?: StaticErrorSchema;
  /** There is too much to look through. */
  readonly tooMuch?: StaticErrorSchema;
}

/**
 * Reads a repository's objects, once it is there and its key allows.
 *
 * @throws RepositoryDoesNotExist, and the exceptions of {@link openDataKey}
 */
export async function readRepository<T>(
  services: CodecommitServices,
  call: Call,
  target: AccessedTarget,
  read: (reading: RepositoryReading) => Promise<T>,
  { tooLarge = FileTooLargeException$, tooMuch = ValidationException$ }: Limits = {},
): Promise<T> {
  const repository = existingRepository(target);
  const handle = await openDataKey(services, call, repository);
  return onRepositoryData(repository, async () => {
    try {
      return await read({ handle, objects: await services.repositories.objects(handle) });
    } catch (error) {
      if (error instanceof ObjectTooLargeError) throw new ServiceError(tooLarge, error.message);
      throw error instanceof TooMuchWorkError ? new ServiceError(tooMuch, error.message) : error;
    }
  });
}
