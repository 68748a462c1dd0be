import type { SessionTokens } from '../../access/authentication/session-tokens.ts';
import type { ProviderKeys } from '../../access/web-identity/provider-keys.ts';
import type { Database } from '../../storage/database/database.ts';
import type { Sealer } from '../../storage/encryption/sealing.ts';
import { operationsOf, unsignedOperationsOf } from '../operation.ts';
import { stsValidate } from '../validation/index.ts';

/** What the STS operations work with. */
export interface StsServices {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly sessionTokens: SessionTokens;
  readonly providerKeys: ProviderKeys;
}

export const operation = operationsOf<StsServices>('sts', stsValidate);
export const unsignedOperation = unsignedOperationsOf<StsServices>(stsValidate);
