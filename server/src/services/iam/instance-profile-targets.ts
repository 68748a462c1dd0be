import type { ConditionEntries } from '../../access/authorization.ts';
import type { Tags } from '../../access/principal.ts';
import { type DatabaseTransaction, lockInstanceProfile } from '../../storage/database/row-locks.ts';
import type { InstanceProfileRow } from '../../storage/database/schema.ts';
import type { Call, Target } from '../operation.ts';
import { noSuchEntity } from './errors.ts';
import type { IamServices } from './service.ts';
import { resourceTagContext } from './tags.ts';
import { nameKey } from './user-targets.ts';

/** An operation on an instance profile, which may not exist: that is told after authorisation only. */
export interface InstanceProfileTarget extends Target {
  readonly profileName: string;
  readonly profile: InstanceProfileRow | undefined;
}

/** `path` begins and ends with a slash. */
export function instanceProfileArn(accountId: string, path: string, name: string): string {
  return `arn:aws:iam::${accountId}:instance-profile${path}${name}`;
}

/** The instance profile of that name in the caller's account. */
export async function instanceProfileTarget(
  { database }: IamServices,
  { principal: { accountId } }: Call,
  profileName: string,
  context: ConditionEntries = [],
): Promise<InstanceProfileTarget> {
  const profile = await database
    .selectFrom('instance_profiles')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('profile_name_key', '=', nameKey(profileName))
    .executeTakeFirst();
  const tags = profile === undefined ? {} : (JSON.parse(profile.tags) as Tags);
  const arn = instanceProfileArn(accountId, profile?.path ?? '/', profile?.profile_name ?? profileName);
  return {
    profileName,
    profile,
    resources: [{ arn, accountId, tags }],
    context: [...resourceTagContext(tags), ...context],
  };
}

/** @throws NoSuchEntity */
export function existingInstanceProfile(target: InstanceProfileTarget): InstanceProfileRow {
  if (target.profile === undefined) throw noSuchInstanceProfile(target.profileName);
  return target.profile;
}

/**
 * Runs a transaction that holds the profile's row, so that work on one profile comes one after another.
 *
 * @throws NoSuchEntity when the profile does not exist or is gone by now
 */
export function withLockedInstanceProfile<T>(
  { database }: IamServices,
  target: InstanceProfileTarget,
  work: (transaction: DatabaseTransaction, profile: InstanceProfileRow) => Promise<T>,
): Promise<T> {
  const { profile_id } = existingInstanceProfile(target);
  return database.transaction().execute(async (transaction) => {
    const profile = await lockInstanceProfile(transaction, profile_id);
    if (profile === undefined) throw noSuchInstanceProfile(target.profileName);
    return work(transaction, profile);
  });
}

function noSuchInstanceProfile(name: string): Error {
  return noSuchEntity(`Instance Profile ${name} cannot be found.`);
}
