import type { ConditionEntries } from '../../access/authorization.ts';
import { groupArn } from '../../access/principals.ts';
import { type DatabaseTransaction, lockGroup } from '../../storage/database/row-locks.ts';
import type { GroupRow } from '../../storage/database/schema.ts';
import type { Call, Target } from '../operation.ts';
import { noSuchEntity } from './errors.ts';
import type { IamServices } from './service.ts';
import { nameKey } from './user-targets.ts';

/** An operation on a group, which may not exist: that is told after authorisation only. */
export interface GroupTarget extends Target {
  readonly groupName: string;
  readonly group: GroupRow | undefined;
}

/** The group of that name in the caller's account. Groups have no tags. */
export async function groupTarget(
  { database }: IamServices,
  { principal: { accountId } }: Call,
  groupName: string,
  context: ConditionEntries = [],
): Promise<GroupTarget> {
  const group = await database
    .selectFrom('groups')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('group_name_key', '=', nameKey(groupName))
    .executeTakeFirst();
  const arn = groupArn(accountId, group?.path ?? '/', group?.group_name ?? groupName);
  return { groupName, group, resources: [{ arn, accountId }], context };
}

/** @throws NoSuchEntity */
export function existingGroup(target: GroupTarget): GroupRow {
  if (target.group === undefined) throw noSuchGroup(target.groupName);
  return target.group;
}

/**
 * Runs a transaction that holds the group's row, so that work on one group comes one after another.
 *
 * @throws NoSuchEntity when the group does not exist or is gone by now
 */
export function withLockedGroup<T>(
  { database }: IamServices,
  target: GroupTarget,
  work: (transaction: DatabaseTransaction, group: GroupRow) => Promise<T>,
): Promise<T> {
  const { group_id } = existingGroup(target);
  return database.transaction().execute(async (transaction) => {
    const group = await lockGroup(transaction, group_id);
    if (group === undefined) throw noSuchGroup(target.groupName);
    return work(transaction, group);
  });
}

export function noSuchGroup(groupName: string): Error {
  return noSuchEntity(`The group with name ${groupName} cannot be found.`);
}
