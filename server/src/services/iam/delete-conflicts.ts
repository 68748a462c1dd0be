import { sql } from 'kysely';
import type { DatabaseTransaction } from '../../storage/database/row-locks.ts';
import { deleteConflict } from './errors.ts';

const DETACH_POLICIES = 'Cannot delete entity, must detach all policies first.';
const DELETE_POLICIES = 'Cannot delete entity, must delete policies first.';
const REMOVE_USERS = 'Cannot delete entity, must remove users from group first.';
const REMOVE_ROLES = 'Cannot delete entity, must remove roles from instance profile first.';
const REMOVE_REFERENCED = 'Cannot delete entity, must remove referenced objects first.';

/** What must go before an entity can, and AWS's words for it. */
const REFERENCES = {
  user: [
    ['login_profiles', 'Cannot delete entity, must delete login profile first.'],
    ['access_keys', 'Cannot delete entity, must delete access keys first.'],
    ['virtual_mfa_devices', 'Cannot delete entity, must delete MFA device first.'],
    ['user_policy_attachments', DETACH_POLICIES],
    ['user_policies', DELETE_POLICIES],
    ['group_members', REMOVE_USERS],
    ['service_specific_credentials', REMOVE_REFERENCED],
    ['ssh_public_keys', REMOVE_REFERENCED],
  ],
  role: [
    ['instance_profiles', REMOVE_ROLES],
    ['role_policy_attachments', DETACH_POLICIES],
    ['role_policies', DELETE_POLICIES],
  ],
  group: [
    ['group_members', REMOVE_USERS],
    ['group_policy_attachments', DETACH_POLICIES],
    ['group_policies', DELETE_POLICIES],
  ],
} as const;

/** @throws DeleteConflict while anything refers to the entity, whose row must be locked */
export async function refuseWhileReferenced(
  transaction: DatabaseTransaction,
  entity: keyof typeof REFERENCES,
  id: string,
): Promise<void> {
  for (const [table, message] of REFERENCES[entity]) {
    const reference = await transaction
      .selectFrom(table)
      .select(sql`1`.as('one'))
      .where(sql.ref(`${entity}_id`), '=', id)
      .limit(1)
      .executeTakeFirst();
    if (reference !== undefined) throw deleteConflict(message);
  }
}
