import {
  ListRoleTags$,
  ListRoleTagsCommand,
  TagRole$,
  TagRoleCommand,
  UntagRole$,
  UntagRoleCommand,
} from '@aws-sdk/client-iam';
import type { Tags } from '../../access/principal.ts';
import type { DatabaseTransaction } from '../../storage/database/row-locks.ts';
import type { RoleRow } from '../../storage/database/schema.ts';
import type { Operation } from '../operation.ts';
import { pageOfAll, pageRequest } from './pagination.ts';
import { existingRole, roleTarget, withLockedRole } from './role-targets.ts';
import { type IamServices, operation } from './service.ts';
import { requestTagContext, tagList, tagsOf, withoutTags, withTags } from './tags.ts';

const tagRole = operation(TagRole$, TagRoleCommand, {
  target: (services, call, input) => roleTarget(services, call, input.RoleName, requestTagContext(input.Tags)),
  handle: async (services, _call, input, target) => {
    const added = tagsOf(input.Tags);
    await withLockedRole(services, target, (transaction, role) =>
      storeTags(transaction, role, withTags(JSON.parse(role.tags) as Tags, added)),
    );
    return {};
  },
});

const untagRole = operation(UntagRole$, UntagRoleCommand, {
  target: (services, call, input) => roleTarget(services, call, input.RoleName, [['aws:TagKeys', input.TagKeys]]),
  handle: async (services, _call, input, target) => {
    await withLockedRole(services, target, (transaction, role) =>
      storeTags(transaction, role, withoutTags(JSON.parse(role.tags) as Tags, input.TagKeys)),
    );
    return {};
  },
});

const listRoleTags = operation(ListRoleTags$, ListRoleTagsCommand, {
  target: (services, call, input) => roleTarget(services, call, input.RoleName),
  handle: (_services, _call, input, target) => {
    const request = pageRequest('ListRoleTags', input);
    const tags = tagList(existingRole(target).tags) ?? [];
    const { items, continuation } = pageOfAll(request, tags, ({ Key }) => Key ?? '');
    return { Tags: [...items], ...continuation };
  },
});

export const roleTagOperations: readonly Operation<IamServices>[] = [tagRole, untagRole, listRoleTags];

async function storeTags(transaction: DatabaseTransaction, role: RoleRow, tags: Tags): Promise<void> {
  await transaction
    .updateTable('roles')
    .set({ tags: JSON.stringify(tags) })
    .where('role_id', '=', role.role_id)
    .execute();
}
