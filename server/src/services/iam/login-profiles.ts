import {
  ChangePassword$,
  ChangePasswordCommand,
  CreateLoginProfile$,
  CreateLoginProfileCommand,
  DeleteLoginProfile$,
  DeleteLoginProfileCommand,
  EntityTemporarilyUnmodifiableException$,
  GetLoginProfile$,
  GetLoginProfileCommand,
  InvalidUserTypeException$,
  type LoginProfile,
  UpdateLoginProfile$,
  UpdateLoginProfileCommand,
} from '@aws-sdk/client-iam';
import type { Selectable } from 'kysely';
import { hashPassword, verifyPassword } from '../../access/authentication/passwords.ts';
import type { DatabaseSchema, UserRow } from '../../storage/database/schema.ts';
import type { Operation } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { accessDenied, alreadyExists, noSuchEntity, refuseDuplicate, validationError } from './errors.ts';
import { refuseWeakPassword } from './password-policy.ts';
import { type IamServices, operation } from './service.ts';
import { existingUser, identityTarget, userTarget, withLockedUser } from './user-targets.ts';

type LoginProfileRow = Selectable<DatabaseSchema['login_profiles']>;

const createLoginProfile = operation(CreateLoginProfile$, CreateLoginProfileCommand, {
  target: (services, call, input) => userTarget(services, call, input.UserName),
  handle: async (services, _call, input, target) => {
    // Optional in the model for sessions of AssumeRoot alone.
    if (input.Password === undefined) throw validationError('Must specify a password for the login profile');
    const user = existingUser(target);
    const profile: LoginProfileRow = {
      user_id: user.user_id,
      password_hash: await acceptedPasswordHash(services, user, input.Password),
      password_reset_required: input.PasswordResetRequired === true ? 1 : 0,
      created_at: Date.now(),
    };
    const insertion = withLockedUser(services, target, (transaction) =>
      transaction.insertInto('login_profiles').values(profile).execute(),
    );
    await refuseDuplicate(insertion, () => alreadyExists(`Login Profile for user ${user.user_name} already exists.`));
    return { LoginProfile: describe(user, profile) };
  },
});

const getLoginProfile = operation(GetLoginProfile$, GetLoginProfileCommand, {
  target: (services, call, input) => userTarget(services, call, input.UserName),
  handle: async (services, _call, _input, target) => {
    const user = existingUser(target);
    return { LoginProfile: describe(user, await existingProfile(services, user)) };
  },
});

const updateLoginProfile = operation(UpdateLoginProfile$, UpdateLoginProfileCommand, {
  target: (services, call, input) => userTarget(services, call, input.UserName),
  handle: async (services, _call, input, target) => {
    const user = existingUser(target);
    await existingProfile(services, user);
    const { Password, PasswordResetRequired } = input;
    const changes = {
      ...(Password !== undefined && { password_hash: await acceptedPasswordHash(services, user, Password) }),
      ...(PasswordResetRequired !== undefined && { password_reset_required: PasswordResetRequired ? 1 : 0 }),
    };
    if (Object.keys(changes).length === 0) return {};
    const { numUpdatedRows } = await services.database
      .updateTable('login_profiles')
      .set(changes)
      .where('user_id', '=', user.user_id)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) throw noSuchLoginProfile(user);
    return {};
  },
});

const deleteLoginProfile = operation(DeleteLoginProfile$, DeleteLoginProfileCommand, {
  target: (services, call, input) => userTarget(services, call, input.UserName),
  handle: async ({ database }, _call, _input, target) => {
    const user = existingUser(target);
    const { numDeletedRows } = await database
      .deleteFrom('login_profiles')
      .where('user_id', '=', user.user_id)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw noSuchLoginProfile(user);
    return {};
  },
});

const changePassword = operation(ChangePassword$, ChangePasswordCommand, {
  target: (services, call) => identityTarget(services, call, undefined),
  handle: async (services, _call, input, target) => {
    if (target.userName === undefined) {
      throw new ServiceError(
        InvalidUserTypeException$,
        'Only IAM users can change their own password with this operation.',
      );
    }
    const user = existingUser(target);
    const profile = await existingProfile(services, user);
    if (!(await verifyPassword(input.OldPassword, profile.password_hash))) {
      throw accessDenied('The old password was incorrect.');
    }
    const { numUpdatedRows } = await services.database
      .updateTable('login_profiles')
      .set({ password_hash: await acceptedPasswordHash(services, user, input.NewPassword), password_reset_required: 0 })
      .where('user_id', '=', user.user_id)
      // The old password that was verified must be the one that is replaced.
      .where('password_hash', '=', profile.password_hash)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) {
      throw new ServiceError(
        EntityTemporarilyUnmodifiableException$,
        `Login Profile for User ${user.user_name} was changed by another request. Please try again.`,
      );
    }
    return {};
  },
});

export const loginProfileOperations: readonly Operation<IamServices>[] = [
  createLoginProfile,
  getLoginProfile,
  updateLoginProfile,
  deleteLoginProfile,
  changePassword,
];

/** Of a password that the account's policy accepts. @throws PasswordPolicyViolation */
export async function acceptedPasswordHash(
  { database }: IamServices,
  user: UserRow,
  password: string,
): Promise<string> {
  const { root_email } = await database
    .selectFrom('accounts')
    .select('root_email')
    .where('account_id', '=', user.account_id)
    .executeTakeFirstOrThrow();
  refuseWeakPassword(password, { accountId: user.account_id, rootEmail: root_email });
  return hashPassword(password);
}

async function existingProfile({ database }: IamServices, user: UserRow): Promise<LoginProfileRow> {
  const profile = await database
    .selectFrom('login_profiles')
    .selectAll()
    .where('user_id', '=', user.user_id)
    .executeTakeFirst();
  if (profile === undefined) throw noSuchLoginProfile(user);
  return profile;
}

function noSuchLoginProfile(user: UserRow): ServiceError {
  return noSuchEntity(`Login Profile for User ${user.user_name} cannot be found.`);
}

function describe(user: UserRow, profile: LoginProfileRow): LoginProfile {
  return {
    UserName: user.user_name,
    CreateDate: new Date(profile.created_at),
    PasswordResetRequired: profile.password_reset_required === 1,
  };
}
