import type { AuthorizedResource, ConditionEntries } from '../../access/authorization.ts';
import type { Tags } from '../../access/principal.ts';
import { rootPrincipal, userArn } from '../../access/principals.ts';
import type { Database } from '../../storage/database/database.ts';
import { type DatabaseTransaction, lockUser } from '../../storage/database/row-locks.ts';
import type { UserRow } from '../../storage/database/schema.ts';
import type { Call, Target } from '../operation.ts';
import { noSuchUser, validationError } from './errors.ts';
import { boundaryArn, boundaryContext } from './permissions-boundaries.ts';
import type { IamServices } from './service.ts';
import { resourceTagContext } from './tags.ts';

/** An operation on a user, who may not exist: that is told after authorisation only. */
export interface UserTarget extends Target {
  readonly userName: string;
  readonly user: UserRow | undefined;
}

/** An operation on a user, or on the account's root user. */
export type IdentityTarget = UserTarget | RootTarget;

interface RootTarget extends Target {
  readonly userName: undefined;
}

/** IAM names are unique without regard to case. */
export function nameKey(name: string): string {
  return name.toLowerCase();
}

/**
 * The user of that name in the caller's account, or the caller where no name is given.
 *
 * @throws ValidationError when a caller who is no user gives no name
 */
export async function userTarget(
  services: IamServices,
  call: Call,
  userName: string | undefined,
  context: ConditionEntries = [],
): Promise<UserTarget> {
  const target = await identityTarget(services, call, userName, context);
  if (target.userName === undefined) throw noNameWithoutUser();
  return target;
}

/** The same, for actions that policies decide by the permissions boundary of the user as well. */
export async function boundedUserTarget(
  services: IamServices,
  call: Call,
  userName: string,
  context: ConditionEntries = [],
): Promise<UserTarget> {
  const target = await userTarget(services, call, userName, context);
  const arn = await boundaryArn(services.database, 'user', target.user?.user_id);
  return { ...target, context: [...(target.context ?? []), ...boundaryContext(arn)] };
}

/**
 * The user of that name, or the caller, root too, where no name is given.
 *
 * @throws ValidationError when a session of no user gives no name
 */
export async function identityTarget(
  { database }: IamServices,
  { principal }: Call,
  userName: string | undefined,
  context: ConditionEntries = [],
): Promise<IdentityTarget> {
  const { accountId } = principal;
  if (userName !== undefined)
    return targetOf(await findUser(database, accountId, userName), accountId, userName, context);
  if (principal.kind === 'root') {
    return { userName: undefined, resources: [{ arn: rootPrincipal(accountId).arn, accountId }], context };
  }
  // A session of a role or a federated user is nobody whom IAM keeps.
  if (principal.userName === undefined) throw noNameWithoutUser();
  const caller = await database
    .selectFrom('users')
    .selectAll()
    .where('user_id', '=', principal.userId)
    .executeTakeFirst();
  return targetOf(caller, accountId, principal.userName, context);
}

export function findUser(database: Database, accountId: string, userName: string): Promise<UserRow | undefined> {
  return database
    .selectFrom('users')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('user_name_key', '=', nameKey(userName))
    .executeTakeFirst();
}

export function userResource(user: UserRow): AuthorizedResource {
  return {
    arn: userArn(user.account_id, user.path, user.user_name),
    accountId: user.account_id,
    tags: JSON.parse(user.tags) as Tags,
  };
}

/** @throws NoSuchEntity */
export function existingUser(target: UserTarget): UserRow {
  if (target.user === undefined) throw noSuchUser(target.userName);
  return target.user;
}

/**
 * Runs a transaction that holds the user's row, so that work on one user comes one after another.
 *
 * @throws NoSuchEntity when the user does not exist or is gone by now
 */
export function withLockedUser<T>(
  { database }: IamServices,
  target: UserTarget,
  work: (transaction: DatabaseTransaction, user: UserRow) => Promise<T>,
): Promise<T> {
  const { user_id } = existingUser(target);
  return database.transaction().execute(async (transaction) => {
    const user = await lockUser(transaction, user_id);
    if (user === undefined) throw noSuchUser(target.userName);
    return work(transaction, user);
  });
}

function noNameWithoutUser(): Error {
  return validationError('Must specify userName when calling with non-User credentials');
}

function targetOf(
  user: UserRow | undefined,
  accountId: string,
  userName: string,
  context: ConditionEntries,
): UserTarget {
  const resource = user === undefined ? { arn: userArn(accountId, '/', userName), accountId } : userResource(user);
  return { userName, user, resources: [resource], context: [...resourceTagContext(resource.tags ?? {}), ...context] };
}
