import type { ConditionEntries } from '../../access/authorization.ts';
import type { Tags } from '../../access/principal.ts';
import { roleArn } from '../../access/principals.ts';
import type { Database } from '../../storage/database/database.ts';
import { type DatabaseTransaction, lockRole } from '../../storage/database/row-locks.ts';
import type { RoleRow } from '../../storage/database/schema.ts';
import type { Call, Target } from '../operation.ts';
import { noSuchEntity, unmodifiable } from './errors.ts';
import { boundaryArn, boundaryContext } from './permissions-boundaries.ts';
import type { IamServices } from './service.ts';
import { resourceTagContext } from './tags.ts';
import { nameKey } from './user-targets.ts';

/** An operation on a role, which may not exist: that is told after authorisation only. */
export interface RoleTarget extends Target {
  readonly roleName: string;
  readonly role: RoleRow | undefined;
}

/** The role of that name in the caller's account. */
export async function roleTarget(
  { database }: IamServices,
  { principal: { accountId } }: Call,
  roleName: string,
  context: ConditionEntries = [],
): Promise<RoleTarget> {
  const role = await findRole(database, accountId, roleName);
  const tags = role === undefined ? {} : (JSON.parse(role.tags) as Tags);
  const arn = roleArn(accountId, role?.path ?? '/', role?.role_name ?? roleName);
  return {
    roleName,
    role,
    resources: [{ arn, accountId, tags }],
    context: [...resourceTagContext(tags), ...context],
  };
}

/** The same, for actions that policies decide by the permissions boundary of the role as well. */
export async function boundedRoleTarget(
  services: IamServices,
  call: Call,
  roleName: string,
  context: ConditionEntries = [],
): Promise<RoleTarget> {
  const target = await roleTarget(services, call, roleName, context);
  const arn = await boundaryArn(services.database, 'role', target.role?.role_id);
  return { ...target, context: [...(target.context ?? []), ...boundaryContext(arn)] };
}

export function findRole(database: Database, accountId: string, roleName: string): Promise<RoleRow | undefined> {
  return database
    .selectFrom('roles')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('role_name_key', '=', nameKey(roleName))
    .executeTakeFirst();
}

/** @throws NoSuchEntity */
export function existingRole(target: RoleTarget): RoleRow {
  if (target.role === undefined) throw noSuchRole(target.roleName);
  return target.role;
}

/**
 * The role, where its account may change it.
 *
 * @throws NoSuchEntity, UnmodifiableEntity for a service-linked role
 */
export function modifiableRole(target: RoleTarget): RoleRow {
  const role = existingRole(target);
  if (isServiceLinked(role)) {
    throw unmodifiable(
      `Cannot perform the operation on the protected role '${role.role_name}' - this role is only modifiable by AWS`,
    );
  }
  return role;
}

/** Nobody but CreateServiceLinkedRole makes roles under this path. */
export const SERVICE_ROLE_PATH = '/aws-service-role/';

export function isServiceLinked({ path }: RoleRow): boolean {
  return path.startsWith(SERVICE_ROLE_PATH);
}

/**
 * Runs a transaction that holds the row of a role that its account may change, so that work on one role comes one after
 * another.
 *
 * @throws NoSuchEntity when the role does not exist or is gone by now, UnmodifiableEntity for a service-linked role
 */
export function withLockedRole<T>(
  services: IamServices,
  target: RoleTarget,
  work: (transaction: DatabaseTransaction, role: RoleRow) => Promise<T>,
): Promise<T> {
  modifiableRole(target);
  return withAnyLockedRole(services, target, work);
}

/** {@link withLockedRole} for what may be done with service-linked roles too. @throws NoSuchEntity */
export function withAnyLockedRole<T>(
  { database }: IamServices,
  target: RoleTarget,
  work: (transaction: DatabaseTransaction, role: RoleRow) => Promise<T>,
): Promise<T> {
  const { role_id } = existingRole(target);
  return database.transaction().execute(async (transaction) => {
    const role = await lockRole(transaction, role_id);
    if (role === undefined) throw noSuchRole(target.roleName);
    return work(transaction, role);
  });
}

export function noSuchRole(roleName: string): Error {
  return noSuchEntity(`The role with name ${roleName} cannot be found.`);
}
