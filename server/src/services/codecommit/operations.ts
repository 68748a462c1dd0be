import type { Operation } from '../operation.ts';
import { getBlobDifferences } from './blob-differences.ts';
import { branchOperations } from './branches.ts';
import { commitOperations } from './commits.ts';
import { createCommitOperations } from './create-commit.ts';
import { differenceOperations } from './differences.ts';
import { extensionOperations } from './extensions/operations.ts';
import { listFileCommitHistory } from './file-commit-history.ts';
import { fileWriteOperations } from './file-writes.ts';
import { fileOperations } from './files.ts';
import { repositoryOperations } from './repositories.ts';
import { listRepositories } from './repository-listing.ts';
import { repositoryPropertyOperations } from './repository-properties.ts';
import type { CodecommitServices } from './service.ts';
import { tagOperations } from './tags.ts';

export type { CodecommitServices } from './service.ts';

/** The operations of CodeCommit by name. */
export const codecommitOperations: ReadonlyMap<string, Operation<CodecommitServices>> = new Map(
  [
    ...repositoryOperations,
    listRepositories,
    ...repositoryPropertyOperations,
    ...tagOperations,
    ...branchOperations,
    ...fileOperations,
    ...commitOperations,
    ...differenceOperations,
    getBlobDifferences,
    listFileCommitHistory,
    ...fileWriteOperations,
    ...createCommitOperations,
    ...extensionOperations,
  ].map((operation) => [operation.name, operation]),
);
