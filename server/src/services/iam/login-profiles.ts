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
import { hashPassword, verifyPassword } from '../../access/authentication/passwords.ts';
import type { Database } from '../../storage/database/database.ts';
import { type DatabaseTransaction, lockUser } from '../../storage/database/row-locks.ts';
import type { LoginProfileRow, UserRow } from '../../storage/database/schema.ts';
import type { Operation } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { unlessUsersMayChangePasswords } from './account-targets.ts';
import { accessDenied, alreadyExists, noSuchEntity, refuseDuplicate, validationError } from './errors.ts';
import { passwordPolicyOf, refuseReusedPassword, refuseWeakPassword, rememberPassword } from './password-policy.ts';
import { type IamServices, operation } from './service.ts';
import { existingUser, identityTarget, userTarget, withLockedUser } from './user-targets.ts';

const createLoginProfile = operation(CreateLoginProfile$, CreateLoginProfileCommand, {
  target: (services, call, input) => userTarget(services, call, input.UserName),
  handle: async (services, _call, input, target) => {
    // Optional in the model for sessions of AssumeRoot alone.
    if (input.Password === undefined) throw validationError('Must specify a password for the login profile');
    const user = existingUser(target);
    // Told before the password is looked at: a refusal for its reuse would tell which one the user has.
    if ((await findProfile(services.database, user)) !== undefined) throw loginProfileExists(user);
    const password_hash = await acceptedPasswordHash(services, user, input.Password);
    const now = Date.now();
    const profile: LoginProfileRow = {
      user_id: user.user_id,
      password_hash,
      password_reset_required: input.PasswordResetRequired === true ? 1 : 0,
      created_at: now,
      password_changed_at: now,
    };
    const insertion = withLockedUser(services, target, (transaction) =>
      transaction.insertInto('login_profiles').values(profile).execute(),
    );
    await refuseDuplicate(insertion, () => loginProfileExists(user));
    return { LoginProfile: describe(user, profile) };
  },
});

const getLoginProfile = operation(GetLoginProfile$, GetLoginProfileCommand, {
  target: (services, call, input) => userTarget(services, call, input.UserName),
  handle: async (services, _call, _input, target) => {
    const user = existingUser(target);
    return { LoginProfile: describe(user, await existingProfile(services.database, user)) };
  },
});

const updateLoginProfile = operation(UpdateLoginProfile$, UpdateLoginProfileCommand, {
  target: (services, call, input) => userTarget(services, call, input.UserName),
  handle: async (services, _call, input, target) => {
    const user = existingUser(target);
    await existingProfile(services.database, user);
    const { Password, PasswordResetRequired } = input;
    const hash = Password === undefined ? undefined : await acceptedPasswordHash(services, user, Password);
    await withLockedUser(services, target, async (transaction) => {
      const profile = await existingProfile(transaction, user);
      const isResetRequired = PasswordResetRequired ?? profile.password_reset_required === 1;
      await changeProfile(transaction, user, profile, hash ?? profile.password_hash, isResetRequired);
    });
    return {};
  },
});

const deleteLoginProfile = operation(DeleteLoginProfile$, DeleteLoginProfileCommand, {
  target: (services, call, input) => userTarget(services, call, input.UserName),
  handle: async (services, _call, _input, target) => {
    await withLockedUser(services, target, async (transaction, user) => {
      await existingProfile(transaction, user);
      for (const table of ['former_passwords', 'login_profiles'] as const) {
        await transaction.deleteFrom(table).where('user_id', '=', user.user_id).execute();
      }
    });
    return {};
  },
});

const changePassword = operation(ChangePassword$, ChangePasswordCommand, {
  target: async (services, call) =>
    unlessUsersMayChangePasswords(
      services.database,
      call,
      'iam:ChangePassword',
      await identityTarget(services, call, undefined),
    ),
  handle: async (services, _call, input, target) => {
    if (target.userName === undefined) {
      throw new ServiceError(
        InvalidUserTypeException$,
        'Only IAM users can change their own password with this operation.',
      );
    }
    const user = existingUser(target);
    const verified = await existingProfile(services.database, user);
    if (!(await verifyPassword(input.OldPassword, verified.password_hash))) {
      throw accessDenied('The old password was incorrect.');
    }
    const hash = await acceptedPasswordHash(services, user, input.NewPassword);
    if (!(await replacePassword(services, user, verified.password_hash, hash))) {
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

/**
 * Puts a new password in the place of one that was verified.
 *
 * @param verifiedHash of the password that must be the one that is replaced
 * @param hash of the new password, by {@link acceptedPasswordHash}
 * @returns false when another request has changed the password meanwhile
 */
export async function replacePassword(
  services: IamServices,
  user: UserRow,
  verifiedHash: string,
  hash: string,
): Promise<boolean> {
  return services.database.transaction().execute(async (transaction) => {
    await lockUser(transaction, user.user_id);
    const profile = await findProfile(transaction, user);
    if (profile?.password_hash !== verifiedHash) return false;
    await changeProfile(transaction, user, profile, hash, false);
    return true;
  });
}

/**
 * The hash of a password that the account's policy has nothing against.
 *
 * @throws PasswordPolicyViolation
 */
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
  const policy = await passwordPolicyOf(database, user.account_id);
  refuseWeakPassword(password, { accountId: user.account_id, rootEmail: root_email }, policy);
  const profile = await findProfile(database, user);
  if (profile !== undefined) await refuseReusedPassword(database, profile, password, policy);
  return hashPassword(password);
}

/** The user's row must be locked. */
async function changeProfile(
  transaction: DatabaseTransaction,
  user: UserRow,
  profile: LoginProfileRow,
  hash: string,
  isResetRequired: boolean,
): Promise<void> {
  const isNewPassword = hash !== profile.password_hash;
  if (isNewPassword) await rememberPassword(transaction, profile, await passwordPolicyOf(transaction, user.account_id));
  await transaction
    .updateTable('login_profiles')
    .set({
      password_hash: hash,
      password_reset_required: isResetRequired ? 1 : 0,
      ...(isNewPassword && { password_changed_at: Date.now() }),
    })
    .where('user_id', '=', user.user_id)
    .execute();
}

function findProfile(database: Database, user: UserRow): Promise<LoginProfileRow | undefined> {
  return database.selectFrom('login_profiles').selectAll().where('user_id', '=', user.user_id).executeTakeFirst();
}

/** @throws NoSuchEntity */
async function existingProfile(database: Database, user: UserRow): Promise<LoginProfileRow> {
  const profile = await findProfile(database, user);
  if (profile === undefined) throw noSuchLoginProfile(user);
  return profile;
}

function loginProfileExists(user: UserRow): ServiceError {
  return alreadyExists(`Login Profile for user ${user.user_name} already exists.`);
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
