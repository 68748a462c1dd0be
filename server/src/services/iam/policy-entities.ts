import { ListEntitiesForPolicy$, ListEntitiesForPolicyCommand, type PolicyUsageType } from '@aws-sdk/client-iam';
import type { Operation } from '../operation.ts';
import { page, pageRequest } from './pagination.ts';
import { existingPolicy, readablePolicyTarget } from './policy-catalogue.ts';
import { type EntityKind, entitiesOfPolicy, type PolicyUse } from './policy-uses.ts';
import { type IamServices, operation } from './service.ts';

const USES_ASKED: Readonly<Record<PolicyUsageType | 'any', readonly PolicyUse[]>> = {
  PermissionsPolicy: ['attachment'],
  PermissionsBoundary: ['boundary'],
  any: ['attachment', 'boundary'],
};
const KINDS: readonly string[] = ['User', 'Group', 'Role'] satisfies EntityKind[];

const listEntitiesForPolicy = operation(ListEntitiesForPolicy$, ListEntitiesForPolicyCommand, {
  target: ({ database }, call, input) => readablePolicyTarget(database, call, input.PolicyArn),
  handle: async ({ database }, call, input, target) => {
    const request = pageRequest('ListEntitiesForPolicy', input);
    const policy = existingPolicy(target, input.PolicyArn);
    // Other filters name kinds of policies, which no entity is of.
    const kinds = input.EntityFilter === undefined ? undefined : KINDS.filter((kind) => kind === input.EntityFilter);
    const entities = await entitiesOfPolicy(database, call.principal.accountId, policy.arn, {
      uses: kinds?.length === 0 ? [] : USES_ASKED[input.PolicyUsageFilter ?? 'any'],
      kind: kinds?.[0] as EntityKind | undefined,
      pathPrefix: input.PathPrefix ?? '/',
      after: request.after,
      limit: request.size + 1,
    });
    const { items, continuation } = page(request, entities, ({ kind, name_key }) => `${kind} ${name_key}`);
    const ofKind = (kind: EntityKind) => items.filter((entity) => entity.kind === kind);
    return {
      PolicyGroups: ofKind('Group').map(({ name, id }) => ({ GroupName: name, GroupId: id })),
      PolicyUsers: ofKind('User').map(({ name, id }) => ({ UserName: name, UserId: id })),
      PolicyRoles: ofKind('Role').map(({ name, id }) => ({ RoleName: name, RoleId: id })),
      ...continuation,
    };
  },
});

export const policyEntityOperations: readonly Operation<IamServices>[] = [listEntitiesForPolicy];
