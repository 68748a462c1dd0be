import { randomBytes } from 'node:crypto';
import {
  type AccessKeyMetadata,
  CreateAccessKey$,
  CreateAccessKeyCommand,
  DeleteAccessKey$,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsed$,
  GetAccessKeyLastUsedCommand,
  ListAccessKeys$,
  ListAccessKeysCommand,
  UpdateAccessKey$,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { secretAccessKeyContext } from '../../access/authentication/access-keys.ts';
import { rootPrincipal, userArn } from '../../access/principals.ts';
import { type DatabaseTransaction, lockAccount } from '../../storage/database/row-locks.ts';
import type { AccessKeyRow, UserRow } from '../../storage/database/schema.ts';
import type { Call, Operation } from '../operation.ts';
import { noSuchEntity, quotaExceeded } from './errors.ts';
import { newAccessKeyId } from './identifiers.ts';
import { page, pageRequest } from './pagination.ts';
import { MAX_ACCESS_KEYS_OF_USER } from './quotas.ts';
import { type IamServices, operation } from './service.ts';
import { statusOf } from './statuses.ts';
import { existingUser, type IdentityTarget, identityTarget, userResource, withLockedUser } from './user-targets.ts';

/** 40 characters of base64. */
const SECRET_BYTES = 30;
/** What AWS says of a key that was never used. */
const NEVER_USED = { ServiceName: 'N/A', Region: 'N/A' };

/** Whose access keys: a user's, or the root user's where the user is null. */
interface Owner {
  readonly accountId: string;
  readonly user: UserRow | null;
}

const createAccessKey = operation(CreateAccessKey$, CreateAccessKeyCommand, {
  target: (services, call, input) => identityTarget(services, call, input.UserName),
  handle: async (services, call, _input, target) => {
    const owner = ownerOf(call, target);
    const secret = newSecretAccessKey();
    const accessKeyId = newAccessKeyId();
    const key: AccessKeyRow = {
      access_key_id: accessKeyId,
      account_id: owner.accountId,
      user_id: owner.user?.user_id ?? null,
      secret: await services.sealer.seal(Buffer.from(secret), secretAccessKeyContext(accessKeyId)),
      status: 'Active',
      created_at: Date.now(),
      last_used_at: null,
      last_used_region: null,
      last_used_service: null,
    };
    await withLockedOwner(services, call, target, async (transaction) => {
      if ((await countKeys(transaction, owner)) >= MAX_ACCESS_KEYS_OF_USER)
        throw quotaExceeded('AccessKeysPerUser', MAX_ACCESS_KEYS_OF_USER);
      await transaction.insertInto('access_keys').values(key).execute();
    });
    return {
      AccessKey: {
        UserName: owner.user?.user_name,
        AccessKeyId: accessKeyId,
        Status: key.status,
        SecretAccessKey: secret,
        CreateDate: new Date(key.created_at),
      },
    };
  },
});

const listAccessKeys = operation(ListAccessKeys$, ListAccessKeysCommand, {
  target: (services, call, input) => identityTarget(services, call, input.UserName),
  handle: async ({ database }, call, input, target) => {
    const request = pageRequest('ListAccessKeys', input);
    const owner = ownerOf(call, target);
    const rows = await database
      .selectFrom('access_keys')
      .select(['access_key_id', 'status', 'created_at'])
      .where('account_id', '=', owner.accountId)
      .where('user_id', owner.user === null ? 'is' : '=', owner.user?.user_id ?? null)
      .$if(request.after !== undefined, (query) => query.where('access_key_id', '>', request.after ?? ''))
      .orderBy('access_key_id')
      .limit(request.size + 1)
      .execute();
    const { items, continuation } = page(request, rows, (row) => row.access_key_id);
    const metadata = items.map(
      (row): AccessKeyMetadata => ({
        UserName: owner.user?.user_name,
        AccessKeyId: row.access_key_id,
        Status: row.status,
        CreateDate: new Date(row.created_at),
      }),
    );
    return { AccessKeyMetadata: metadata, ...continuation };
  },
});

const updateAccessKey = operation(UpdateAccessKey$, UpdateAccessKeyCommand, {
  target: (services, call, input) => identityTarget(services, call, input.UserName),
  handle: async ({ database }, call, input, target) => {
    const owner = ownerOf(call, target);
    const { numUpdatedRows } = await database
      .updateTable('access_keys')
      .set({ status: statusOf(input.Status) })
      .where('access_key_id', '=', input.AccessKeyId)
      .where('account_id', '=', owner.accountId)
      .where('user_id', owner.user === null ? 'is' : '=', owner.user?.user_id ?? null)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) throw noSuchAccessKey(input.AccessKeyId);
    return {};
  },
});

const deleteAccessKey = operation(DeleteAccessKey$, DeleteAccessKeyCommand, {
  target: (services, call, input) => identityTarget(services, call, input.UserName),
  handle: async ({ database }, call, input, target) => {
    const owner = ownerOf(call, target);
    const { numDeletedRows } = await database
      .deleteFrom('access_keys')
      .where('access_key_id', '=', input.AccessKeyId)
      .where('account_id', '=', owner.accountId)
      .where('user_id', owner.user === null ? 'is' : '=', owner.user?.user_id ?? null)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw noSuchAccessKey(input.AccessKeyId);
    return {};
  },
});

const getAccessKeyLastUsed = operation(GetAccessKeyLastUsed$, GetAccessKeyLastUsedCommand, {
  target: async ({ database }, { principal: { accountId } }, input) => {
    const key = await database
      .selectFrom('access_keys')
      .selectAll()
      .where('access_key_id', '=', input.AccessKeyId)
      .where('account_id', '=', accountId)
      .executeTakeFirst();
    if (key === undefined)
      return { key, user: undefined, resources: [{ arn: userArn(accountId, '/', '*'), accountId }] };
    if (key.user_id === null)
      return { key, user: undefined, resources: [{ arn: rootPrincipal(accountId).arn, accountId }] };
    const user = await database
      .selectFrom('users')
      .selectAll()
      .where('user_id', '=', key.user_id)
      .executeTakeFirstOrThrow();
    return { key, user, resources: [userResource(user)] };
  },
  handle: (_services, _call, input, { key, user }) => {
    if (key === undefined) throw noSuchAccessKey(input.AccessKeyId);
    return { UserName: user?.user_name, AccessKeyLastUsed: lastUse(key) };
  },
});

export const accessKeyOperations: readonly Operation<IamServices>[] = [
  createAccessKey,
  listAccessKeys,
  updateAccessKey,
  deleteAccessKey,
  getAccessKeyLastUsed,
];

/** 40 characters of base64, as AWS gives them. */
export function newSecretAccessKey(): string {
  return randomBytes(SECRET_BYTES).toString('base64');
}

function lastUse(key: AccessKeyRow) {
  if (key.last_used_at === null) return NEVER_USED;
  return {
    LastUsedDate: new Date(key.last_used_at),
    ServiceName: key.last_used_service ?? NEVER_USED.ServiceName,
    Region: key.last_used_region ?? NEVER_USED.Region,
  };
}

/** @throws NoSuchEntity */
function ownerOf({ principal: { accountId } }: Call, target: IdentityTarget): Owner {
  return { accountId, user: target.userName === undefined ? null : existingUser(target) };
}

async function withLockedOwner(
  services: IamServices,
  call: Call,
  target: IdentityTarget,
  work: (transaction: DatabaseTransaction) => Promise<void>,
): Promise<void> {
  if (target.userName !== undefined) return withLockedUser(services, target, work);
  return services.database.transaction().execute(async (transaction) => {
    await lockAccount(transaction, call.principal.accountId);
    await work(transaction);
  });
}

async function countKeys(transaction: DatabaseTransaction, owner: Owner): Promise<number> {
  const { count } = await transaction
    .selectFrom('access_keys')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('account_id', '=', owner.accountId)
    .where('user_id', owner.user === null ? 'is' : '=', owner.user?.user_id ?? null)
    .executeTakeFirstOrThrow();
  return count;
}

function noSuchAccessKey(accessKeyId: string): Error {
  return noSuchEntity(`The Access Key with id ${accessKeyId} cannot be found.`);
}
