import {
  DeleteRolePermissionsBoundary$,
  DeleteRolePermissionsBoundaryCommand,
  DeleteUserPermissionsBoundary$,
  DeleteUserPermissionsBoundaryCommand,
  PutRolePermissionsBoundary$,
  PutRolePermissionsBoundaryCommand,
  PutUserPermissionsBoundary$,
  PutUserPermissionsBoundaryCommand,
} from '@aws-sdk/client-iam';
import type { Operation } from '../operation.ts';
import { boundaryContext, boundaryPolicy, deleteBoundary, setBoundary } from './permissions-boundaries.ts';
import { boundedRoleTarget, existingRole, roleTarget, withLockedRole } from './role-targets.ts';
import { type IamServices, operation } from './service.ts';
import { boundedUserTarget, existingUser, userTarget, withLockedUser } from './user-targets.ts';

const putUserPermissionsBoundary = operation(PutUserPermissionsBoundary$, PutUserPermissionsBoundaryCommand, {
  target: (services, call, input) =>
    userTarget(services, call, input.UserName, boundaryContext(input.PermissionsBoundary)),
  handle: async (services, call, input, target) => {
    existingUser(target);
    const policy = await boundaryPolicy(services.database, call.principal.accountId, input.PermissionsBoundary);
    await withLockedUser(services, target, (transaction, { user_id }) =>
      setBoundary(transaction, 'user', user_id, policy),
    );
    return {};
  },
});

const putRolePermissionsBoundary = operation(PutRolePermissionsBoundary$, PutRolePermissionsBoundaryCommand, {
  target: (services, call, input) =>
    roleTarget(services, call, input.RoleName, boundaryContext(input.PermissionsBoundary)),
  handle: async (services, call, input, target) => {
    existingRole(target);
    const policy = await boundaryPolicy(services.database, call.principal.accountId, input.PermissionsBoundary);
    await withLockedRole(services, target, (transaction, { role_id }) =>
      setBoundary(transaction, 'role', role_id, policy),
    );
    return {};
  },
});

// Without a boundary both succeed: AWS's model has no error for it.

const deleteUserPermissionsBoundary = operation(DeleteUserPermissionsBoundary$, DeleteUserPermissionsBoundaryCommand, {
  target: (services, call, input) => boundedUserTarget(services, call, input.UserName),
  handle: async (services, _call, _input, target) => {
    await withLockedUser(services, target, (transaction, { user_id }) => deleteBoundary(transaction, 'user', user_id));
    return {};
  },
});

const deleteRolePermissionsBoundary = operation(DeleteRolePermissionsBoundary$, DeleteRolePermissionsBoundaryCommand, {
  target: (services, call, input) => boundedRoleTarget(services, call, input.RoleName),
  handle: async (services, _call, _input, target) => {
    await withLockedRole(services, target, (transaction, { role_id }) => deleteBoundary(transaction, 'role', role_id));
    return {};
  },
});

export const permissionsBoundaryOperations: readonly Operation<IamServices>[] = [
  putUserPermissionsBoundary,
  deleteUserPermissionsBoundary,
  putRolePermissionsBoundary,
  deleteRolePermissionsBoundary,
];
