import {
  InvalidRepositoryDescriptionException$,
  RepositoryNameExistsException$,
  UpdateRepositoryDescription$,
  UpdateRepositoryDescriptionCommand,
  UpdateRepositoryEncryptionKey$,
  UpdateRepositoryEncryptionKeyCommand,
  UpdateRepositoryName$,
  UpdateRepositoryNameCommand,
} from '@aws-sdk/client-codecommit';
import { isUniqueViolation } from '../../storage/database/database.ts';
import type { RepositoryRow } from '../../storage/database/schema.ts';
import type { Operation } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { openDataKey, requireKeyOfRepository } from './repository-encryption.ts';
import {
  existingRepository,
  findRepositories,
  repositoryDoesNotExist,
  repositoryResource,
  repositoryTarget,
  scopeOf,
} from './repository-targets.ts';
import { type CodecommitServices, operation } from './service.ts';

const updateRepositoryName = operation(UpdateRepositoryName$, UpdateRepositoryNameCommand, {
  // The caller needs the action on the old and the new ARN, and the tags go with the repository.
  target: async (services, call, { oldName, newName }) => {
    const [repository] = await findRepositories(services, call, [oldName]);
    const resources = [oldName, newName].map((repositoryName) =>
      repositoryResource({ ...scopeOf(call), repositoryName }, repository),
    );
    return { resources, repositoryName: oldName, repository };
  },
  handle: async (services, _call, { newName }, target) => {
    const repository = existingRepository(target);
    if (newName === repository.repository_name) throw repositoryNameExists(newName);
    try {
      await updateProperties(services, repository, { repository_name: newName });
    } catch (error) {
      throw isUniqueViolation(error) ? repositoryNameExists(newName) : error;
    }
    return {};
  },
});

const updateRepositoryDescription = operation(UpdateRepositoryDescription$, UpdateRepositoryDescriptionCommand, {
  target: (services, call, { repositoryName }) => repositoryTarget(services, call, repositoryName),
  handle: async (services, call, { repositoryDescription }, target) => {
    const description = storedDescription(repositoryDescription);
    const repository = existingRepository(target);
    await openDataKey(services, call, repository);
    await updateProperties(services, repository, { description });
    return {};
  },
});

const updateRepositoryEncryptionKey = operation(UpdateRepositoryEncryptionKey$, UpdateRepositoryEncryptionKeyCommand, {
  target: (services, call, { repositoryName }) => repositoryTarget(services, call, repositoryName),
  handle: async (services, call, input, target) => {
    const repository = existingRepository(target);
    requireKeyOfRepository(call, repository, input.kmsKeyId);
    await openDataKey(services, call, repository);
    const { repository_id: repositoryId, kms_key_arn: kmsKeyId } = repository;
    return { repositoryId, kmsKeyId, originalKmsKeyId: kmsKeyId };
  },
});

export const repositoryPropertyOperations: readonly Operation<CodecommitServices>[] = [
  updateRepositoryName,
  updateRepositoryDescription,
  updateRepositoryEncryptionKey,
];

/**
 * A description as it is stored; null where there is none, as an empty one is not shown either.
 *
 * @throws InvalidRepositoryDescription for a character that no database stores
 */
export function storedDescription(description: string | undefined): string | null {
  if (description?.includes('\0')) {
    throw new ServiceError(
      InvalidRepositoryDescriptionException$,
      'The specified repository description is not valid: it contains a null character.',
    );
  }
  return description === undefined || description === '' ? null : description;
}

export function repositoryNameExists(repositoryName: string): ServiceError {
  return new ServiceError(RepositoryNameExistsException$, `Repository named ${repositoryName} already exists`);
}

/** @throws RepositoryDoesNotExist when the repository has been deleted meanwhile */
async function updateProperties(
  { database }: CodecommitServices,
  repository: RepositoryRow,
  properties: Partial<Pick<RepositoryRow, 'repository_name' | 'description'>>,
): Promise<void> {
  const { numUpdatedRows } = await database
    .updateTable('repositories')
    .set({ ...properties, updated_at: Date.now() })
    .where('repository_id', '=', repository.repository_id)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw repositoryDoesNotExist(repository.repository_name);
}
