import {
  BatchGetRepositoriesCommand,
  type BatchGetRepositoriesError,
  type CodeCommitClient,
  CodeCommitServiceException,
  type RepositoryMetadata,
} from '@aws-sdk/client-codecommit';
import { useCodeCommit } from '../api/codecommit.ts';
import { useRead } from '../api/queries.ts';

/** "Maximum number of repository names in one BatchGetRepositories": API reference. */
const BATCH = 100;

interface Asked {
  readonly name: string;
  readonly resolve: (repository: RepositoryMetadata) => void;
  readonly reject: (error: unknown) => void;
}

/** What is asked for in one turn of the event loop, as by the rows of a page, goes to the API together. */
const asked = new WeakMap<CodeCommitClient, Asked[]>();

/** What BatchGetRepositories tells of one repository. */
export function useRepositoryDetails(name: string) {
  const client = useCodeCommit();
  return useRead(['codecommit', 'BatchGetRepositories', name], () => detailsOf(client, name));
}

function detailsOf(client: CodeCommitClient, name: string): Promise<RepositoryMetadata> {
  return new Promise((resolve, reject) => {
    const waiting = asked.get(client) ?? [];
    if (waiting.length === 0) {
      asked.set(client, waiting);
      setTimeout(() => {
        asked.delete(client);
        for (let start = 0; start < waiting.length; start += BATCH) {
          void answer(client, waiting.slice(start, start + BATCH));
        }
      });
    }
    waiting.push({ name, resolve, reject });
  });
}

/** The API refuses many for the sake of one that the caller may not see: each is asked for alone then. */
async function answer(client: CodeCommitClient, batch: readonly Asked[]): Promise<void> {
  try {
    const repositoryNames = batch.map(({ name }) => name);
    const { repositories = [], errors = [] } = await client.send(new BatchGetRepositoriesCommand({ repositoryNames }));
    const found = new Map(repositories.map((repository) => [repository.repositoryName, repository]));
    const refused = new Map(errors.map((error) => [error.repositoryName, error]));
    for (const { name, resolve, reject } of batch) {
      const repository = found.get(name);
      if (repository === undefined) reject(refusalOf(name, refused.get(name)));
      else resolve(repository);
    }
  } catch (error) {
    const isRefused = error instanceof CodeCommitServiceException && error.name.startsWith('AccessDenied');
    if (isRefused && batch.length > 1) for (const one of batch) void answer(client, [one]);
    else for (const { reject } of batch) reject(error);
  }
}

function refusalOf(name: string, told: BatchGetRepositoriesError | undefined): Error {
  const refusal = new Error(told?.errorMessage ?? `${name} does not exist`);
  refusal.name = told?.errorCode ?? 'RepositoryDoesNotExistException';
  return refusal;
}
