import {
  AlreadyExistsException$,
  CreateAlias$,
  CreateAliasCommand,
  DeleteAlias$,
  DeleteAliasCommand,
  ListAliases$,
  ListAliasesCommand,
  UpdateAlias$,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms';
import type { AuthorizedResource } from '../../access/authorization.ts';
import { isUniqueViolation } from '../../storage/database/database.ts';
import type { DatabaseTransaction } from '../../storage/database/row-locks.ts';
import type { Call } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { limitExceeded, notAuthorized, notFound, pendingDeletion, validationException } from './errors.ts';
import { existingKey, type KeyTarget, keyOrAliasTarget, keyTarget, withLockedKey } from './key-targets.ts';
import { aliasArn, type FoundKey } from './keys.ts';
import { page, positionOf } from './pagination.ts';
import { type KmsServices, operation, scopeOf } from './service.ts';

/** KMS API Reference, ListAliases: 50 unless the request says otherwise, never more than 100. */
const ALIASES_PER_PAGE = 50;
const MAX_ALIASES_PER_PAGE = 100;
/** KMS Developer Guide, "Resource quotas". */
const MAX_ALIASES_OF_A_KEY = 50;

const PREFIX = 'alias/';
/** Aliases of AWS managed keys. */
const RESERVED_PREFIX = 'alias/aws/';

/** The caller needs the permission on the alias, and on the key that it names: KMS API Reference, CreateAlias. */
export const createAlias = operation(CreateAlias$, CreateAliasCommand, {
  target: async (services, call, { AliasName, TargetKeyId }) => {
    const target = await aliasedKeyTarget(services, call, TargetKeyId);
    return { ...target, resources: [aliasResource(call, AliasName), ...target.resources] };
  },
  handle: async (services, call, { AliasName }, { key, arn }) => {
    const scope = scopeOf(call);
    requireOwnName(AliasName);
    const now = Date.now();
    try {
      await withLockedKey(services, { key: ownKey(call, key, arn), arn }, async (transaction, locked) => {
        if (locked.state === 'PendingDeletion') throw pendingDeletion(arn);
        await transaction
          .insertInto('kms_aliases')
          .values({
            account_id: scope.accountId,
            region: scope.region,
            alias_name: AliasName,
            key_id: locked.key_id,
            created_at: now,
            updated_at: now,
          })
          .execute();
        await refuseTooManyAliases(transaction, locked.key_id);
      });
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      const message = `An alias with the name ${aliasArn(scope, AliasName)} already exists`;
      throw new ServiceError(AlreadyExistsException$, message);
    }
    return {};
  },
});

/** Needs the permission on the alias, the key that it named and the key that it names from now on. */
export const updateAlias = operation(UpdateAlias$, UpdateAliasCommand, {
  target: async (services, call, { AliasName, TargetKeyId }) => {
    const former = await namedTarget(services, call, AliasName);
    const target = await aliasedKeyTarget(services, call, TargetKeyId);
    return {
      ...target,
      former: former.key,
      resources: [
        aliasResource(call, AliasName),
        ...(former.key === undefined ? [] : former.resources),
        ...target.resources,
      ],
    };
  },
  handle: async (services, call, { AliasName }, { key, arn, former }) => {
    const scope = scopeOf(call);
    requireOwnName(AliasName);
    if (former === undefined) throw aliasNotFound(aliasArn(scope, AliasName));
    const current = ownKey(call, key, arn);
    if (current.key_spec !== former.key_spec || current.key_usage !== former.key_usage) {
      throw validationException(
        'Alias cannot be changed to a KMS key of a different type: the key usage and the key spec must stay the same.',
      );
    }
    await withLockedKey(services, { key: current, arn }, async (transaction, locked) => {
      if (locked.state === 'PendingDeletion') throw pendingDeletion(arn);
      const { numUpdatedRows } = await transaction
        .updateTable('kms_aliases')
        .set({ key_id: locked.key_id, updated_at: Date.now() })
        .where('account_id', '=', scope.accountId)
        .where('region', '=', scope.region)
        .where('alias_name', '=', AliasName)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) throw aliasNotFound(aliasArn(scope, AliasName));
      await refuseTooManyAliases(transaction, locked.key_id);
    });
    return {};
  },
});

/** Needs the permission on the alias and on its key. */
export const deleteAlias = operation(DeleteAlias$, DeleteAliasCommand, {
  target: async (services, call, { AliasName }) => {
    const { key, context, resources } = await namedTarget(services, call, AliasName);
    return { key, context, resources: [aliasResource(call, AliasName), ...(key === undefined ? [] : resources)] };
  },
  handle: async ({ database }, call, { AliasName }) => {
    const { accountId, region } = scopeOf(call);
    requireOwnName(AliasName);
    const { numDeletedRows } = await database
      .deleteFrom('kms_aliases')
      .where('account_id', '=', accountId)
      .where('region', '=', region)
      .where('alias_name', '=', AliasName)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw aliasNotFound(aliasArn({ accountId, region }, AliasName));
    return {};
  },
});

export const listAliases = operation(ListAliases$, ListAliasesCommand, {
  target: (_services, call) => ({ resources: [{ arn: '*', accountId: call.principal.accountId }] }),
  handle: async (services, call, { KeyId, Limit = ALIASES_PER_PAGE, Marker }) => {
    const scope = scopeOf(call);
    const size = Math.min(Limit, MAX_ALIASES_PER_PAGE);
    const after = positionOf('ListAliases', Marker);
    const key = KeyId === undefined ? undefined : await listedKey(services, call, KeyId);
    const rows = await services.database
      .selectFrom('kms_aliases')
      .select(['alias_name', 'key_id', 'created_at', 'updated_at'])
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .$if(key !== undefined, (query) => query.where('key_id', '=', key?.key_id ?? ''))
      .$if(after !== undefined, (query) => query.where('alias_name', '>', after ?? ''))
      .orderBy('alias_name')
      .limit(size + 1)
      .execute();
    const { items, continuation } = page('ListAliases', rows, size, (row) => row.alias_name);
    return {
      Aliases: items.map((row) => ({
        AliasName: row.alias_name,
        AliasArn: aliasArn(scope, row.alias_name),
        TargetKeyId: row.key_id,
        CreationDate: new Date(row.created_at),
        LastUpdatedDate: new Date(row.updated_at),
      })),
      ...continuation,
    };
  },
});

/** The permission is on the list, not on the key: of another account's keys it must not even tell which exist. */
async function listedKey(services: KmsServices, call: Call, keyId: string): Promise<FoundKey> {
  const target = await keyTarget(services, call, keyId);
  return ownKey(call, target.key, target.arn);
}

/** An alias names a key of its own account and Region. */
function ownKey(call: Call, key: FoundKey | undefined, arn: string): FoundKey {
  return existingKey({ arn, key: key?.account_id === call.principal.accountId ? key : undefined });
}

/** The key that an alias is to name. */
function aliasedKeyTarget(services: KmsServices, call: Call, text: string): Promise<KeyTarget> {
  if (text.includes(PREFIX)) throw validationException('Aliases must refer to keys. Not aliases');
  return keyTarget(services, call, text);
}

/** The key that the alias names now. */
function namedTarget(services: KmsServices, call: Call, aliasName: string): Promise<KeyTarget> {
  requirePrefix(aliasName);
  return keyOrAliasTarget(services, call, aliasName);
}

function aliasResource(call: Call, aliasName: string): AuthorizedResource {
  requirePrefix(aliasName);
  return { arn: aliasArn(scopeOf(call), aliasName), accountId: call.principal.accountId };
}

function requirePrefix(aliasName: string): void {
  if (aliasName.startsWith(PREFIX) && aliasName.length > PREFIX.length) return;
  const page = 'https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html';
  throw validationException(`Alias must start with the prefix "${PREFIX}". Please see ${page}`);
}

/** @throws NotAuthorizedException, ValidationException for names that nobody may make or change */
function requireOwnName(aliasName: string): void {
  if (aliasName.startsWith(RESERVED_PREFIX)) throw notAuthorized();
  if (aliasName.includes(':')) throw validationException(`${aliasName} contains invalid characters for an alias`);
}

/** Counted with the new one, so that an existing name is told before a full key. */
async function refuseTooManyAliases(transaction: DatabaseTransaction, keyId: string): Promise<void> {
  const { count } = await transaction
    .selectFrom('kms_aliases')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('key_id', '=', keyId)
    .executeTakeFirstOrThrow();
  if (count > MAX_ALIASES_OF_A_KEY) {
    throw limitExceeded(`The number of aliases of a KMS key has reached the maximum limit: ${MAX_ALIASES_OF_A_KEY}.`);
  }
}

function aliasNotFound(arn: string): ServiceError {
  return notFound(`Alias ${arn} is not found.`);
}
