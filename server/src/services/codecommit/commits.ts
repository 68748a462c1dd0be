import {
  BatchGetCommits$,
  BatchGetCommitsCommand,
  type Commit,
  CommitIdDoesNotExistException$,
  GetCommit$,
  GetCommitCommand,
  InvalidCommitIdException$,
} from '@aws-sdk/client-codecommit';
import type { CommitObject } from '../../repositories/commit-object.ts';
import { isObjectId } from '../../repositories/reference-names.ts';
import type { Operation } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { readRepository } from './repository-reading.ts';
import { accessedTarget } from './repository-targets.ts';
import { type CodecommitServices, operation } from './service.ts';

const getCommit = operation(GetCommit$, GetCommitCommand, {
  target: (services, call, { repositoryName }) => accessedTarget(services, call, repositoryName),
  handle: (services, call, { commitId }, target) =>
    readRepository(
      services,
      call,
      target,
      async ({ objects }) => {
        const id = commitId.toLowerCase();
        const commit = await objects.commit(id);
        if (commit === undefined) throw commitIdDoesNotExist(commitId);
        return { commit: describedCommit(id, commit) };
      },
      { tooLarge: InvalidCommitIdException$ },
    ),
});

const batchGetCommits = operation(BatchGetCommits$, BatchGetCommitsCommand, {
  target: (services, call, { repositoryName }) => accessedTarget(services, call, repositoryName),
  handle: (services, call, { commitIds }, target) =>
    readRepository(services, call, target, async ({ objects }) => {
      const found = await Promise.all(
        [...new Set(commitIds)].map(async (commitId) => {
          const id = commitId.toLowerCase();
          const commit = isObjectId(id) ? await objects.commit(id) : undefined;
          return commit === undefined ? { error: commitError(commitId) } : { commit: describedCommit(id, commit) };
        }),
      );
      return {
        commits: found.flatMap(({ commit }) => commit ?? []),
        errors: found.flatMap(({ error }) => error ?? []),
      };
    }),
});

export const commitOperations: readonly Operation<CodecommitServices>[] = [getCommit, batchGetCommits];

/** A commit as the API shows it. */
export function describedCommit(commitId: string, { otherHeaders, ...commit }: CommitObject): Commit {
  return { commitId, ...commit, parents: [...commit.parents], additionalData: otherHeaders };
}

function commitError(commitId: string) {
  const [schema, errorMessage] = isObjectId(commitId.toLowerCase())
    ? [CommitIdDoesNotExistException$, `Commit ${commitId} does not exist`]
    : [InvalidCommitIdException$, `Commit ID ${commitId} is not valid: a full commit ID has 40 hexadecimal characters`];
  return { commitId, errorCode: schema[2], errorMessage };
}

function commitIdDoesNotExist(commitId: string): ServiceError {
  return new ServiceError(CommitIdDoesNotExistException$, `Commit ${commitId} does not exist`);
}
