import { randomBytes } from 'node:crypto';
import {
  CreateVirtualMFADevice$,
  CreateVirtualMFADeviceCommand,
  DeleteVirtualMFADevice$,
  DeleteVirtualMFADeviceCommand,
  ListMFADeviceTags$,
  ListMFADeviceTagsCommand,
  ListVirtualMFADevices$,
  ListVirtualMFADevicesCommand,
  TagMFADevice$,
  TagMFADeviceCommand,
  UntagMFADevice$,
  UntagMFADeviceCommand,
  type User,
  type VirtualMFADevice,
} from '@aws-sdk/client-iam';
import { mfaSeedContext } from '../../access/authentication/second-factor.ts';
import { authorize } from '../../access/authorization.ts';
import { type DatabaseTransaction, lockAccount } from '../../storage/database/row-locks.ts';
import type { UserRow, VirtualMfaDeviceRow } from '../../storage/database/schema.ts';
import type { Operation } from '../operation.ts';
import { alreadyExists, deleteConflict, quotaExceeded, refuseDuplicate } from './errors.ts';
import { existingDevice, mfaDeviceArn, mfaDeviceTarget, noSuchDevice, withLockedDevice } from './mfa-device-targets.ts';
import { base32, enrolmentQrCode } from './mfa-enrolment.ts';
import { page, pageRequest } from './pagination.ts';
import { type IamServices, operation } from './service.ts';
import { pageOfTags, requestTagContext, storedWithoutTags, storedWithTags, tagList, tagsOf } from './tags.ts';
import { describeListedUser, describeRoot } from './users.ts';

/** 64 characters of Base32, as AWS's seeds have. */
const SEED_BYTES = 40;
/** As many as users: IAM User Guide, "IAM and AWS STS quotas". */
const MAX_DEVICES = 5000;

const createVirtualMfaDevice = operation(CreateVirtualMFADevice$, CreateVirtualMFADeviceCommand, {
  target: (_services, { principal: { accountId } }, input) => {
    const arn = mfaDeviceArn(accountId, input.Path ?? '/', input.VirtualMFADeviceName);
    return { resources: [{ arn, accountId }] as const, context: requestTagContext(input.Tags) };
  },
  handle: async ({ database, sealer }, { principal, environment }, input, { resources: [resource], context }) => {
    const tags = tagsOf(input.Tags);
    if (input.Tags !== undefined && input.Tags.length > 0) {
      authorize(principal, environment, 'iam:TagMFADevice', resource, context);
    }
    const { accountId } = principal;
    const seed = randomBytes(SEED_BYTES);
    const device: VirtualMfaDeviceRow = {
      serial_number: resource.arn,
      account_id: accountId,
      seed: await sealer.seal(seed, mfaSeedContext(resource.arn)),
      tags: JSON.stringify(tags),
      created_at: Date.now(),
      user_id: null,
      enabled_at: null,
      clock_offset: 0,
      last_used_step: 0,
      failed_tries: 0,
      refused_until: 0,
    };
    const insertion = database.transaction().execute(async (transaction) => {
      await lockAccount(transaction, accountId);
      await transaction.insertInto('virtual_mfa_devices').values(device).execute();
      // Counted with the new one, so that an existing name is told before a full account.
      if ((await countDevices(transaction, accountId)) > MAX_DEVICES) {
        throw quotaExceeded('VirtualMFADevicesPerAccount', MAX_DEVICES);
      }
    });
    await refuseDuplicate(insertion, () => alreadyExists('MFADevice entity at the same path and name already exists.'));
    // Shown this once; both are text or an image in bytes.
    const secret = base32(seed);
    return {
      VirtualMFADevice: {
        SerialNumber: device.serial_number,
        Base32StringSeed: Buffer.from(secret),
        QRCodePNG: enrolmentQrCode({ deviceName: input.VirtualMFADeviceName, accountId, secret }),
        Tags: tagList(device.tags),
      },
    };
  },
});

const listVirtualMfaDevices = operation(ListVirtualMFADevices$, ListVirtualMFADevicesCommand, {
  target: (_services, { principal: { accountId } }) => ({
    resources: [{ arn: mfaDeviceArn(accountId, '/', ''), accountId }],
  }),
  handle: async (services, { principal: { accountId } }, input) => {
    const request = pageRequest('ListVirtualMFADevices', input);
    const { AssignmentStatus: status = 'Any' } = input;
    const rows = await services.database
      .selectFrom('virtual_mfa_devices')
      .select(['serial_number', 'user_id', 'enabled_at'])
      .where('account_id', '=', accountId)
      .$if(status === 'Assigned', (query) => query.where('enabled_at', 'is not', null))
      .$if(status === 'Unassigned', (query) => query.where('enabled_at', 'is', null))
      .$if(request.after !== undefined, (query) => query.where('serial_number', '>', request.after ?? ''))
      .orderBy('serial_number')
      .limit(request.size + 1)
      .execute();
    const { items, continuation } = page(request, rows, (row) => row.serial_number);
    const owners = await ownersOf(services, accountId, items);
    return { VirtualMFADevices: items.map((row) => describe(row, owners)), ...continuation };
  },
});

const deleteVirtualMfaDevice = operation(DeleteVirtualMFADevice$, DeleteVirtualMFADeviceCommand, {
  target: (services, call, input) => mfaDeviceTarget(services, call, input.SerialNumber),
  handle: async ({ database }, call, input, target) => {
    const device = existingDevice(target);
    if (device.enabled_at !== null) throw deviceInUse();
    const { numDeletedRows } = await database
      .deleteFrom('virtual_mfa_devices')
      .where('serial_number', '=', device.serial_number)
      .where('enabled_at', 'is', null)
      .executeTakeFirst();
    if (numDeletedRows > 0n) return {};
    const { device: now } = await mfaDeviceTarget({ database }, call, input.SerialNumber);
    throw now === undefined ? noSuchDevice(input.SerialNumber) : deviceInUse();
  },
});

const tagMfaDevice = operation(TagMFADevice$, TagMFADeviceCommand, {
  target: (services, call, input) => mfaDeviceTarget(services, call, input.SerialNumber, requestTagContext(input.Tags)),
  handle: async (services, _call, input, target) => {
    await withLockedDevice(services, target, (transaction, device) =>
      storeTags(transaction, device, storedWithTags(device.tags, input.Tags)),
    );
    return {};
  },
});

const untagMfaDevice = operation(UntagMFADevice$, UntagMFADeviceCommand, {
  target: (services, call, input) =>
    mfaDeviceTarget(services, call, input.SerialNumber, [['aws:TagKeys', input.TagKeys]]),
  handle: async (services, _call, input, target) => {
    await withLockedDevice(services, target, (transaction, device) =>
      storeTags(transaction, device, storedWithoutTags(device.tags, input.TagKeys)),
    );
    return {};
  },
});

const listMfaDeviceTags = operation(ListMFADeviceTags$, ListMFADeviceTagsCommand, {
  target: (services, call, input) => mfaDeviceTarget(services, call, input.SerialNumber),
  handle: (_services, _call, input, target) => pageOfTags('ListMFADeviceTags', input, existingDevice(target).tags),
});

export const virtualMfaDeviceOperations: readonly Operation<IamServices>[] = [
  createVirtualMfaDevice,
  listVirtualMfaDevices,
  deleteVirtualMfaDevice,
  tagMfaDevice,
  untagMfaDevice,
  listMfaDeviceTags,
];

type ListedDevice = Pick<VirtualMfaDeviceRow, 'serial_number' | 'user_id' | 'enabled_at'>;

/** By user ID; the root user's is the account's ID. */
async function ownersOf(
  services: IamServices,
  accountId: string,
  devices: readonly ListedDevice[],
): Promise<ReadonlyMap<string, User>> {
  const userIds = devices.flatMap(({ user_id: userId }) => (userId === null ? [] : [userId]));
  const users: UserRow[] =
    userIds.length === 0
      ? []
      : await services.database.selectFrom('users').selectAll().where('user_id', 'in', userIds).execute();
  const owners = new Map(users.map((user) => [user.user_id, describeListedUser(user)]));
  if (devices.some(isOfRoot)) owners.set(accountId, await describeRoot(services, accountId));
  return owners;
}

function isOfRoot(device: ListedDevice): boolean {
  return device.enabled_at !== null && device.user_id === null;
}

/** As in lists, which leave out the tags. */
function describe(device: ListedDevice, owners: ReadonlyMap<string, User>): VirtualMFADevice {
  const { serial_number: SerialNumber, enabled_at: enabledAt, user_id: userId } = device;
  if (enabledAt === null) return { SerialNumber };
  const [, , , , accountId = ''] = SerialNumber.split(':');
  return { SerialNumber, EnableDate: new Date(enabledAt), User: owners.get(userId ?? accountId) };
}

async function countDevices(transaction: DatabaseTransaction, accountId: string): Promise<number> {
  const { count } = await transaction
    .selectFrom('virtual_mfa_devices')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow();
  return count;
}

async function storeTags(transaction: DatabaseTransaction, device: VirtualMfaDeviceRow, tags: string): Promise<void> {
  await transaction
    .updateTable('virtual_mfa_devices')
    .set({ tags })
    .where('serial_number', '=', device.serial_number)
    .execute();
}

function deviceInUse(): Error {
  return deleteConflict('MFA VirtualDevice in use. Must deactivate first.');
}
