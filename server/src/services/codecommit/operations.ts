import type { Operation } from '../operation.ts';
import { branchOperations } from './branches.ts';
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
  ].map((operation) => [operation.name, operation]),
);
