import { randomUUID } from 'node:crypto';
import {
  BatchGetRepositories$,
  BatchGetRepositoriesCommand,
  type BatchGetRepositoriesError,
  type BatchGetRepositoriesErrorCodeEnum,
  CreateRepository$,
  CreateRepositoryCommand,
  DeleteRepository$,
  DeleteRepositoryCommand,
  GetRepository$,
  GetRepositoryCommand,
  RepositoryLimitExceededException$,
  type RepositoryMetadata,
} from '@aws-sdk/client-codecommit';
import { raiseGeneration } from '../../repositories/reference-store.ts';
import { RepositoryNotFoundError } from '../../repositories/repository-errors.ts';
import { isUniqueViolation } from '../../storage/database/database.ts';
import { databaseTime } from '../../storage/database/database-time.ts';
import { lockAccount } from '../../storage/database/row-locks.ts';
import type { RepositoryRow } from '../../storage/database/schema.ts';
import type { Call, Operation } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { repositoryArn } from './arns.ts';
import { newDataKey, openDataKey, requireKey } from './repository-encryption.ts';
import { repositoryNameExists, storedDescription } from './repository-properties.ts';
import {
  existingRepository,
  findRepositories,
  repositoryDoesNotExist,
  repositoryResource,
  repositoryTarget,
  scopeOf,
} from './repository-targets.ts';
import { type CodecommitServices, operation } from './service.ts';
import { requestTagContext } from './tags.ts';

/** Of one account in one Region: CodeCommit User Guide, "Quotas". */
const REPOSITORIES_MAXIMUM = 1000;

const createRepository = operation(CreateRepository$, CreateRepositoryCommand, {
  target: (_services, call, { repositoryName, tags }) => ({
    resources: [repositoryResource({ ...scopeOf(call), repositoryName })],
    context: requestTagContext(tags),
  }),
  handle: async (services, call, input) => {
    const { accountId, region } = scopeOf(call);
    const repositoryId = randomUUID();
    const description = storedDescription(input.repositoryDescription);
    const { keyArn, ciphertext } = await newDataKey(services, call, repositoryId, input.kmsKeyId);
    const now = Date.now();
    const repository: RepositoryRow = {
      repository_id: repositoryId,
      account_id: accountId,
      region,
      repository_name: input.repositoryName,
      description,
      default_branch: null,
      kms_key_arn: keyArn,
      data_key: ciphertext,
      generation: 0,
      tags: JSON.stringify(input.tags ?? {}),
      created_at: now,
      updated_at: now,
    };
    await insertRepository(services, repository);
    return { repositoryMetadata: describeRepository(services, call, repository) };
  },
});

const getRepository = operation(GetRepository$, GetRepositoryCommand, {
  target: (services, call, { repositoryName }) => repositoryTarget(services, call, repositoryName),
  handle: async (services, call, _input, target) => {
    const repository = existingRepository(target);
    await openDataKey(services, call, repository);
    return { repositoryMetadata: describeRepository(services, call, repository) };
  },
});

const batchGetRepositories = operation(BatchGetRepositories$, BatchGetRepositoriesCommand, {
  target: async (services, call, input) => {
    const repositoryNames = [...new Set(input.repositoryNames)];
    const rows = await findRepositories(services, call, repositoryNames);
    const found = new Map(rows.map((row) => [row.repository_name, row]));
    return {
      repositoryNames,
      found,
      resources: repositoryNames.map((repositoryName) =>
        repositoryResource({ ...scopeOf(call), repositoryName }, found.get(repositoryName)),
      ),
    };
  },
  handle: async (services, call, _input, { repositoryNames, found }) => {
    const repositories: RepositoryMetadata[] = [];
    const repositoriesNotFound: string[] = [];
    const errors: BatchGetRepositoriesError[] = [];
    for (const repositoryName of repositoryNames) {
      const repository = found.get(repositoryName);
      if (repository === undefined) {
        repositoriesNotFound.push(repositoryName);
        errors.push({ repositoryName, ...batchError(repositoryDoesNotExist(repositoryName)) });
        continue;
      }
      const refusal = await keyRefusal(services, call, repository);
      if (refusal === undefined) repositories.push(describeRepository(services, call, repository));
      else errors.push({ repositoryId: repository.repository_id, repositoryName, ...batchError(refusal) });
    }
    return { repositories, repositoriesNotFound, errors };
  },
});

const deleteRepository = operation(DeleteRepository$, DeleteRepositoryCommand, {
  target: (services, call, { repositoryName }) => repositoryTarget(services, call, repositoryName),
  // Without a look at the key: a repository whose key is gone for good must not stay for good.
  handle: async (services, _call, _input, { repository }) => {
    if (repository === undefined) return {};
    const { repository_id: repositoryId } = repository;
    return (await destroyRepository(services, repositoryId)) ? { repositoryId } : {};
  },
});

export const repositoryOperations: readonly Operation<CodecommitServices>[] = [
  createRepository,
  getRepository,
  batchGetRepositories,
  deleteRepository,
];

function describeRepository({ endpoint }: CodecommitServices, call: Call, row: RepositoryRow): RepositoryMetadata {
  const { account_id: accountId, region, repository_name: repositoryName } = row;
  return {
    accountId,
    repositoryId: row.repository_id,
    repositoryName,
    repositoryDescription: row.description ?? undefined,
    defaultBranch: row.default_branch ?? undefined,
    lastModifiedDate: new Date(row.updated_at),
    creationDate: new Date(row.created_at),
    cloneUrlHttp: endpoint.cloneUrlHttp(region, repositoryName, call.environment.secureTransport),
    cloneUrlSsh: endpoint.cloneUrlSsh(region, repositoryName),
    Arn: repositoryArn({ region, accountId, repositoryName }),
    kmsKeyId: row.kms_key_arn,
  };
}

/** @throws RepositoryNameExists, RepositoryLimitExceeded */
async function insertRepository({ database }: CodecommitServices, row: RepositoryRow): Promise<void> {
  try {
    await database.transaction().execute(async (transaction) => {
      // Two that run at once would not count each other.
      await lockAccount(transaction, row.account_id);
      await transaction.insertInto('repositories').values(row).execute();
      const { count } = await transaction
        .selectFrom('repositories')
        .select((expression) => expression.fn.countAll<number>().as('count'))
        .where('account_id', '=', row.account_id)
        .where('region', '=', row.region)
        .executeTakeFirstOrThrow();
      // Counted with the new one, so that an existing name is told before a full account.
      if (count > REPOSITORIES_MAXIMUM) throw repositoryLimitExceeded();
    });
  } catch (error) {
    throw isUniqueViolation(error) ? repositoryNameExists(row.repository_name) : error;
  }
}

/**
 * Deletes a repository with its references and its data key, and drops its packs, whose blobs follow later.
 *
 * @returns false when it was gone already
 */
async function deleteRows({ database }: Pick<CodecommitServices, 'database'>, repositoryId: string): Promise<boolean> {
  try {
    await database.transaction().execute(async (transaction) => {
      // A push that holds the repository ends first; one that comes after finds no repository.
      await raiseGeneration(transaction, repositoryId);
      await transaction
        .updateTable('packs')
        .set({ dropped_at: databaseTime(transaction) })
        .where('repository_id', '=', repositoryId)
        .where('dropped_at', 'is', null)
        .execute();
      await transaction.deleteFrom('repository_references').where('repository_id', '=', repositoryId).execute();
      await transaction.deleteFrom('repositories').where('repository_id', '=', repositoryId).execute();
    });
    return true;
  } catch (error) {
    if (error instanceof RepositoryNotFoundError) return false;
    throw error;
  }
}

/**
 * Removes a repository with its data key, so that nothing of it can be read any more; its blobs are garbage from now on.
 *
 * @returns false when it was gone already
 */
export async function destroyRepository(
  services: Pick<CodecommitServices, 'database' | 'repositories'>,
  repositoryId: string,
): Promise<boolean> {
  const isDeleted = await deleteRows(services, repositoryId);
  await services.repositories.forget(repositoryId);
  return isDeleted;
}

/** Why the repository's key cannot be used now; undefined when it can. */
async function keyRefusal(
  services: CodecommitServices,
  call: Call,
  repository: RepositoryRow,
): Promise<ServiceError | undefined> {
  try {
    await requireKey(services, call, repository);
    return undefined;
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
}

/** The model's codes are the names of the exceptions that a single GetRepository would throw. */
function batchError({ exception, message }: ServiceError): BatchGetRepositoriesError {
  return { errorCode: exception as BatchGetRepositoriesErrorCodeEnum, errorMessage: message };
}

function repositoryLimitExceeded(): ServiceError {
  return new ServiceError(
    RepositoryLimitExceededException$,
    `A repository resource limit was exceeded: ${REPOSITORIES_MAXIMUM} repositories.`,
  );
}
