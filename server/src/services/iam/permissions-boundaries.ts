import type { AttachedPermissionsBoundary, PermissionsBoundaryAttachmentType } from '@aws-sdk/client-iam';
import { sql } from 'kysely';
import type { ConditionEntries } from '../../access/authorization.ts';
import type { Database } from '../../storage/database/database.ts';
import { type DatabaseTransaction, lockPolicy } from '../../storage/database/row-locks.ts';
import { noSuchEntity } from './errors.ts';
import { type CataloguedPolicy, findPolicy } from './policy-catalogue.ts';

/** Who can have a permissions boundary: what they may do at most, whatever their policies allow. */
type BoundedEntity = 'user' | 'role';

const tables = { user: 'user_permissions_boundaries', role: 'role_permissions_boundaries' } as const;

/** What AWS answers; its model says PermissionsBoundaryPolicy. */
const BOUNDARY_TYPE: string = 'Policy';

/** The ARN of the policy that bounds the user or the role. */
export async function boundaryArn(
  database: Database,
  entity: BoundedEntity,
  id: string | undefined,
): Promise<string | undefined> {
  return id === undefined ? undefined : (await boundaryArns(database, entity, [id])).get(id);
}

/** The ARNs of the policies that bound the users or the roles, by their IDs; of those that have a boundary. */
export async function boundaryArns(
  database: Database,
  entity: BoundedEntity,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const idColumn = sql.ref<string>(`${entity}_id`);
  const rows = await database
    .selectFrom(tables[entity])
    .select([idColumn.as('id'), 'policy_arn'])
    .where(idColumn, 'in', ids)
    .execute();
  return new Map(rows.map((row) => [row.id, row.policy_arn]));
}

/** As GetUser and GetRole show it. */
export function describeBoundary(arn: string | undefined): AttachedPermissionsBoundary | undefined {
  if (arn === undefined) return undefined;
  return {
    PermissionsBoundaryType: BOUNDARY_TYPE as PermissionsBoundaryAttachmentType,
    PermissionsBoundaryArn: arn,
  };
}

/** iam:PermissionsBoundary: the boundary that a request sets, or the one of whom it acts on. */
export function boundaryContext(arn: string | undefined): ConditionEntries {
  return arn === undefined ? [] : [['iam:PermissionsBoundary', arn]];
}

/** The policy that is to be a boundary. @throws NoSuchEntity, InvalidInput */
export async function boundaryPolicy(database: Database, accountId: string, arn: string): Promise<CataloguedPolicy> {
  const policy = await findPolicy(database, accountId, arn);
  if (policy === undefined) throw notAttachableAsBoundary(arn);
  return policy;
}

/** Sets the boundary of the user or the role, whose row must be locked. @throws NoSuchEntity when the policy is gone */
export async function setBoundary(
  transaction: DatabaseTransaction,
  entity: BoundedEntity,
  id: string,
  policy: CataloguedPolicy,
): Promise<void> {
  const ownPolicyId = policy.document === undefined ? policy.policyId : null;
  if (ownPolicyId !== null && (await lockPolicy(transaction, ownPolicyId)) === undefined) {
    throw notAttachableAsBoundary(policy.arn);
  }
  const column = sql.ref(`${entity}_id`);
  await sql`insert into ${sql.table(tables[entity])} (${column}, policy_arn, policy_id)
    values (${id}, ${policy.arn}, ${ownPolicyId})
    on conflict (${column}) do update set policy_arn = excluded.policy_arn, policy_id = excluded.policy_id`.execute(
    transaction,
  );
}

export async function deleteBoundary(
  transaction: DatabaseTransaction,
  entity: BoundedEntity,
  id: string,
): Promise<void> {
  await transaction
    .deleteFrom(tables[entity])
    .where(sql.ref(`${entity}_id`), '=', id)
    .execute();
}

function notAttachableAsBoundary(arn: string): Error {
  return noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`);
}
