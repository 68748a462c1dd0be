import type { GitCredentials } from '../../access/authentication/git-credentials.ts';
import type { Database } from '../../storage/database/database.ts';
import type { Sealer } from '../../storage/encryption/sealing.ts';
import { operationsOf } from '../operation.ts';
import { iamValidate } from '../validation/index.ts';

/** What the IAM operations work with. */
export interface IamServices {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly gitCredentials: GitCredentials;
}

export const operation = operationsOf<IamServices>('iam', iamValidate);
