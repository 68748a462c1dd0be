import { randomUUID } from 'node:crypto';
import {
  CreateServiceLinkedRole$,
  CreateServiceLinkedRoleCommand,
  DeleteServiceLinkedRole$,
  DeleteServiceLinkedRoleCommand,
  GetServiceLinkedRoleDeletionStatus$,
  GetServiceLinkedRoleDeletionStatusCommand,
} from '@aws-sdk/client-iam';
import { roleArn } from '../../access/principals.ts';
import type { RoleRow } from '../../storage/database/schema.ts';
import type { Operation } from '../operation.ts';
import { refuseWhileReferenced } from './delete-conflicts.ts';
import { invalidInput, noSuchEntity, refuseDuplicate } from './errors.ts';
import { newRoleId } from './identifiers.ts';
import {
  existingRole,
  isServiceLinked,
  noSuchRole,
  roleTarget,
  SERVICE_ROLE_PATH,
  withAnyLockedRole,
} from './role-targets.ts';
import { describeRole, insertRole } from './roles.ts';
import { type IamServices, operation } from './service.ts';
import { nameKey } from './user-targets.ts';

/** As DeleteServiceLinkedRole names it: the role's path and name, and a UUID. */
const DELETION_TASK = /^task\/(aws-service-role\/[^/]+\/[^/]+)\/[^/]+$/;

interface LinkedService {
  readonly roleName: string;
  readonly takesSuffix?: boolean;
}

/**
 * The services that AWS links roles to and a CodeCommit user meets. None of them runs here, so such a role is a record
 * that nobody assumes: it has the name and the trust policy that AWS gives it, and no policies.
 */
const SERVICES: ReadonlyMap<string, LinkedService> = new Map([
  ['autoscaling.amazonaws.com', { roleName: 'AWSServiceRoleForAutoScaling', takesSuffix: true }],
  ['codeguru-reviewer.amazonaws.com', { roleName: 'AWSServiceRoleForAmazonCodeGuruReviewer' }],
  ['codestar-notifications.amazonaws.com', { roleName: 'AWSServiceRoleForCodeStarNotifications' }],
  ['ecs.amazonaws.com', { roleName: 'AWSServiceRoleForECS' }],
  ['elasticloadbalancing.amazonaws.com', { roleName: 'AWSServiceRoleForElasticLoadBalancing' }],
]);

/** Seconds. */
const SESSION_DURATION = 3600;

const createServiceLinkedRole = operation(CreateServiceLinkedRole$, CreateServiceLinkedRoleCommand, {
  target: (_services, { principal: { accountId } }, input) => {
    const name = SERVICES.get(input.AWSServiceName)?.roleName ?? '*';
    const arn = roleArn(accountId, servicePath(input.AWSServiceName), name);
    return {
      resources: [{ arn, accountId }],
      context: [['iam:AWSServiceName', input.AWSServiceName] as const],
    };
  },
  handle: async (services, call, input) => {
    const role: RoleRow = {
      role_id: newRoleId(),
      account_id: call.principal.accountId,
      ...roleNameOf(input.AWSServiceName, input.CustomSuffix),
      path: servicePath(input.AWSServiceName),
      description: input.Description ?? null,
      trust_policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: input.AWSServiceName }, Action: 'sts:AssumeRole' }],
      }),
      max_session_duration: SESSION_DURATION,
      tags: '{}',
      created_at: Date.now(),
      last_used_at: null,
      last_used_region: null,
    };
    const insertion = services.database.transaction().execute((transaction) => insertRole(transaction, role));
    await refuseDuplicate(insertion, () =>
      invalidInput(
        `Service role name ${role.role_name} has been taken in this account, please try a different suffix.`,
      ),
    );
    return { Role: await describeRole(services, role) };
  },
});

const deleteServiceLinkedRole = operation(DeleteServiceLinkedRole$, DeleteServiceLinkedRoleCommand, {
  target: (services, call, input) => roleTarget(services, call, input.RoleName),
  handle: async (services, call, input, target) => {
    if (!isServiceLinked(existingRole(target))) throw noSuchRole(input.RoleName);
    const task = await withAnyLockedRole(services, target, async (transaction, role) => {
      await refuseWhileReferenced(transaction, 'role', role.role_id);
      await transaction.deleteFrom('roles').where('role_id', '=', role.role_id).execute();
      const task_id = `task${role.path}${role.role_name}/${randomUUID()}`;
      const deletion = { task_id, account_id: call.principal.accountId, deleted_at: Date.now() };
      await transaction.insertInto('role_deletions').values(deletion).execute();
      return task_id;
    });
    return { DeletionTaskId: task };
  },
});

const getServiceLinkedRoleDeletionStatus = operation(
  GetServiceLinkedRoleDeletionStatus$,
  GetServiceLinkedRoleDeletionStatusCommand,
  {
    target: (_services, { principal: { accountId } }, input) => {
      const [, role] = DELETION_TASK.exec(input.DeletionTaskId) ?? [];
      return { resources: [{ arn: role === undefined ? '*' : `arn:aws:iam::${accountId}:role/${role}`, accountId }] };
    },
    handle: async ({ database }, call, input) => {
      const deletion = await database
        .selectFrom('role_deletions')
        .select('task_id')
        .where('task_id', '=', input.DeletionTaskId)
        .where('account_id', '=', call.principal.accountId)
        .executeTakeFirst();
      if (deletion === undefined) throw noSuchEntity(`Deletion task ${input.DeletionTaskId} cannot be found.`);
      // No service uses such a role here, so a deletion is done when its request is.
      return { Status: 'SUCCEEDED' as const };
    },
  },
);

export const serviceLinkedRoleOperations: readonly Operation<IamServices>[] = [
  createServiceLinkedRole,
  deleteServiceLinkedRole,
  getServiceLinkedRoleDeletionStatus,
];

function servicePath(serviceName: string): string {
  return `${SERVICE_ROLE_PATH}${serviceName}/`;
}

/** @throws InvalidInput for a service without such roles, and a suffix that it does not take */
function roleNameOf(serviceName: string, suffix: string | undefined): { role_name: string; role_name_key: string } {
  const service = SERVICES.get(serviceName);
  if (service === undefined) {
    throw invalidInput(`Service-linked roles of ${serviceName} are not supported by Codekeep.`);
  }
  if (suffix !== undefined && service.takesSuffix !== true) {
    throw invalidInput('Custom suffix is not allowed for this service.');
  }
  const role_name = suffix === undefined ? service.roleName : `${service.roleName}_${suffix}`;
  return { role_name, role_name_key: nameKey(role_name) };
}
