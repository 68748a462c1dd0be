import type { Database } from '../../storage/database/database.ts';
import type { VirtualMfaDeviceRow } from '../../storage/database/schema.ts';
import type { Sealer } from '../../storage/encryption/sealing.ts';
import { findStep, stepOf } from './one-time-passwords.ts';

/** Whose device it must be. */
export interface SecondFactorOwner {
  /** Twelve digits. */
  readonly accountId: string;
  /** AIDA…; null: the account's root user. */
  readonly userId: string | null;
}

export interface SecondFactor {
  /** ARN of a virtual MFA device. */
  readonly serialNumber: string;
  /** What the device shows: six digits. */
  readonly tokenCode: string;
}

export type SecondFactorOutcome =
  | 'verified'
  /** The device is not there, or not enabled for the owner. */
  | 'unknown device'
  /** Not what the device shows by now, or a code that was taken before. */
  | 'wrong code'
  /** After too many wrong codes: not even looked at. */
  | 'refused for now';

/** A code of the step before and after the current one is taken: RFC 6238, section 5.2. */
const WINDOW_STEPS = 1;
/** Wrong codes in a row that cost nothing; from then on each one doubles the time until the next is looked at. */
const FREE_TRIES = 5;
const FIRST_DELAY_MS = 30_000;
/** With three codes good at a time, 24 tries a day guess one in 38 years on average. */
const MAX_DELAY_MS = 3_600_000;
/** SerialNumber of the IAM model; nothing else can be stored, and PostgreSQL refuses some of it. */
const SERIAL_NUMBER = /^[\w+=/:,.@-]{9,256}$/;

/** What the seed of a device is bound to: moved to another device's row, it cannot be unsealed. */
export function mfaSeedContext(serialNumber: string): Record<string, string> {
  return { purpose: 'mfa-seed', serialNumber };
}

/**
 * Checks the second factor of a user or root user who has proved the first (an access key, a password): what the
 * condition keys aws:MultiFactorAuthPresent and aws:MultiFactorAuthAge stand for. The same for every door: GetSessionToken,
 * AssumeRole and the sign-in of the console.
 *
 * A code counts once; wrong ones in a row are slowed down, for each device, on all nodes together. Only who has proved the
 * first factor may come here, so that no stranger can use up the tries.
 *
 * @param time of the request
 */
export async function verifySecondFactor(
  { database, sealer }: { readonly database: Database; readonly sealer: Sealer },
  owner: SecondFactorOwner,
  { serialNumber, tokenCode }: SecondFactor,
  time: Date,
): Promise<SecondFactorOutcome> {
  const device = await findEnabledDevice(database, owner, serialNumber);
  if (device === undefined) return 'unknown device';
  if (!(await beginTry(database, device, time))) return 'refused for now';
  const seed = await sealer.unseal(device.seed, mfaSeedContext(serialNumber));
  const expected = stepOf(time) + device.clock_offset;
  const step = findStep(seed, [tokenCode], expected - WINDOW_STEPS, expected + WINDOW_STEPS);
  if (step === undefined) return 'wrong code';
  return (await takeCode(database, device, step)) ? 'verified' : 'wrong code';
}

/** The serial numbers of the devices that are enabled for an owner, oldest first. */
export async function enabledDevices(
  database: Database,
  { accountId, userId }: SecondFactorOwner,
): Promise<readonly string[]> {
  const rows = await database
    .selectFrom('virtual_mfa_devices')
    .select('serial_number')
    .where('account_id', '=', accountId)
    .where('user_id', userId === null ? 'is' : '=', userId)
    .where('enabled_at', 'is not', null)
    .orderBy('enabled_at')
    .orderBy('serial_number')
    .execute();
  return rows.map((row) => row.serial_number);
}

async function findEnabledDevice(
  database: Database,
  { accountId, userId }: SecondFactorOwner,
  serialNumber: string,
): Promise<VirtualMfaDeviceRow | undefined> {
  if (!SERIAL_NUMBER.test(serialNumber)) return undefined;
  return database
    .selectFrom('virtual_mfa_devices')
    .selectAll()
    .where('serial_number', '=', serialNumber)
    .where('account_id', '=', accountId)
    .where('user_id', userId === null ? 'is' : '=', userId)
    .where('enabled_at', 'is not', null)
    .executeTakeFirst();
}

/**
 * Counts a try as failed before its code is looked at, so that tries at once are as many as they are. Of those that read
 * the same count, one goes on.
 */
async function beginTry(database: Database, device: VirtualMfaDeviceRow, time: Date): Promise<boolean> {
  if (device.refused_until > time.getTime()) return false;
  const tries = device.failed_tries + 1;
  const { numUpdatedRows } = await database
    .updateTable('virtual_mfa_devices')
    .set({ failed_tries: tries, refused_until: time.getTime() + delayAfter(tries) })
    .where('serial_number', '=', device.serial_number)
    .where('failed_tries', '=', device.failed_tries)
    .where('last_used_step', '=', device.last_used_step)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

function delayAfter(tries: number): number {
  if (tries < FREE_TRIES) return 0;
  return Math.min(FIRST_DELAY_MS * 2 ** (tries - FREE_TRIES), MAX_DELAY_MS);
}

/** False when this code or a newer one was taken meanwhile, or the device is somebody else's by now. */
async function takeCode(database: Database, device: VirtualMfaDeviceRow, step: number): Promise<boolean> {
  const { numUpdatedRows } = await database
    .updateTable('virtual_mfa_devices')
    .set({ last_used_step: step, failed_tries: 0, refused_until: 0 })
    .where('serial_number', '=', device.serial_number)
    .where('user_id', device.user_id === null ? 'is' : '=', device.user_id)
    .where('enabled_at', '=', device.enabled_at)
    .where('last_used_step', '<', step)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
