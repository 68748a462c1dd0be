import {
  CreateUser$,
  CreateUserCommand,
  DeleteUser$,
  DeleteUserCommand,
  GetUser$,
  GetUserCommand,
  ListUsers$,
  ListUsersCommand,
  UpdateUser$,
  UpdateUserCommand,
  type User,
} from '@aws-sdk/client-iam';
import { authorize } from '../../access/authorization.ts';
import { rootPrincipal, userArn } from '../../access/principals.ts';
import { lockAccount } from '../../storage/database/row-locks.ts';
import type { UserRow } from '../../storage/database/schema.ts';
import type { Operation } from '../operation.ts';
import { refuseWhileReferenced } from './delete-conflicts.ts';
import { alreadyExists, noSuchUser, refuseDuplicate } from './errors.ts';
import { newUserId } from './identifiers.ts';
import { page, pageRequest } from './pagination.ts';
import { pathBeginsWith } from './paths.ts';
import {
  boundaryArn,
  boundaryContext,
  boundaryPolicy,
  describeBoundary,
  setBoundary,
} from './permissions-boundaries.ts';
import { ACCOUNT_QUOTAS, refuseAboveAccountQuota } from './quotas.ts';
import { type IamServices, operation } from './service.ts';
import { requestTagContext, tagList, tagsOf } from './tags.ts';
import { existingUser, identityTarget, nameKey, userTarget, withLockedUser } from './user-targets.ts';

const createUser = operation(CreateUser$, CreateUserCommand, {
  target: (_services, call, input) => {
    const { accountId } = call.principal;
    const arn = userArn(accountId, input.Path ?? '/', input.UserName);
    return {
      resources: [{ arn, accountId }] as const,
      context: [...requestTagContext(input.Tags), ...boundaryContext(input.PermissionsBoundary)],
    };
  },
  handle: async ({ database }, call, input, { resources, context }) => {
    const tags = tagsOf(input.Tags);
    if (input.Tags !== undefined && input.Tags.length > 0) {
      authorize(call.principal, call.environment, 'iam:TagUser', resources[0], context);
    }
    const { PermissionsBoundary: boundary } = input;
    const policy = boundary && (await boundaryPolicy(database, call.principal.accountId, boundary));
    const user: UserRow = {
      user_id: newUserId(),
      account_id: call.principal.accountId,
      user_name: input.UserName,
      user_name_key: nameKey(input.UserName),
      path: input.Path ?? '/',
      tags: JSON.stringify(tags),
      created_at: Date.now(),
      password_last_used: null,
    };
    const insertion = database.transaction().execute(async (transaction) => {
      await lockAccount(transaction, user.account_id);
      await transaction.insertInto('users').values(user).execute();
      if (policy) await setBoundary(transaction, 'user', user.user_id, policy);
      await refuseAboveAccountQuota(transaction, 'users', user.account_id, 'UsersPerAccount', ACCOUNT_QUOTAS.users);
    });
    await refuseDuplicate(insertion, () => alreadyExists(`User with name ${input.UserName} already exists.`));
    return {
      User: { ...describeListedUser(user), Tags: tagList(user.tags), PermissionsBoundary: describeBoundary(boundary) },
    };
  },
});

const getUser = operation(GetUser$, GetUserCommand, {
  target: (services, call, input) => identityTarget(services, call, input.UserName),
  handle: async (services, call, _input, target) => {
    if (target.userName === undefined) return { User: await describeRoot(services, call.principal.accountId) };
    const user = existingUser(target);
    const boundary = await boundaryArn(services.database, 'user', user.user_id);
    return {
      User: { ...describeListedUser(user), Tags: tagList(user.tags), PermissionsBoundary: describeBoundary(boundary) },
    };
  },
});

const listUsers = operation(ListUsers$, ListUsersCommand, {
  target: (_services, { principal: { accountId } }, input) => ({
    resources: [{ arn: userArn(accountId, input.PathPrefix ?? '/', ''), accountId }],
  }),
  handle: async ({ database }, call, input) => {
    const request = pageRequest('ListUsers', input);
    const { PathPrefix: prefix } = input;
    const rows = await database
      .selectFrom('users')
      .selectAll()
      .where('account_id', '=', call.principal.accountId)
      .$if(prefix !== undefined, (query) => query.where((eb) => pathBeginsWith(eb.ref('path'), prefix ?? '/')))
      .$if(request.after !== undefined, (query) => query.where('user_name_key', '>', request.after ?? ''))
      .orderBy('user_name_key')
      .limit(request.size + 1)
      .execute();
    const { items, continuation } = page(request, rows, (row) => row.user_name_key);
    return { Users: items.map(describeListedUser), ...continuation };
  },
});

const updateUser = operation(UpdateUser$, UpdateUserCommand, {
  // Permission is needed on both the source and the target: IAM API Reference, UpdateUser.
  target: async (services, call, input) => {
    const source = await userTarget(services, call, input.UserName);
    const { accountId } = call.principal;
    const arn = userArn(
      accountId,
      input.NewPath ?? source.user?.path ?? '/',
      input.NewUserName ?? source.user?.user_name ?? input.UserName,
    );
    return { ...source, resources: [...source.resources, { arn, accountId, tags: source.resources[0]?.tags }] };
  },
  handle: async ({ database }, _call, input, target) => {
    const user = existingUser(target);
    const name = input.NewUserName ?? user.user_name;
    const update = database
      .updateTable('users')
      .set({ user_name: name, user_name_key: nameKey(name), path: input.NewPath ?? user.path })
      .where('user_id', '=', user.user_id)
      .executeTakeFirst();
    const { numUpdatedRows } = await refuseDuplicate(update, () =>
      alreadyExists(`User with name ${name} already exists.`),
    );
    if (numUpdatedRows === 0n) throw noSuchUser(target.userName);
    return {};
  },
});

const deleteUser = operation(DeleteUser$, DeleteUserCommand, {
  target: (services, call, input) => userTarget(services, call, input.UserName),
  handle: async (services, _call, _input, target) => {
    await withLockedUser(services, target, async (transaction, user) => {
      await refuseWhileReferenced(transaction, 'user', user.user_id);
      await transaction.deleteFrom('users').where('user_id', '=', user.user_id).execute();
    });
    return {};
  },
});

export const userOperations: readonly Operation<IamServices>[] = [
  createUser,
  getUser,
  listUsers,
  updateUser,
  deleteUser,
];

/** As in lists, which leave out tags and permissions boundary. */
export function describeListedUser(user: UserRow): User {
  return {
    Path: user.path,
    UserName: user.user_name,
    UserId: user.user_id,
    Arn: userArn(user.account_id, user.path, user.user_name),
    CreateDate: new Date(user.created_at),
    ...(user.password_last_used !== null && { PasswordLastUsed: new Date(user.password_last_used) }),
  };
}

/** The root user has neither name nor path; its ID is the account's. */
export async function describeRoot({ database }: IamServices, accountId: string): Promise<User> {
  const account = await database
    .selectFrom('accounts')
    .select('created_at')
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow();
  return {
    Path: undefined,
    UserName: undefined,
    UserId: accountId,
    Arn: rootPrincipal(accountId).arn,
    CreateDate: new Date(account.created_at),
  };
}
