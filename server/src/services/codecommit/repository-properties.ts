import {
  EncryptionKeyInvalidUsageException$,
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
import { openDataKey, reEncryptDataKey } from './repository-encryption.ts';
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
    const { keyArn, ciphertext } = await reEncryptDataKey(services, call, repository, input.kmsKeyId);
    await swapDataKey(services, repository, { kms_key_arn: keyArn, data_key: ciphertext });
    return {
      repositoryId: repository.repository_id,
      kmsKeyId: keyArn,
      originalKmsKeyId: repository.kms_key_arn,
    };
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

/**
 * Key and data key change together, and from what they were encrypted from only: there is no moment at which the
 * repository cannot be opened, and of two changes at once the later one is refused.
 *
 * @throws RepositoryDoesNotExist when the repository has been deleted meanwhile, EncryptionKeyInvalidUsage when its key
 *   has been changed meanwhile
 */
async function swapDataKey(
  { database }: CodecommitServices,
  repository: RepositoryRow,
  wanted: Pick<RepositoryRow, 'kms_key_arn' | 'data_key'>,
): Promise<void> {
  const { numUpdatedRows } = await database
    .updateTable('repositories')
    .set({ ...wanted, updated_at: Date.now() })
    .where('repository_id', '=', repository.repository_id)
    .where('data_key', '=', repository.data_key)
    .executeTakeFirst();
  if (numUpdatedRows > 0n) return;
  const row = await database
    .selectFrom('repositories')
    .select('repository_id')
    .where('repository_id', '=', repository.repository_id)
    .executeTakeFirst();
  if (row === undefined) throw repositoryDoesNotExist(repository.repository_name);
  throw new ServiceError(
    EncryptionKeyInvalidUsageException$,
    'The encryption key of the repository is being changed by another request. Try again.',
  );
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
