import { randomUUID } from 'node:crypto';
import { type Database, isUniqueViolation } from '../../storage/database/database.ts';
import type { Sealer } from '../../storage/encryption/sealing.ts';
import { newKeyMaterial } from './key-material.ts';
import { findAlias, type KeyScope, keyArn } from './keys.ts';

/** The keys that services make for themselves, once in each account and Region, and what AWS says of them. */
const DESCRIPTIONS = {
  'alias/aws/codecommit': 'Default key that protects my CodeCommit repositories when no other key is defined',
} as const;

export type AwsManagedKeyAlias = keyof typeof DESCRIPTIONS;

/**
 * Finds the AWS managed key of a service, or makes it; whoever is first among several nodes makes it for all.
 *
 * @returns its ARN
 */
export async function ensureAwsManagedKey(
  database: Database,
  sealer: Sealer,
  scope: KeyScope,
  alias: AwsManagedKeyAlias,
): Promise<string> {
  const existing = await findAlias(database, scope, alias);
  if (existing !== undefined) return keyArn(scope, existing);
  try {
    return keyArn(scope, await createAwsManagedKey(database, sealer, scope, alias));
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const winner = await findAlias(database, scope, alias);
    if (winner === undefined) throw error;
    return keyArn(scope, winner);
  }
}

async function createAwsManagedKey(
  database: Database,
  sealer: Sealer,
  { accountId, region }: KeyScope,
  alias: AwsManagedKeyAlias,
): Promise<string> {
  const keyId = randomUUID();
  const now = Date.now();
  const material = await newKeyMaterial(sealer, { keyId, keySpec: 'SYMMETRIC_DEFAULT', version: 1 }, now);
  await database.transaction().execute(async (transaction) => {
    await transaction
      .insertInto('kms_keys')
      .values({
        key_id: keyId,
        account_id: accountId,
        region,
        manager: 'AWS',
        state: 'Enabled',
        description: DESCRIPTIONS[alias],
        created_at: now,
        deletion_at: null,
      })
      .execute();
    await transaction.insertInto('kms_key_materials').values(material).execute();
    await transaction
      .insertInto('kms_aliases')
      .values({ account_id: accountId, region, alias_name: alias, key_id: keyId, created_at: now, updated_at: now })
      .execute();
  });
  return keyId;
}
