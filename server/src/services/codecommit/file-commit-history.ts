import {
  type FileVersion,
  ListFileCommitHistory$,
  ListFileCommitHistoryCommand,
  TipsDivergenceExceededException$,
  ValidationException$,
} from '@aws-sdk/client-codecommit';
import { z } from 'zod';
import { type FileRevision, fileRevisions } from '../../repositories/file-history.ts';
import type { RepositoryObjects } from '../../repositories/repositories.ts';
import { ServiceError } from '../service-error.ts';
import { specifiedCommit } from './commit-specifiers.ts';
import { describedCommit } from './commits.ts';
import { filePath } from './file-paths.ts';
import { continuationToken, digestOf, pageSize, positionOf } from './pagination.ts';
import { readRepository } from './repository-reading.ts';
import { accessedTarget, existingRepository } from './repository-targets.ts';
import { operation } from './service.ts';

/** AWS publishes no numbers. */
const PAGE_SIZES = { standard: 100, most: 1000 };

/** The commit that the pages lead back from, and how many versions they have passed. */
const versionPosition = z.tuple([z.string(), z.int().positive()]);

/**
 * The versions of a file, newest first. A commit that deleted it is among them, without a blob; a file that never was
 * there has none, as the operation declares no exception for its absence.
 */
export const listFileCommitHistory = operation(ListFileCommitHistory$, ListFileCommitHistoryCommand, {
  target: (services, call, { repositoryName }) => accessedTarget(services, call, repositoryName),
  handle: (services, call, { commitSpecifier, filePath: wanted, maxResults, nextToken }, target) => {
    const { repository_id: repositoryId } = existingRepository(target);
    const path = validPath(wanted);
    const size = pageSize(maxResults, PAGE_SIZES);
    const listing = ['ListFileCommitHistory', repositoryId, digestOf(commitSpecifier, path)];
    const position = positionOf(listing, versionPosition, nextToken);
    return readRepository(
      services,
      call,
      target,
      async ({ objects }) => {
        const [specifier = commitSpecifier, skip = 0] = position ?? [];
        const { commitId } = await specifiedCommit(objects, specifier);
        const revisions = await fileRevisions(objects, commitId, path);
        const page = revisions.slice(skip, skip + size);
        const passed = skip + page.length;
        return {
          revisionDag: await Promise.all(page.map((revision) => described(objects, revision))),
          ...(passed < revisions.length && { nextToken: continuationToken(listing, [commitId, passed]) }),
        };
      },
      { tooMuch: TipsDivergenceExceededException$ },
    );
  },
});

async function described(objects: RepositoryObjects, { commitId, path, children }: FileRevision): Promise<FileVersion> {
  const commit = await objects.commit(commitId);
  if (commit === undefined) throw new Error(`Commit ${commitId} is missing`);
  const entry = await objects.entryAt(commit.treeId, path);
  return {
    commit: describedCommit(commitId, commit),
    path,
    revisionChildren: [...children],
    ...(entry !== undefined && { blobId: entry.objectId }),
  };
}

/** @throws Validation, as the operation declares no exception for paths */
function validPath(wanted: string): string {
  try {
    return filePath(wanted);
  } catch (error) {
    throw error instanceof ServiceError ? new ServiceError(ValidationException$, error.message) : error;
  }
}
