import type { ConditionEntries } from '../../access/authorization.ts';
import type { Database } from '../../storage/database/database.ts';
import { preparedQuery } from '../../storage/database/prepared-query.ts';
import type { KmsKeyRow } from '../../storage/database/schema.ts';
import type { EncryptionContext } from '../../storage/encryption/messages.ts';

/** Which account and Region a name of a key or an alias is good in. */
export interface KeyScope {
  readonly accountId: string;
  readonly region: string;
}

/** A key with what policies may ask about it. */
export interface FoundKey extends KmsKeyRow {
  /** With their prefix: alias/aws/codecommit. */
  readonly aliases: readonly string[];
  /** False for most keys, of which no grant need be looked for. */
  readonly hasGrants: boolean;
}

const KEY_ARN = /^arn:aws:kms:([a-z0-9-]+):([0-9]{12}):key\/([0-9A-Za-z-]+)$/;

export function keyArn({ region, accountId }: KeyScope, keyId: string): string {
  return `arn:aws:kms:${region}:${accountId}:key/${keyId}`;
}

export function aliasArn({ region, accountId }: KeyScope, aliasName: string): string {
  return `arn:aws:kms:${region}:${accountId}:${aliasName}`;
}

/** Undefined for anything but the ARN of a key. */
export function parseKeyArn(arn: string): (KeyScope & { readonly keyId: string }) | undefined {
  const [, region, accountId, keyId] = KEY_ARN.exec(arn) ?? [];
  if (region === undefined || accountId === undefined || keyId === undefined) return undefined;
  return { region, accountId, keyId };
}

export async function findKey(
  database: Database,
  { accountId, region }: KeyScope,
  keyId: string,
): Promise<FoundKey | undefined> {
  const [[found], aliases] = await Promise.all([
    keysOfId(database, { keyId, accountId, region }),
    aliasesOfKey(database, { keyId }),
  ]);
  if (found === undefined) return undefined;
  const { any_grant_id: grantId, ...key } = found;
  return { ...key, aliases: aliases.map((alias) => alias.alias_name), hasGrants: grantId !== null };
}

const keysOfId = preparedQuery(['keyId', 'accountId', 'region'], (database, { keyId, accountId, region }) =>
  database
    .selectFrom('kms_keys')
    .selectAll()
    .select((eb) =>
      eb.selectFrom('kms_grants').select('grant_id').where('kms_grants.key_id', '=', keyId).limit(1).as('any_grant_id'),
    )
    .where('key_id', '=', keyId)
    .where('account_id', '=', accountId)
    .where('region', '=', region),
);

const aliasesOfKey = preparedQuery(['keyId'], (database, { keyId }) =>
  database.selectFrom('kms_aliases').select('alias_name').where('key_id', '=', keyId).orderBy('alias_name'),
);

/** A key of whichever account. */
export async function findKeyInRegion(
  database: Database,
  region: string,
  keyId: string,
): Promise<FoundKey | undefined> {
  const key = await database
    .selectFrom('kms_keys')
    .select('account_id')
    .where('key_id', '=', keyId)
    .where('region', '=', region)
    .executeTakeFirst();
  return key && findKey(database, { accountId: key.account_id, region }, keyId);
}

/** The id of the key that an alias names. */
export async function findAlias(
  database: Database,
  { accountId, region }: KeyScope,
  aliasName: string,
): Promise<string | undefined> {
  const alias = await database
    .selectFrom('kms_aliases')
    .select('key_id')
    .where('account_id', '=', accountId)
    .where('region', '=', region)
    .where('alias_name', '=', aliasName)
    .executeTakeFirst();
  return alias?.key_id;
}

/**
 * Condition keys of every action on a key: KMS Developer Guide, "Condition keys for AWS KMS". All material is made here,
 * and every key is of one Region.
 */
export function keyConditions(callerAccount: string, key: FoundKey | undefined): ConditionEntries {
  const ofCaller = [['kms:CallerAccount', callerAccount]] as const;
  if (key === undefined) return ofCaller;
  return [...ofCaller, ...kindConditions(key.key_spec, key.key_usage), ['kms:ResourceAliases', key.aliases]];
}

/** Those that a new key has already. */
export function kindConditions(keySpec: string, keyUsage: string): ConditionEntries {
  return [
    ['kms:KeyOrigin', 'AWS_KMS'],
    ['kms:KeySpec', keySpec],
    ['kms:CustomerMasterKeySpec', keySpec],
    ['kms:KeyUsage', keyUsage],
    ['kms:CustomerMasterKeyUsage', keyUsage],
    ['kms:MultiRegion', 'false'],
  ];
}

/** Those of an action that encrypts or decrypts. */
export function encryptionConditions(encryptionContext: EncryptionContext, algorithm: string): ConditionEntries {
  return [
    ['kms:EncryptionAlgorithm', algorithm],
    ['kms:EncryptionContextKeys', Object.keys(encryptionContext)],
    ...Object.entries(encryptionContext).map(([name, value]) => [`kms:EncryptionContext:${name}`, value] as const),
  ];
}
