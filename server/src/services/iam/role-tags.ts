import {
  ListRoleTags$,
  ListRoleTagsCommand,
  TagRole$,
  TagRoleCommand,
  UntagRole$,
  UntagRoleCommand,
} from '@aws-sdk/client-iam';
import type { DatabaseTransaction } from '../../storage/database/row-locks.ts';
import type { RoleRow } from '../../storage/database/schema.ts';
import type { Operation } from '../operation.ts';
import { existingRole, roleTarget, withAnyLockedRole } from './role-targets.ts';
import { type IamServices, operation } from './service.ts';
import { pageOfTags, requestTagContext, storedWithoutTags, storedWithTags } from './tags.ts';

const tagRole = operation(TagRole$, TagRoleCommand, {
  target: (services, call, input) => roleTarget(services, call, input.RoleName, requestTagContext(input.Tags)),
  handle: async (services, _call, input, target) => {
    await withAnyLockedRole(services, target, (transaction, role) =>
      storeTags(transaction, role, storedWithTags(role.tags, input.Tags)),
    );
    return {};
  },
});

const untagRole = operation(UntagRole$, UntagRoleCommand, {
  target: (services, call, input) => roleTarget(services, call, input.RoleName, [['aws:TagKeys', input.TagKeys]]),
  handle: async (services, _call, input, target) => {
    await withAnyLockedRole(services, target, (transaction, role) =>
      storeTags(transaction, role, storedWithoutTags(role.tags, input.TagKeys)),
    );
    return {};
  },
});

const listRoleTags = operation(ListRoleTags$, ListRoleTagsCommand, {
  target: (services, call, input) => roleTarget(services, call, input.RoleName),
  handle: (_services, _call, input, target) => pageOfTags('ListRoleTags', input, existingRole(target).tags),
});

export const roleTagOperations: readonly Operation<IamServices>[] = [tagRole, untagRole, listRoleTags];

async function storeTags(transaction: DatabaseTransaction, role: RoleRow, tags: string): Promise<void> {
  await transaction.updateTable('roles').set({ tags }).where('role_id', '=', role.role_id).execute();
}
