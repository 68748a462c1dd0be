import {
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteUserCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GetMFADeviceCommand,
  ListMFADevicesCommand,
  ListMFADeviceTagsCommand,
  ListVirtualMFADevicesCommand,
  ResyncMFADeviceCommand,
  TagMFADeviceCommand,
  UntagMFADeviceCommand,
} from '@aws-sdk/client-iam';
import { PNG } from 'pngjs';
import decodeQR from 'qr/decode.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';
import { enabledMfaDevice, newMfaDevice, stepsAfter, type TestMfaDevice } from './test-mfa-device.ts';

const NOW = new Date('2026-01-02T03:04:05Z');
const WRONG_CODE = { queryCode: 'InvalidAuthenticationCode', message: 'Authentication code for device is not valid.' };
const INVALID_FOR_USER = { queryCode: 'NoSuchEntity', message: 'MFA Device invalid for user.' };

describe.each(databaseEngines)('MFA devices on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let account: TestAccount;
    beforeAll(async () => {
      account = await openTestAccount(engine);
    });
    afterAll(() => account.close());

    const arnOf = (name: string) => `arn:aws:iam::${account.accountId}:mfa/${name}`;
    const enable = (device: TestMfaDevice, UserName: string, input: object = {}, at = NOW) =>
      account.root.send(
        new EnableMFADeviceCommand({ UserName, SerialNumber: device.SerialNumber, ...device.codes(at), ...input }),
        NOW,
      );
    const resync = (device: TestMfaDevice, UserName: string, at: Date, time: Date) =>
      account.root.send(
        new ResyncMFADeviceCommand({ UserName, SerialNumber: device.SerialNumber, ...device.codes(at) }),
        time,
      );

    describe('a new virtual device', () => {
      it('shows its seed once, as text and as a QR code of the same', async () => {
        const Tags = [{ Key: 'team', Value: 'blue' }];
        const input = { VirtualMFADeviceName: 'ana+phone', Path: '/eu/', Tags };
        const { VirtualMFADevice: made } = await account.root.send(new CreateVirtualMFADeviceCommand(input));
        expect(made).toMatchObject({ SerialNumber: arnOf('eu/ana+phone'), Tags });
        const seed = Buffer.from(made?.Base32StringSeed ?? []).toString();
        expect(seed).toMatch(/^[A-Z2-7]{64}$/);
        expect(decodeQR(PNG.sync.read(Buffer.from(made?.QRCodePNG ?? [])))).toBe(
          `otpauth://totp/ana%2Bphone%40${account.accountId}?secret=${seed}&issuer=Codekeep`,
        );
        const { VirtualMFADevices } = await account.root.send(new ListVirtualMFADevicesCommand({}));
        expect(VirtualMFADevices).toContainEqual({ SerialNumber: arnOf('eu/ana+phone') });
        const row = await account.services.database
          .selectFrom('virtual_mfa_devices')
          .selectAll()
          .where('serial_number', '=', arnOf('eu/ana+phone'))
          .executeTakeFirstOrThrow();
        expect(JSON.stringify(row)).not.toContain(seed);
      });

      it('has a name of its own at its path', async () => {
        const create = (Path: string) =>
          account.root.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'twice', Path }));
        await create('/');
        await create('/other/');
        await expect(create('/')).rejects.toMatchObject({
          queryCode: 'EntityAlreadyExists',
          message: 'MFADevice entity at the same path and name already exists.',
        });
      });

      it.each([
        ['a name with a slash', { VirtualMFADeviceName: 'a/b' }],
        ['an empty name', { VirtualMFADeviceName: '' }],
        ['a path without slashes', { VirtualMFADeviceName: 'a', Path: 'b' }],
      ])('is refused with %s', async (_what, input) => {
        await expect(account.root.send(new CreateVirtualMFADeviceCommand(input))).rejects.toMatchObject({
          queryCode: 'ValidationError',
        });
      });

      it('needs permission, and one more for its tags', async () => {
        const self = await account.newUser({
          statements: [{ Effect: 'Allow', Action: 'iam:CreateVirtualMFADevice', Resource: arnOf(`\${aws:username}`) }],
        });
        const create = (VirtualMFADeviceName: string, input: object = {}) =>
          account.user(self).send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName, ...input }));
        await expect(create('other')).rejects.toThrow(
          `not authorized to perform: iam:CreateVirtualMFADevice on resource: ${arnOf('other')}`,
        );
        await expect(create(self, { Tags: [{ Key: 'a', Value: 'b' }] })).rejects.toThrow('iam:TagMFADevice');
        await create(self);
      });
    });

    describe('enabling', () => {
      it('takes two codes that follow one another, and shows whose device it is', async () => {
        const userName = await account.newUser();
        const device = await newMfaDevice(account.root);
        const { AuthenticationCode1, AuthenticationCode2 } = device.codes(NOW);
        for (const codes of [
          { AuthenticationCode2: AuthenticationCode1 },
          { AuthenticationCode1: AuthenticationCode2, AuthenticationCode2: AuthenticationCode1 },
          { AuthenticationCode2: device.code(stepsAfter(NOW, 1)) },
        ]) {
          await expect(enable(device, userName, codes)).rejects.toMatchObject(WRONG_CODE);
        }
        expect((await account.root.send(new ListMFADevicesCommand({ UserName: userName }))).MFADevices).toEqual([]);
        await enable(device, userName);
        const shown = { UserName: userName, SerialNumber: device.SerialNumber, EnableDate: expect.any(Date) };
        const { MFADevices } = await account.root.send(new ListMFADevicesCommand({ UserName: userName }));
        expect(MFADevices).toEqual([shown]);
        const one = { UserName: userName, SerialNumber: device.SerialNumber };
        expect(await account.root.send(new GetMFADeviceCommand(one))).toEqual(shown);
        const assigned = new ListVirtualMFADevicesCommand({ AssignmentStatus: 'Assigned' });
        expect((await account.root.send(assigned)).VirtualMFADevices).toContainEqual({
          SerialNumber: device.SerialNumber,
          EnableDate: expect.any(Date),
          User: expect.objectContaining({ UserName: userName, Path: '/' }),
        });
      });

      it('takes codes of a clock that is ten minutes off, and none further off', async () => {
        const userName = await account.newUser();
        for (const steps of [-30, 22]) {
          const device = await newMfaDevice(account.root);
          await expect(enable(device, userName, {}, stepsAfter(NOW, steps))).rejects.toMatchObject(WRONG_CODE);
        }
        await enable(await newMfaDevice(account.root), userName, {}, stepsAfter(NOW, -19));
        await enable(await newMfaDevice(account.root), userName, {}, stepsAfter(NOW, 21));
      });

      it('refuses devices in use and unknown ones, other accounts’ too, and unknown users', async () => {
        const [first, second] = [await account.newUser(), await account.newUser()];
        const device = await enabledMfaDevice(account.root, first, NOW);
        await expect(enable(device, second)).rejects.toMatchObject({
          queryCode: 'EntityAlreadyExists',
          message: 'MFA Device is already in use.',
        });
        const other = await account.otherAccount();
        for (const SerialNumber of [(await newMfaDevice(other.root)).SerialNumber, arnOf('none'), 'GAHT12345678']) {
          await expect(enable(device, first, { SerialNumber })).rejects.toMatchObject({
            queryCode: 'NoSuchEntity',
            message: `VirtualMFADevice with serial number ${SerialNumber} doesn't exist.`,
          });
        }
        await expect(enable(await newMfaDevice(account.root), 'nobody')).rejects.toMatchObject({
          queryCode: 'NoSuchEntity',
          message: 'The user with name nobody cannot be found.',
        });
      });

      it('ends at eight devices, at once too', async () => {
        const userName = await account.newUser();
        const devices = await Promise.all(Array.from({ length: 9 }, () => newMfaDevice(account.root)));
        const results = await Promise.allSettled(devices.map((device) => enable(device, userName)));
        expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(8);
        expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
          reason: { queryCode: 'LimitExceeded', message: 'Cannot exceed quota for MFADevicesPerUser: 8' },
        });
        const page = new ListMFADevicesCommand({ UserName: userName, MaxItems: 5 });
        const { MFADevices, IsTruncated, Marker } = await account.root.send(page);
        expect([MFADevices?.length, IsTruncated]).toEqual([5, true]);
        const rest = new ListMFADevicesCommand({ UserName: userName, MaxItems: 5, Marker });
        expect((await account.root.send(rest)).MFADevices).toHaveLength(3);
      });

      it('is for whoever may do it to that user', async () => {
        const self = await account.newUser({
          statements: [
            {
              Effect: 'Allow',
              Action: 'iam:*MFADevice*',
              Resource: [`arn:aws:iam::${account.accountId}:user/\${aws:username}`, arnOf('*')],
            },
          ],
        });
        const other = await account.newUser();
        const mine = account.user(self);
        const device = await newMfaDevice(mine);
        const input = { SerialNumber: device.SerialNumber, ...device.codes(NOW) };
        await expect(mine.send(new EnableMFADeviceCommand({ ...input, UserName: other }), NOW)).rejects.toThrow(
          /not authorized to perform: iam:EnableMFADevice on resource: \S+:user\/user-\d+ because no identity-based/,
        );
        await mine.send(new EnableMFADeviceCommand({ ...input, UserName: self }), NOW);
        expect((await mine.send(new ListMFADevicesCommand({}))).MFADevices).toMatchObject([{ UserName: self }]);
        await expect(mine.send(new ListVirtualMFADevicesCommand({}))).resolves.toBeDefined();
        await mine.send(new DeactivateMFADeviceCommand({ SerialNumber: device.SerialNumber }));
        await mine.send(new DeleteVirtualMFADeviceCommand({ SerialNumber: device.SerialNumber }));
      });
    });

    describe('an enabled device', () => {
      it('keeps its user and itself from deletion until it is deactivated', async () => {
        const userName = await account.newUser();
        const { SerialNumber } = await enabledMfaDevice(account.root, userName, NOW);
        await expect(account.root.send(new DeleteUserCommand({ UserName: userName }))).rejects.toMatchObject({
          queryCode: 'DeleteConflict',
          message: 'Cannot delete entity, must delete MFA device first.',
        });
        const deletion = () => account.root.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }));
        await expect(deletion()).rejects.toMatchObject({
          queryCode: 'DeleteConflict',
          message: 'MFA VirtualDevice in use. Must deactivate first.',
        });
        const deactivate = new DeactivateMFADeviceCommand({ UserName: userName, SerialNumber });
        await account.root.send(deactivate);
        await expect(account.root.send(deactivate)).rejects.toMatchObject(INVALID_FOR_USER);
        await account.root.send(new DeleteUserCommand({ UserName: userName }));
        await deletion();
        await expect(deletion()).rejects.toMatchObject({
          queryCode: 'NoSuchEntity',
          message: `VirtualMFADevice with serial number ${SerialNumber} doesn't exist.`,
        });
      });

      it('is its user’s alone', async () => {
        const [owner, other] = [await account.newUser(), await account.newUser()];
        const device = await enabledMfaDevice(account.root, owner, NOW);
        const input = { UserName: other, SerialNumber: device.SerialNumber };
        for (const command of [new DeactivateMFADeviceCommand(input), new GetMFADeviceCommand(input)]) {
          await expect(account.root.send(command as DeactivateMFADeviceCommand)).rejects.toMatchObject(
            INVALID_FOR_USER,
          );
        }
        await expect(resync(device, other, NOW, NOW)).rejects.toMatchObject(INVALID_FOR_USER);
      });

      it('is synchronised by two codes that were not used before', async () => {
        const userName = await account.newUser();
        const device = await enabledMfaDevice(account.root, userName, NOW);
        const ahead = stepsAfter(NOW, 12);
        await resync(device, userName, ahead, NOW);
        await expect(resync(device, userName, ahead, NOW)).rejects.toMatchObject(WRONG_CODE);
        await expect(resync(device, userName, NOW, NOW)).rejects.toMatchObject(WRONG_CODE);
        await resync(device, userName, stepsAfter(ahead, 2), NOW);
      });
    });

    describe('the root user’s device', () => {
      it('is enabled, listed and deactivated by the root user alone, and is one', async () => {
        const other = await account.otherAccount();
        const admin = other.user(await other.newUser({ managedPolicies: ['AdministratorAccess'] }));
        const device = await newMfaDevice(other.root, 'root-account-mfa-device');
        const input = { SerialNumber: device.SerialNumber, UserName: 'root', ...device.codes(NOW) };
        const onlyRoot = { queryCode: 'AccessDenied', message: expect.stringContaining('Only the root user') };
        await expect(admin.send(new EnableMFADeviceCommand(input), NOW)).rejects.toMatchObject(onlyRoot);
        await other.root.send(new EnableMFADeviceCommand(input), NOW);
        await expect(admin.send(new DeactivateMFADeviceCommand(input))).rejects.toMatchObject(onlyRoot);
        await expect(admin.send(new ResyncMFADeviceCommand(input), NOW)).rejects.toMatchObject(onlyRoot);
        const listed = await other.root.send(new ListMFADevicesCommand({}));
        expect(listed.MFADevices).toEqual([{ SerialNumber: device.SerialNumber, EnableDate: expect.any(Date) }]);
        const { VirtualMFADevices } = await admin.send(new ListVirtualMFADevicesCommand({}));
        expect(VirtualMFADevices).toEqual([
          {
            SerialNumber: device.SerialNumber,
            EnableDate: expect.any(Date),
            User: {
              UserId: other.accountId,
              Arn: `arn:aws:iam::${other.accountId}:root`,
              CreateDate: expect.any(Date),
            },
          },
        ]);
        await other.root.send(new DeactivateMFADeviceCommand({ SerialNumber: device.SerialNumber }));
        await other.root.send(new DeleteVirtualMFADeviceCommand({ SerialNumber: device.SerialNumber }));
      });

      it('is nobody else’s by a name of the same end', async () => {
        const userName = await account.newUser();
        const device = await enabledMfaDevice(account.root, userName, NOW);
        const input = { SerialNumber: device.SerialNumber };
        await expect(account.root.send(new DeactivateMFADeviceCommand(input))).rejects.toMatchObject(INVALID_FOR_USER);
      });
    });

    describe('lists of virtual devices', () => {
      it('have the assigned, the unassigned or all, in pages, of one account', async () => {
        const other = await account.otherAccount();
        await other.root.send(new CreateUserCommand({ UserName: 'ana' }));
        const assigned = await enabledMfaDevice(other.root, 'ana', NOW);
        const unassigned = [await newMfaDevice(other.root), await newMfaDevice(other.root)];
        const list = async (input: object) => {
          const { VirtualMFADevices = [], Marker } = await other.root.send(new ListVirtualMFADevicesCommand(input));
          return { serials: VirtualMFADevices.map(({ SerialNumber }) => SerialNumber), Marker };
        };
        const serials = unassigned.map(({ SerialNumber }) => SerialNumber).sort();
        expect((await list({ AssignmentStatus: 'Assigned' })).serials).toEqual([assigned.SerialNumber]);
        expect((await list({ AssignmentStatus: 'Unassigned' })).serials).toEqual(serials);
        const all = [assigned.SerialNumber, ...serials].sort();
        expect((await list({ AssignmentStatus: 'Any' })).serials).toEqual(all);
        const first = await list({ MaxItems: 2 });
        const second = await list({ MaxItems: 2, Marker: first.Marker });
        expect([...first.serials, ...second.serials]).toEqual(all);
        expect(second.Marker).toBeUndefined();
        const foreign = { queryCode: 'ValidationError' };
        await expect(list({ AssignmentStatus: 'Lost' })).rejects.toMatchObject(foreign);
        await expect(list({ Marker: 'AAAA' })).rejects.toMatchObject(foreign);
      });
    });

    it('an account has at most 5,000 virtual devices', async () => {
      const other = await account.otherAccount();
      const row = (number: number) => ({
        serial_number: `arn:aws:iam::${other.accountId}:mfa/filler-${number}`,
        account_id: other.accountId,
        seed: Buffer.alloc(0),
        tags: '{}',
        created_at: 0,
        user_id: null,
        enabled_at: null,
        clock_offset: 0,
        last_used_step: 0,
        failed_tries: 0,
        refused_until: 0,
      });
      for (let start = 0; start < 4999; start += 500) {
        const rows = Array.from({ length: Math.min(500, 4999 - start) }, (_, offset) => row(start + offset));
        await other.services.database.insertInto('virtual_mfa_devices').values(rows).execute();
      }
      await newMfaDevice(other.root);
      await expect(newMfaDevice(other.root)).rejects.toMatchObject({
        queryCode: 'LimitExceeded',
        message: 'Cannot exceed quota for VirtualMFADevicesPerAccount: 5000',
      });
    });

    describe('tags of a device', () => {
      it('are set, replaced, listed in order and removed', async () => {
        const { SerialNumber } = await newMfaDevice(account.root);
        const tag = (...Tags: { Key: string; Value: string }[]) =>
          account.root.send(new TagMFADeviceCommand({ SerialNumber, Tags }));
        await tag({ Key: 'team', Value: 'blue' }, { Key: 'floor', Value: '3' });
        await tag({ Key: 'TEAM', Value: 'red' });
        const tags = async () =>
          (await account.root.send(new ListMFADeviceTagsCommand({ SerialNumber }))).Tags?.map(
            ({ Key, Value }) => `${Key}=${Value}`,
          );
        expect(await tags()).toEqual(['TEAM=red', 'floor=3']);
        await account.root.send(new UntagMFADeviceCommand({ SerialNumber, TagKeys: ['team', 'none'] }));
        expect(await tags()).toEqual(['floor=3']);
        await expect(tag({ Key: 'aws:x', Value: '' })).rejects.toMatchObject({ queryCode: 'InvalidInput' });
        const unknown = new ListMFADeviceTagsCommand({ SerialNumber: arnOf('none') });
        await expect(account.root.send(unknown)).rejects.toMatchObject({ queryCode: 'NoSuchEntity' });
      });

      it('decide who may delete the device', async () => {
        const userName = await account.newUser({
          statements: [
            {
              Effect: 'Allow',
              Action: 'iam:DeleteVirtualMFADevice',
              Resource: '*',
              Condition: { StringEquals: { 'aws:ResourceTag/team': 'blue' } },
            },
          ],
        });
        const { SerialNumber } = await newMfaDevice(account.root);
        const deletion = () => account.user(userName).send(new DeleteVirtualMFADeviceCommand({ SerialNumber }));
        await expect(deletion()).rejects.toThrow('is not authorized to perform: iam:DeleteVirtualMFADevice');
        const Tags = [{ Key: 'team', Value: 'blue' }];
        await account.root.send(new TagMFADeviceCommand({ SerialNumber, Tags }));
        await deletion();
      });

      it('are another account’s own affair', async () => {
        const other = await account.otherAccount();
        const { SerialNumber } = await newMfaDevice(other.root);
        await expect(account.root.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }))).rejects.toThrow(
          'is not authorized to perform',
        );
        await expect(account.root.send(new ListMFADeviceTagsCommand({ SerialNumber }))).rejects.toThrow(
          'is not authorized to perform',
        );
      });
    });
  });
});
