import type { Operation } from '../../operation.ts';
import type { CodecommitServices } from '../service.ts';
import { getCommitHistory } from './commit-history.ts';
import { listRepositoriesForEncryptionKey } from './encrypted-repositories.ts';
import { getReferences } from './references.ts';
import { getTree } from './tree.ts';

/** What Codekeep answers beside the operations of AWS's API. */
export const extensionOperations: readonly Operation<CodecommitServices>[] = [
  getReferences,
  getCommitHistory,
  getTree,
  listRepositoriesForEncryptionKey,
];
