import {
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  DeactivateMFADeviceCommand,
  DeletePolicyCommand,
  EnableMFADeviceCommand,
  ResyncMFADeviceCommand,
} from '@aws-sdk/client-iam';
import {
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
} from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { AccessDeniedError, authorize } from '../../access/authorization.ts';
import { compilePolicy } from '../../access/policy/compiled-policy.ts';
import { mayCallService } from '../../access/session-limits.ts';
import { enabledMfaDevice, newMfaDevice, stepsAfter } from '../iam/test-mfa-device.ts';
import { openSts, type StsFixture } from './test-account.ts';

const ALLOW_ALL = { Effect: 'Allow', Action: '*', Resource: '*' };
const document = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements });
const environment = {
  sourceIp: '192.0.2.1',
  userAgent: undefined,
  secureTransport: true,
  region: 'us-east-1',
  time: new Date(0),
};

describe.each(databaseEngines)('STS on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let sts: StsFixture;
    beforeAll(async () => {
      sts = await openSts(engine);
    });
    afterAll(() => sts.iam.close());

    /** A user of these policies, and the access key they call with. */
    async function user(...statements: object[]) {
      const userName = await sts.iam.newUser({ statements });
      const key = await sts.iam.root.send(new CreateAccessKeyCommand({ UserName: userName }));
      const credential = { accessKeyId: key.AccessKey?.AccessKeyId ?? '' };
      return { principal: await sts.iam.user(userName).principal(), credential, userName };
    }
    const root = async () => ({ principal: await sts.iam.root.principal() });
    const seconds = (expiration: Date | undefined) => ((expiration?.getTime() ?? 0) - sts.time.getTime()) / 1000;

    function mayPush({ principal }: { principal: Awaited<ReturnType<typeof user>>['principal'] }): boolean {
      const { accountId } = principal;
      const resource = { arn: `arn:aws:codecommit:us-east-1:${accountId}:demo`, accountId };
      try {
        authorize(principal, environment, 'codecommit:GitPush', resource);
        return true;
      } catch (error) {
        if (error instanceof AccessDeniedError) return false;
        throw error;
      }
    }

    describe('GetCallerIdentity', () => {
      it('tells who root is', async () => {
        const { accountId } = sts.iam;
        expect(await sts.send(await root(), new GetCallerIdentityCommand())).toEqual({
          UserId: accountId,
          Account: accountId,
          Arn: `arn:aws:iam::${accountId}:root`,
        });
      });

      it('tells users who they are although a policy denies it, with temporary credentials too', async () => {
        const caller = await user({ Effect: 'Deny', Action: '*', Resource: '*' });
        const { arn, userId, accountId } = caller.principal;
        const identity = { UserId: userId, Account: accountId, Arn: arn };
        expect(await sts.send(caller, new GetCallerIdentityCommand())).toEqual(identity);
        const { Credentials } = await sts.send(caller, new GetSessionTokenCommand());
        const session = await sts.session(Credentials?.SessionToken);
        expect(await sts.send(session, new GetCallerIdentityCommand())).toEqual(identity);
      });
    });

    describe('GetSessionToken', () => {
      it('gives a user without any permission 12 hours as that user', async () => {
        const caller = await user();
        const { Credentials } = await sts.send(caller, new GetSessionTokenCommand());
        expect(seconds(Credentials?.Expiration)).toBe(43_200);
        expect(Credentials?.AccessKeyId).toMatch(/^ASIA/);
        expect(await sts.claims(Credentials?.SessionToken)).toMatchObject({
          subject: {
            kind: 'user',
            userId: caller.principal.userId,
            parentAccessKeyId: caller.credential.accessKeyId,
          },
        });
        const { principal } = await sts.session(Credentials?.SessionToken);
        expect(principal).toMatchObject({ kind: 'user', arn: caller.principal.arn, session: { issuedAt: sts.time } });
        expect(principal.sessionPolicies).toBeUndefined();
      });

      it('gives root an hour, whatever is asked for', async () => {
        for (const DurationSeconds of [undefined, 129_600]) {
          const { Credentials } = await sts.send(await root(), new GetSessionTokenCommand({ DurationSeconds }));
          expect(seconds(Credentials?.Expiration)).toBe(3_600);
          expect((await sts.session(Credentials?.SessionToken)).principal.kind).toBe('root');
        }
      });

      it('keeps to the limits of the duration', async () => {
        const caller = await user();
        const { Credentials } = await sts.send(caller, new GetSessionTokenCommand({ DurationSeconds: 900 }));
        expect(seconds(Credentials?.Expiration)).toBe(900);
        for (const DurationSeconds of [899, 129_601]) {
          await expect(sts.send(caller, new GetSessionTokenCommand({ DurationSeconds }))).rejects.toMatchObject({
            queryCode: 'ValidationError',
          });
        }
      });

      describe('with a second factor', () => {
        const wrongCode = {
          queryCode: 'AccessDenied',
          message: 'MultiFactorAuthentication failed with invalid MFA one time pass code. ',
        };
        const unknownDevice = {
          queryCode: 'AccessDenied',
          message: expect.stringContaining(
            'Please verify your MFA serial number is valid and associated with this user.',
          ),
        };

        async function userWithDevice() {
          const caller = await user(ALLOW_ALL);
          const device = await enabledMfaDevice(sts.iam.root, caller.userName, sts.time);
          const factor = { SerialNumber: device.SerialNumber, TokenCode: device.code(sts.time) };
          return { caller, device, factor };
        }

        it('gives a session that tells of it, and may call IAM', async () => {
          const { caller, factor } = await userWithDevice();
          const { Credentials } = await sts.send(caller, new GetSessionTokenCommand(factor));
          const { principal } = await sts.session(Credentials?.SessionToken);
          expect(principal.session?.mfaAuthenticatedAt).toEqual(sts.time);
          expect(mayCallService(principal, 'iam')).toBe(true);
          const minuteLater = { ...environment, time: new Date(sts.time.getTime() + 60_000) };
          const permits = (Condition: object) => {
            const policy = compilePolicy(document({ ...ALLOW_ALL, Condition }));
            const limited = { ...principal, identityPolicies: [{ source: 'test', policy }] };
            const { accountId } = principal;
            return () => authorize(limited, minuteLater, 'codecommit:GitPush', { arn: '*', accountId });
          };
          permits({ Bool: { 'aws:MultiFactorAuthPresent': 'true' } })();
          permits({ NumericEquals: { 'aws:MultiFactorAuthAge': '60' } })();
          expect(permits({ NumericLessThan: { 'aws:MultiFactorAuthAge': '60' } })).toThrow(AccessDeniedError);
        });

        it('takes a code once, and none that is older', async () => {
          const { caller, device, factor } = await userWithDevice();
          const results = await Promise.allSettled(
            Array.from({ length: 4 }, () => sts.send(caller, new GetSessionTokenCommand(factor))),
          );
          expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
          const again = (steps: number) => ({ ...factor, TokenCode: device.code(stepsAfter(sts.time, steps)) });
          await expect(sts.send(caller, new GetSessionTokenCommand(again(0)))).rejects.toMatchObject(wrongCode);
          await expect(sts.send(caller, new GetSessionTokenCommand(again(-1)))).rejects.toMatchObject(wrongCode);
          await sts.send(caller, new GetSessionTokenCommand(again(1)));
        });

        it('takes the code before and after the current one, and none beyond', async () => {
          for (const [steps, taken] of [
            [-2, false],
            [-1, true],
            [1, true],
            [2, false],
          ] as const) {
            const { caller, device, factor } = await userWithDevice();
            const request = new GetSessionTokenCommand({
              ...factor,
              TokenCode: device.code(stepsAfter(sts.time, steps)),
            });
            if (taken) await sts.send(caller, request);
            else await expect(sts.send(caller, request)).rejects.toMatchObject(wrongCode);
          }
        });

        it('refuses half a factor, and devices that are not enabled for the caller', async () => {
          const { caller, factor } = await userWithDevice();
          const stranger = await user(ALLOW_ALL);
          const half = {
            queryCode: 'AccessDenied',
            message: 'MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.',
          };
          for (const missing of [{ SerialNumber: undefined }, { TokenCode: undefined }]) {
            const request = new GetSessionTokenCommand({ ...factor, ...missing });
            await expect(sts.send(caller, request)).rejects.toMatchObject(half);
          }
          const own = new GetSessionTokenCommand(factor);
          await expect(sts.send(stranger, own)).rejects.toMatchObject(unknownDevice);
          await expect(sts.send(await root(), own)).rejects.toMatchObject(unknownDevice);
          const unknown = new GetSessionTokenCommand({ ...factor, SerialNumber: `${factor.SerialNumber}2` });
          await expect(sts.send(caller, unknown)).rejects.toMatchObject(unknownDevice);
          await sts.iam.root.send(
            new DeactivateMFADeviceCommand({ UserName: caller.userName, SerialNumber: factor.SerialNumber }),
          );
          await expect(sts.send(caller, own)).rejects.toMatchObject(unknownDevice);
        });

        it('looks at no code for a while after five wrong ones, and for longer after each further one', async () => {
          const { caller, device, factor } = await userWithDevice();
          const tooMany = { queryCode: 'AccessDenied', message: expect.stringContaining('too many invalid') };
          const later = (seconds: number) => new Date(sts.time.getTime() + seconds * 1000);
          const wrong = (at: Date) =>
            sts.send(caller, new GetSessionTokenCommand({ ...factor, TokenCode: device.code(stepsAfter(at, 9)) }), at);
          const right = (at: Date) =>
            sts.send(caller, new GetSessionTokenCommand({ ...factor, TokenCode: device.code(at) }), at);
          for (let tries = 0; tries < 5; tries++) await expect(wrong(sts.time)).rejects.toMatchObject(wrongCode);
          await expect(right(later(29))).rejects.toMatchObject(tooMany);
          await expect(wrong(later(30))).rejects.toMatchObject(wrongCode);
          await expect(right(later(89))).rejects.toMatchObject(tooMany);
          await right(later(90));
          for (let tries = 0; tries < 4; tries++) await expect(wrong(later(120))).rejects.toMatchObject(wrongCode);
          await right(later(120));
        });

        it('counts wrong codes that come at once', async () => {
          const { caller, device, factor } = await userWithDevice();
          const wrong = new GetSessionTokenCommand({ ...factor, TokenCode: device.code(stepsAfter(sts.time, 9)) });
          const results = await Promise.allSettled(Array.from({ length: 40 }, () => sts.send(caller, wrong)));
          const lookedAt = results.filter(
            (result) => result.status === 'rejected' && (result.reason as Error).message === wrongCode.message,
          );
          expect(lookedAt.length).toBeGreaterThan(0);
          expect(lookedAt.length).toBeLessThanOrEqual(5);
        });

        it('keeps time with a device whose clock is off, once it is synchronised', async () => {
          const { caller, device, factor } = await userWithDevice();
          const codeOf = (steps: number) => ({ ...factor, TokenCode: device.code(stepsAfter(sts.time, steps)) });
          await expect(sts.send(caller, new GetSessionTokenCommand(codeOf(8)))).rejects.toMatchObject(wrongCode);
          const resync = { SerialNumber: factor.SerialNumber, UserName: caller.userName };
          const codes = device.codes(stepsAfter(sts.time, 7));
          await sts.iam.root.send(new ResyncMFADeviceCommand({ ...resync, ...codes }), sts.time);
          await expect(sts.send(caller, new GetSessionTokenCommand(codeOf(0)))).rejects.toMatchObject(wrongCode);
          await sts.send(caller, new GetSessionTokenCommand(codeOf(8)));
        });

        it('of the root user gives the root user a session with it', async () => {
          const { accountId, root: owner } = await sts.iam.otherAccount();
          const device = await newMfaDevice(owner, 'root-account-mfa-device');
          const enabledAt = stepsAfter(sts.time, -10);
          const { SerialNumber } = device;
          const enable = new EnableMFADeviceCommand({ SerialNumber, UserName: 'root', ...device.codes(enabledAt) });
          await owner.send(enable, enabledAt);
          const factor = { SerialNumber, TokenCode: device.code(sts.time) };
          const caller = { principal: await owner.principal() };
          const { Credentials } = await sts.send(caller, new GetSessionTokenCommand(factor));
          const { principal } = await sts.session(Credentials?.SessionToken);
          expect(principal).toMatchObject({ kind: 'root', accountId, session: { mfaAuthenticatedAt: sts.time } });
        });
      });

      it('gives a session that cannot have sessions, nor call IAM', async () => {
        const { Credentials } = await sts.send(await user(ALLOW_ALL), new GetSessionTokenCommand());
        const session = await sts.session(Credentials?.SessionToken);
        const denied = { queryCode: 'AccessDenied' };
        await expect(sts.send(session, new GetSessionTokenCommand())).rejects.toMatchObject(denied);
        await expect(sts.send(session, new GetFederationTokenCommand({ Name: 'bob' }))).rejects.toMatchObject(denied);
        const key = new GetAccessKeyInfoCommand({ AccessKeyId: 'AKIAIOSFODNN7EXAMPLE' });
        await expect(sts.send(session, key)).rejects.toMatchObject(denied);
        expect(mayCallService(session.principal, 'iam')).toBe(false);
        expect(mayCallService(session.principal, 'codecommit')).toBe(true);
      });
    });

    describe('GetFederationToken', () => {
      it('gives a session that may do what its policy and the user both allow', async () => {
        const caller = await user(ALLOW_ALL);
        const Policy = document({ Effect: 'Allow', Action: 'codecommit:GitPush', Resource: '*' });
        const output = await sts.send(caller, new GetFederationTokenCommand({ Name: 'bob', Policy }));
        const { accountId } = sts.iam;
        expect(output.FederatedUser).toEqual({
          FederatedUserId: `${accountId}:bob`,
          Arn: `arn:aws:sts::${accountId}:federated-user/bob`,
        });
        expect(output.PackedPolicySize).toBeGreaterThan(0);
        expect(seconds(output.Credentials?.Expiration)).toBe(43_200);
        const session = await sts.session(output.Credentials?.SessionToken);
        expect(mayPush(session)).toBe(true);
        expect(mayCallService(session.principal, 'iam')).toBe(false);
        expect(await sts.send(session, new GetCallerIdentityCommand())).toEqual({
          UserId: `${accountId}:bob`,
          Account: accountId,
          Arn: `arn:aws:sts::${accountId}:federated-user/bob`,
        });
      });

      it('gives a session that may do nothing where no policy is passed, or the user may not', async () => {
        const caller = await user(ALLOW_ALL);
        const bare = await sts.send(caller, new GetFederationTokenCommand({ Name: 'bob' }));
        expect(bare.PackedPolicySize).toBeUndefined();
        expect(mayPush(await sts.session(bare.Credentials?.SessionToken))).toBe(false);
        const limited = await user({ Effect: 'Allow', Action: 'sts:*', Resource: '*' });
        const generous = new GetFederationTokenCommand({ Name: 'bob', Policy: document(ALLOW_ALL) });
        const { Credentials } = await sts.send(limited, generous);
        expect(mayPush(await sts.session(Credentials?.SessionToken))).toBe(false);
      });

      it('takes managed policies, as they are when the session is used', async () => {
        const caller = await user(ALLOW_ALL);
        const policy = (arn: string) => new GetFederationTokenCommand({ Name: 'bob', PolicyArns: [{ arn }] });
        const power = await sts.send(caller, policy('arn:aws:iam::aws:policy/AWSCodeCommitPowerUser'));
        expect(mayPush(await sts.session(power.Credentials?.SessionToken))).toBe(true);
        const reader = await sts.send(caller, policy('arn:aws:iam::aws:policy/AWSCodeCommitReadOnly'));
        expect(mayPush(await sts.session(reader.Credentials?.SessionToken))).toBe(false);
        const unknown = [
          'arn:aws:iam::aws:policy/None',
          'arn:aws:iam::999999999999:policy/None',
          `arn:aws:${'x'.repeat(20)}`,
        ];
        for (const arn of unknown) {
          await expect(sts.send(caller, policy(arn))).rejects.toMatchObject({ queryCode: 'ValidationError' });
        }
      });

      it('lets a session do nothing once one of its policies is deleted', async () => {
        const made = await sts.iam.root.send(
          new CreatePolicyCommand({ PolicyName: 'pushing', Path: '/team/', PolicyDocument: document(ALLOW_ALL) }),
        );
        const arn = made.Policy?.Arn ?? '';
        const input = { Name: 'bob', Policy: document(ALLOW_ALL), PolicyArns: [{ arn }] };
        const { Credentials } = await sts.send(await root(), new GetFederationTokenCommand(input));
        expect(mayPush(await sts.session(Credentials?.SessionToken))).toBe(true);
        await sts.iam.root.send(new DeletePolicyCommand({ PolicyArn: arn }));
        expect(mayPush(await sts.session(Credentials?.SessionToken))).toBe(false);
        const elsewhere = { PolicyName: 'pushing', PolicyDocument: document(ALLOW_ALL) };
        await sts.iam.root.send(new CreatePolicyCommand(elsewhere));
        expect(mayPush(await sts.session(Credentials?.SessionToken))).toBe(false);
      });

      it('tags the session, with the permission to', async () => {
        const Tags = [{ Key: 'team', Value: 'blue' }];
        const allowed = { Effect: 'Allow', Action: ['sts:GetFederationToken', 'sts:TagSession'], Resource: '*' };
        const condition = { StringEquals: { 'aws:RequestTag/team': 'blue' } };
        const tagging = new GetFederationTokenCommand({ Name: 'bob', Tags });
        const { Credentials } = await sts.send(await user({ ...allowed, Condition: condition }), tagging);
        expect((await sts.session(Credentials?.SessionToken)).principal.tags).toEqual({ team: 'blue' });
        const other = new GetFederationTokenCommand({ Name: 'bob', Tags: [{ Key: 'team', Value: 'red' }] });
        await expect(sts.send(await user({ ...allowed, Condition: condition }), other)).rejects.toThrow(
          AccessDeniedError,
        );
        const untagged = await user({ ...allowed, Action: 'sts:GetFederationToken' });
        await expect(sts.send(untagged, tagging)).rejects.toThrow(/sts:TagSession/);
      });

      it.each([
        [{ Policy: '{}' }, 'MalformedPolicyDocument'],
        [{ Policy: 'no JSON' }, 'MalformedPolicyDocument'],
        [{ Policy: document({ ...ALLOW_ALL, Condition: { Near: { a: 'b' } } }) }, 'MalformedPolicyDocument'],
        [{ Policy: `{"Version":"${'x'.repeat(2_048)}"}` }, 'ValidationError'],
        [{ Name: 'x' }, 'ValidationError'],
        [{ Name: 'bob smith' }, 'ValidationError'],
        [{ PolicyArns: Array.from({ length: 11 }, () => ({ arn: 'arn:aws:iam::aws:policy/X' })) }, 'ValidationError'],
        [
          {
            Tags: [
              { Key: 'a', Value: '' },
              { Key: 'A', Value: '' },
            ],
          },
          'ValidationError',
        ],
        [{ Tags: [{ Key: 'aws:a', Value: '' }] }, 'ValidationError'],
        [{ DurationSeconds: 1 }, 'ValidationError'],
      ])('refuses %j', async (input, queryCode) => {
        const command = new GetFederationTokenCommand({ Name: 'bob', ...input });
        await expect(sts.send(await root(), command)).rejects.toMatchObject({ queryCode });
      });

      it('refuses more than a token can hold', async () => {
        const noise = (length: number) => Array.from({ length }, () => Math.random().toString(36).slice(2)).join('');
        const Tags = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: noise(25).slice(0, 200) }));
        const command = new GetFederationTokenCommand({ Name: 'bob', Tags });
        await expect(sts.send(await root(), command)).rejects.toMatchObject({ queryCode: 'PackedPolicyTooLarge' });
      });

      it('needs permission', async () => {
        await expect(sts.send(await user(), new GetFederationTokenCommand({ Name: 'bob' }))).rejects.toThrow(
          /sts:GetFederationToken on resource: arn:aws:sts::\d{12}:federated-user\/bob/,
        );
      });
    });

    describe('GetAccessKeyInfo', () => {
      it('tells the account of a key of any account', async () => {
        const other = await sts.iam.otherAccount();
        const key = await other.root.send(new CreateAccessKeyCommand({ UserName: await other.newUser() }));
        const command = new GetAccessKeyInfoCommand({ AccessKeyId: key.AccessKey?.AccessKeyId });
        expect(await sts.send(await user(ALLOW_ALL), command)).toEqual({ Account: other.accountId });
      });

      it('refuses keys that nobody has, and callers without permission', async () => {
        const command = new GetAccessKeyInfoCommand({ AccessKeyId: 'AKIAIOSFODNN7EXAMPLE' });
        await expect(sts.send(await root(), command)).rejects.toMatchObject({ queryCode: 'ValidationError' });
        await expect(sts.send(await user(), command)).rejects.toThrow(AccessDeniedError);
      });
    });
  });
});
