import {
  DeactivateMFADevice$,
  DeactivateMFADeviceCommand,
  EnableMFADevice$,
  EnableMFADeviceCommand,
  GetMFADevice$,
  GetMFADeviceCommand,
  InvalidAuthenticationCodeException$,
  ListMFADevices$,
  ListMFADevicesCommand,
  ResyncMFADevice$,
  ResyncMFADeviceCommand,
} from '@aws-sdk/client-iam';
import { findStep, stepOf } from '../../access/authentication/one-time-passwords.ts';
import { mfaSeedContext } from '../../access/authentication/second-factor.ts';
import { rootPrincipal } from '../../access/principals.ts';
import { type DatabaseTransaction, lockAccount, lockVirtualMfaDevice } from '../../storage/database/row-locks.ts';
import type { VirtualMfaDeviceRow } from '../../storage/database/schema.ts';
import type { Call, Operation } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { accessDenied, alreadyExists, noSuchEntity, quotaExceeded } from './errors.ts';
import { mfaDeviceArn, noSuchDevice } from './mfa-device-targets.ts';
import { page, pageRequest } from './pagination.ts';
import { type IamServices, operation } from './service.ts';
import { existingUser, type IdentityTarget, identityTarget, withLockedUser } from './user-targets.ts';

/** IAM User Guide, "IAM and AWS STS quotas": MFA devices of a user; the root user has one here. */
const MAX_DEVICES = 8;
const MAX_ROOT_DEVICES = 1;
const ROOT_DEVICE_NAME = 'root-account-mfa-device';
/** How far a device's clock may be off when it is enabled or synchronised: ten minutes. */
const SYNCHRONISATION_STEPS = 20;
/** Less than this is what every verification allows for. */
const TOLERATED_STEPS = 1;

interface TwoCodes {
  readonly AuthenticationCode1: string;
  readonly AuthenticationCode2: string;
}

const enableMfaDevice = operation(EnableMFADevice$, EnableMFADeviceCommand, {
  target: (services, call, input) => deviceOwner(services, call, input),
  handle: async (services, call, input, owner) => {
    refuseOthersThanRoot(call, owner);
    await withLockedOwner(services, call, owner, async (transaction) => {
      const device = await lockVirtualMfaDevice(transaction, call.principal.accountId, input.SerialNumber);
      if (device === undefined) throw noSuchDevice(input.SerialNumber);
      if (device.enabled_at !== null) throw alreadyExists('MFA Device is already in use.');
      await refuseAboveQuota(transaction, device.account_id, owner);
      const synchronisation = await synchronise(services, call, device, input);
      await update(transaction, device, {
        ...synchronisation,
        user_id: userIdOf(owner),
        enabled_at: Date.now(),
      });
    });
    return {};
  },
});

const resyncMfaDevice = operation(ResyncMFADevice$, ResyncMFADeviceCommand, {
  target: (services, call, input) => deviceOwner(services, call, input),
  handle: async (services, call, input, owner) => {
    refuseOthersThanRoot(call, owner);
    await withLockedOwner(services, call, owner, async (transaction) => {
      const device = await lockDeviceOf(transaction, call, owner, input.SerialNumber);
      await update(transaction, device, await synchronise(services, call, device, input));
    });
    return {};
  },
});

const deactivateMfaDevice = operation(DeactivateMFADevice$, DeactivateMFADeviceCommand, {
  target: (services, call, input) => deviceOwner(services, call, input),
  handle: async (services, call, input, owner) => {
    refuseOthersThanRoot(call, owner);
    await withLockedOwner(services, call, owner, async (transaction) => {
      const device = await lockDeviceOf(transaction, call, owner, input.SerialNumber);
      await update(transaction, device, { user_id: null, enabled_at: null, failed_tries: 0, refused_until: 0 });
    });
    return {};
  },
});

const listMfaDevices = operation(ListMFADevices$, ListMFADevicesCommand, {
  target: (services, call, input) => identityTarget(services, call, input.UserName),
  handle: async ({ database }, { principal: { accountId } }, input, owner) => {
    const request = pageRequest('ListMFADevices', input);
    const userId = userIdOf(owner);
    const rows = await database
      .selectFrom('virtual_mfa_devices')
      .select(['serial_number', 'enabled_at'])
      .where('account_id', '=', accountId)
      .where('user_id', userId === null ? 'is' : '=', userId)
      .where('enabled_at', 'is not', null)
      .$if(request.after !== undefined, (query) => query.where('serial_number', '>', request.after ?? ''))
      .orderBy('serial_number')
      .limit(request.size + 1)
      .execute();
    const { items, continuation } = page(request, rows, (row) => row.serial_number);
    return { MFADevices: items.map((row) => describe(row, owner)), ...continuation };
  },
});

/** AWS tells of FIDO security keys alone here; there are none, so it tells of the devices that there are. */
const getMfaDevice = operation(GetMFADevice$, GetMFADeviceCommand, {
  target: (services, call, input) => identityTarget(services, call, input.UserName),
  handle: async ({ database }, { principal: { accountId } }, input, owner) => {
    const userId = userIdOf(owner);
    const row = await database
      .selectFrom('virtual_mfa_devices')
      .select(['serial_number', 'enabled_at'])
      .where('serial_number', '=', input.SerialNumber)
      .where('account_id', '=', accountId)
      .where('user_id', userId === null ? 'is' : '=', userId)
      .where('enabled_at', 'is not', null)
      .executeTakeFirst();
    if (row === undefined) throw invalidForUser();
    return { ...describe(row, owner), Certifications: undefined };
  },
});

export const mfaDeviceOperations: readonly Operation<IamServices>[] = [
  enableMfaDevice,
  resyncMfaDevice,
  deactivateMfaDevice,
  listMfaDevices,
  getMfaDevice,
];

/**
 * Whose device it is or shall be. The one with AWS's name for the root user's belongs to the root user, who has no user
 * name: what is given as such is not looked at.
 */
async function deviceOwner(
  services: IamServices,
  call: Call,
  { UserName, SerialNumber }: { readonly UserName?: string | undefined; readonly SerialNumber: string },
): Promise<IdentityTarget> {
  const { accountId } = call.principal;
  if (SerialNumber !== mfaDeviceArn(accountId, '/', ROOT_DEVICE_NAME)) {
    return identityTarget(services, call, UserName);
  }
  return { userName: undefined, resources: [{ arn: rootPrincipal(accountId).arn, accountId }] };
}

/** A policy that allows everything on everybody is no leave to lock the root user out. @throws AccessDenied */
function refuseOthersThanRoot({ principal }: Call, owner: IdentityTarget): void {
  if (owner.userName !== undefined || principal.kind === 'root') return;
  throw accessDenied('Only the root user can manage the MFA device of the root user.');
}

function userIdOf(owner: IdentityTarget): string | null {
  return owner.userName === undefined ? null : existingUser(owner).user_id;
}

async function withLockedOwner(
  services: IamServices,
  { principal: { accountId } }: Call,
  owner: IdentityTarget,
  work: (transaction: DatabaseTransaction) => Promise<void>,
): Promise<void> {
  if (owner.userName !== undefined) return withLockedUser(services, owner, work);
  return services.database.transaction().execute(async (transaction) => {
    await lockAccount(transaction, accountId);
    await work(transaction);
  });
}

/** @throws NoSuchEntity */
async function lockDeviceOf(
  transaction: DatabaseTransaction,
  { principal: { accountId } }: Call,
  owner: IdentityTarget,
  serialNumber: string,
): Promise<VirtualMfaDeviceRow> {
  const device = await lockVirtualMfaDevice(transaction, accountId, serialNumber);
  if (device === undefined || device.enabled_at === null || device.user_id !== userIdOf(owner)) {
    throw invalidForUser();
  }
  return device;
}

async function refuseAboveQuota(
  transaction: DatabaseTransaction,
  accountId: string,
  owner: IdentityTarget,
): Promise<void> {
  const userId = userIdOf(owner);
  const maximum = userId === null ? MAX_ROOT_DEVICES : MAX_DEVICES;
  const { count } = await transaction
    .selectFrom('virtual_mfa_devices')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
    .where('user_id', userId === null ? 'is' : '=', userId)
    .where('enabled_at', 'is not', null)
    .executeTakeFirstOrThrow();
  if (count >= maximum) throw quotaExceeded('MFADevicesPerUser', maximum);
}

/**
 * How far ahead the clock of a device is that showed these two codes one after another; both count as used. Codes that
 * are sent late put it out of step, as on AWS, until it is synchronised. Needs no limit of tries: there are 10^12 pairs.
 *
 * @throws InvalidAuthenticationCode
 */
async function synchronise(
  { sealer }: IamServices,
  { environment: { time } }: Call,
  device: VirtualMfaDeviceRow,
  { AuthenticationCode1, AuthenticationCode2 }: TwoCodes,
): Promise<Pick<VirtualMfaDeviceRow, 'clock_offset' | 'last_used_step' | 'failed_tries' | 'refused_until'>> {
  const seed = await sealer.unseal(device.seed, mfaSeedContext(device.serial_number));
  const now = stepOf(time);
  const first = findStep(
    seed,
    [AuthenticationCode1, AuthenticationCode2],
    now - SYNCHRONISATION_STEPS,
    now + SYNCHRONISATION_STEPS,
  );
  if (first === undefined || first <= device.last_used_step) {
    throw new ServiceError(InvalidAuthenticationCodeException$, 'Authentication code for device is not valid.');
  }
  const second = first + 1;
  const offset = second - now;
  return {
    clock_offset: Math.abs(offset) <= TOLERATED_STEPS ? 0 : offset,
    last_used_step: second,
    failed_tries: 0,
    refused_until: 0,
  };
}

async function update(
  transaction: DatabaseTransaction,
  { serial_number }: VirtualMfaDeviceRow,
  changes: Partial<VirtualMfaDeviceRow>,
): Promise<void> {
  await transaction
    .updateTable('virtual_mfa_devices')
    .set(changes)
    .where('serial_number', '=', serial_number)
    .execute();
}

/** The root user has no user name. */
function describe(row: Pick<VirtualMfaDeviceRow, 'serial_number' | 'enabled_at'>, owner: IdentityTarget) {
  return {
    UserName: owner.userName === undefined ? undefined : existingUser(owner).user_name,
    SerialNumber: row.serial_number,
    EnableDate: new Date(row.enabled_at ?? 0),
  };
}

function invalidForUser(): Error {
  return noSuchEntity('MFA Device invalid for user.');
}
