import type { AuthorizedResource, ConditionEntries } from '../../access/authorization.ts';
import type { DatabaseTransaction } from '../../storage/database/row-locks.ts';
import { lockKey } from '../../storage/database/row-locks.ts';
import type { KmsKeyRow } from '../../storage/database/schema.ts';
import type { Call, Target } from '../operation.ts';
import { disabled, invalidKeyUsage, keyDoesNotExist, notFound, pendingDeletion } from './errors.ts';
import { checkGrantTokens } from './grant-tokens.ts';
import { type Grant, grantsFor } from './key-grants.ts';
import { type KeyIdentifier, parseKeyIdentifier, parseKeyIdOrArn } from './key-identifiers.ts';
import { keyResource, missingKeyResource } from './key-resources.ts';
import { aliasArn, type FoundKey, findAlias, findKey, keyArn, keyConditions } from './keys.ts';
import { type KmsServices, scopeOf } from './service.ts';

export interface KeyTarget extends Target {
  readonly resources: readonly [AuthorizedResource];
  readonly context: ConditionEntries;
  /** The key that the request names, or the alias where it leads nowhere. */
  readonly arn: string;
  readonly key: FoundKey | undefined;
}

/** What a request says beside the name of its key. */
export interface KeyRequest {
  /** Its condition keys. */
  readonly context?: ConditionEntries;
  readonly grantTokens?: readonly string[] | undefined;
  /** Which grants hold for it; all unless told. */
  readonly grantApplies?: (grant: Grant) => boolean;
}

/** The key of an operation that takes a key's ID or ARN, or an alias's name or ARN. */
export async function keyOrAliasTarget(
  services: KmsServices,
  call: Call,
  text: string,
  request: KeyRequest = {},
): Promise<KeyTarget> {
  const identifier = parseKeyIdentifier(text, scopeOf(call));
  const requestAlias = 'aliasName' in identifier ? ([['kms:RequestAlias', identifier.aliasName]] as const) : [];
  return targetOf(services, call, identifier, {
    ...request,
    context: [...requestAlias, ...(request.context ?? [])],
  });
}

/** The key of an operation that takes a key's ID or ARN only. */
export async function keyTarget(
  services: KmsServices,
  call: Call,
  text: string,
  request: KeyRequest = {},
): Promise<KeyTarget> {
  return targetOf(services, call, parseKeyIdOrArn(text, scopeOf(call)), request);
}

/** A key that something else than its name has led to. */
export async function foundKeyTarget(
  services: KmsServices,
  call: Call,
  key: FoundKey,
  { context = [], grantTokens, grantApplies }: KeyRequest,
): Promise<KeyTarget> {
  await checkGrantTokens(services.sealer, grantTokens);
  const arn = keyArn({ accountId: key.account_id, region: key.region }, key.key_id);
  const grants = key.hasGrants ? await grantsFor(services.database, key.key_id, call.principal) : [];
  return {
    resources: [keyResource(key, grantApplies === undefined ? grants : grants.filter(grantApplies))],
    context: [...keyConditions(call.principal.accountId, key), ...context],
    arn,
    key,
  };
}

/** @throws NotFoundException in the words of AWS */
export function existingKey({ key, arn }: Pick<KeyTarget, 'key' | 'arn'>): FoundKey {
  if (key !== undefined) return key;
  throw arn.includes(':alias/') ? notFound(`Alias ${arn} is not found.`) : keyDoesNotExist(arn);
}

/**
 * The key of a target, fit for use.
 *
 * @param operationName as AWS's message names it: Encrypt
 * @throws NotFoundException, DisabledException, KMSInvalidStateException, InvalidKeyUsageException
 */
export function usableKey(target: KeyTarget, operationName: string, usage: string): FoundKey {
  const key = enabledKey(target);
  if (key.key_usage !== usage) {
    throw invalidKeyUsage(`${target.arn} key usage is ${key.key_usage} which is not valid for ${operationName}.`);
  }
  return key;
}

/** @throws NotFoundException, DisabledException, KMSInvalidStateException */
export function enabledKey(target: KeyTarget): FoundKey {
  const key = existingKey(target);
  if (key.state === 'Disabled') throw disabled(target.arn);
  if (key.state === 'PendingDeletion') throw pendingDeletion(target.arn);
  return key;
}

/**
 * Runs work on the key as it is once nobody else can change it any more.
 *
 * @throws NotFoundException when it has been deleted meanwhile
 */
export function withLockedKey<T>(
  { database }: KmsServices,
  { arn, key }: Pick<KeyTarget, 'arn' | 'key'>,
  work: (transaction: DatabaseTransaction, key: KmsKeyRow) => Promise<T>,
): Promise<T> {
  const { key_id: keyId } = existingKey({ arn, key });
  return database.transaction().execute(async (transaction) => {
    const locked = await lockKey(transaction, keyId);
    if (locked === undefined) throw keyDoesNotExist(arn);
    return work(transaction, locked);
  });
}

async function targetOf(
  services: KmsServices,
  call: Call,
  identifier: KeyIdentifier,
  request: KeyRequest,
): Promise<KeyTarget> {
  const { database } = services;
  const keyId = 'keyId' in identifier ? identifier.keyId : await findAlias(database, identifier, identifier.aliasName);
  const key = keyId === undefined ? undefined : await findKey(database, identifier, keyId);
  if (key !== undefined) return namedByStranger(await foundKeyTarget(services, call, key, request), call, identifier);
  await checkGrantTokens(services.sealer, request.grantTokens);
  const arn = 'keyId' in identifier ? keyArn(identifier, identifier.keyId) : aliasArn(identifier, identifier.aliasName);
  const { accountId } = call.principal;
  return {
    resources: [missingKeyResource(arn, identifier.accountId, accountId)],
    context: [...keyConditions(accountId, undefined), ...(request.context ?? [])],
    arn,
    key: undefined,
  };
}

/** Who names an alias of another account learns which key it leads to by being allowed to use that. */
function namedByStranger(target: KeyTarget, { principal }: Call, identifier: KeyIdentifier): KeyTarget {
  if ('keyId' in identifier || identifier.accountId === principal.accountId) return target;
  const [resource] = target.resources;
  return { ...target, resources: [{ ...resource, namedAs: aliasArn(identifier, identifier.aliasName) }] };
}
