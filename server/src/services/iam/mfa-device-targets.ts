import type { ConditionEntries } from '../../access/authorization.ts';
import type { Tags } from '../../access/principal.ts';
import { type DatabaseTransaction, lockVirtualMfaDevice } from '../../storage/database/row-locks.ts';
import type { VirtualMfaDeviceRow } from '../../storage/database/schema.ts';
import type { Call, Target } from '../operation.ts';
import { noSuchEntity } from './errors.ts';
import type { IamServices } from './service.ts';
import { resourceTagContext } from './tags.ts';

/** An operation on a virtual MFA device, which may not exist: that is told after authorisation only. */
export interface MfaDeviceTarget extends Target {
  readonly serialNumber: string;
  readonly device: VirtualMfaDeviceRow | undefined;
}

const ARN = /^arn:aws:iam::(\d{12}):mfa\//;

/** ARN of a virtual MFA device, which is its serial number; `path` begins and ends with a slash. */
export function mfaDeviceArn(accountId: string, path: string, deviceName: string): string {
  return `arn:aws:iam::${accountId}:mfa${path}${deviceName}`;
}

/** The device of that serial number in the caller's account. */
export async function mfaDeviceTarget(
  { database }: Pick<IamServices, 'database'>,
  { principal: { accountId } }: Call,
  serialNumber: string,
  context: ConditionEntries = [],
): Promise<MfaDeviceTarget> {
  const device = await database
    .selectFrom('virtual_mfa_devices')
    .selectAll()
    .where('serial_number', '=', serialNumber)
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  const tags = device === undefined ? {} : (JSON.parse(device.tags) as Tags);
  const owner = ARN.exec(serialNumber)?.[1] ?? accountId;
  return {
    serialNumber,
    device,
    resources: [{ arn: serialNumber, accountId: owner, tags }],
    context: [...resourceTagContext(tags), ...context],
  };
}

/** @throws NoSuchEntity */
export function existingDevice({ device, serialNumber }: MfaDeviceTarget): VirtualMfaDeviceRow {
  if (device === undefined) throw noSuchDevice(serialNumber);
  return device;
}

/**
 * Runs a transaction that holds the device's row.
 *
 * @throws NoSuchEntity when the device does not exist or is gone by now
 */
export function withLockedDevice<T>(
  { database }: IamServices,
  target: MfaDeviceTarget,
  work: (transaction: DatabaseTransaction, device: VirtualMfaDeviceRow) => Promise<T>,
): Promise<T> {
  const { account_id: accountId } = existingDevice(target);
  return database.transaction().execute(async (transaction) => {
    const device = await lockVirtualMfaDevice(transaction, accountId, target.serialNumber);
    if (device === undefined) throw noSuchDevice(target.serialNumber);
    return work(transaction, device);
  });
}

export function noSuchDevice(serialNumber: string): Error {
  return noSuchEntity(`VirtualMFADevice with serial number ${serialNumber} doesn't exist.`);
}
