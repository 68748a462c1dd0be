import type { Repositories } from '../../repositories/repositories.ts';
import type { Database } from '../../storage/database/database.ts';
import type { KeyUse } from '../kms/key-use.ts';
import { operationsOf } from '../operation.ts';
import { codecommitValidate } from '../validation/index.ts';

/** What the CodeCommit operations and Git sessions work with. */
export interface CodecommitServices {
  readonly database: Database;
  readonly keys: KeyUse;
  readonly repositories: Repositories;
  readonly endpoint: {
    cloneUrlHttp(region: string, repositoryName: string, secure: boolean): string;
    cloneUrlSsh(region: string, repositoryName: string): string;
  };
}

export const operation = operationsOf<CodecommitServices>('codecommit', codecommitValidate);
