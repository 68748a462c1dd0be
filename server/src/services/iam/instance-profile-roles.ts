import {
  AddRoleToInstanceProfile$,
  AddRoleToInstanceProfileCommand,
  RemoveRoleFromInstanceProfile$,
  RemoveRoleFromInstanceProfileCommand,
} from '@aws-sdk/client-iam';
import { authorize } from '../../access/authorization.ts';
import { lockRole } from '../../storage/database/row-locks.ts';
import type { Operation } from '../operation.ts';
import { noSuchEntity, quotaExceeded } from './errors.ts';
import {
  existingInstanceProfile,
  instanceProfileTarget,
  withLockedInstanceProfile,
} from './instance-profile-targets.ts';
import { existingRole, modifiableRole, noSuchRole, roleTarget } from './role-targets.ts';
import { type IamServices, operation } from './service.ts';

const addRoleToInstanceProfile = operation(AddRoleToInstanceProfile$, AddRoleToInstanceProfileCommand, {
  target: (services, call, input) => instanceProfileTarget(services, call, input.InstanceProfileName),
  handle: async (services, call, input, target) => {
    const passed = await roleTarget(services, call, input.RoleName, [['iam:PassedToService', 'ec2.amazonaws.com']]);
    for (const resource of passed.resources) {
      authorize(call.principal, call.environment, 'iam:PassRole', resource, passed.context);
    }
    existingInstanceProfile(target);
    const { role_id } = modifiableRole(passed);
    await withLockedInstanceProfile(services, target, async (transaction, profile) => {
      if ((await lockRole(transaction, role_id)) === undefined) throw noSuchRole(input.RoleName);
      if (profile.role_id !== null) throw quotaExceeded('InstanceSessionsPerInstanceProfile', 1);
      await transaction
        .updateTable('instance_profiles')
        .set({ role_id })
        .where('profile_id', '=', profile.profile_id)
        .execute();
    });
    return {};
  },
});

const removeRoleFromInstanceProfile = operation(RemoveRoleFromInstanceProfile$, RemoveRoleFromInstanceProfileCommand, {
  target: (services, call, input) => instanceProfileTarget(services, call, input.InstanceProfileName),
  handle: async (services, call, input, target) => {
    const { profile_id } = existingInstanceProfile(target);
    const { role_id } = existingRole(await roleTarget(services, call, input.RoleName));
    const { numUpdatedRows } = await services.database
      .updateTable('instance_profiles')
      .set({ role_id: null })
      .where('profile_id', '=', profile_id)
      .where('role_id', '=', role_id)
      .executeTakeFirst();
    // The code is AWS's, its words are not known.
    if (numUpdatedRows === 0n) {
      throw noSuchEntity(
        `The role with name ${input.RoleName} is not in the instance profile ${input.InstanceProfileName}.`,
      );
    }
    return {};
  },
});

export const instanceProfileRoleOperations: readonly Operation<IamServices>[] = [
  addRoleToInstanceProfile,
  removeRoleFromInstanceProfile,
];
