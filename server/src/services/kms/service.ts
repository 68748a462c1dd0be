import type { Database } from '../../storage/database/database.ts';
import type { Sealer } from '../../storage/encryption/sealing.ts';
import type { Call } from '../operation.ts';
import { operationsOf } from '../operation.ts';
import { kmsValidate } from '../validation/index.ts';
import type { KeyScope } from './keys.ts';

/** What the KMS operations work with. */
export interface KmsServices {
  readonly database: Database;
  readonly sealer: Sealer;
}

export const operation = operationsOf<KmsServices>('kms', kmsValidate);

export function scopeOf({ principal, environment }: Call): KeyScope {
  return { accountId: principal.accountId, region: environment.region };
}
