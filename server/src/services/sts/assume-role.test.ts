import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
} from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { AccessDeniedError, authorize } from '../../access/authorization.ts';
import { mayCallService } from '../../access/session-limits.ts';
import { enabledMfaDevice, stepsAfter } from '../iam/test-mfa-device.ts';
import { openSts, type StsFixture } from './test-account.ts';

const ALLOW_ALL = { Effect: 'Allow', Action: '*', Resource: '*' };
const ALLOW_STS = { Effect: 'Allow', Action: 'sts:*', Resource: '*' };
const document = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements });
const DENIED = { queryCode: 'AccessDenied', status: 403 };
const INVALID = { queryCode: 'ValidationError', status: 400 };

type Caller = Parameters<StsFixture['send']>[0];

describe.each(databaseEngines)('AssumeRole on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let sts: StsFixture;
    let sequence = 0;
    beforeAll(async () => {
      sts = await openSts(engine);
    });
    afterAll(() => sts.iam.close());

    async function user(...statements: object[]): Promise<Caller> {
      const userName = await sts.iam.newUser({ statements });
      const key = await sts.iam.root.send(new CreateAccessKeyCommand({ UserName: userName }));
      return {
        principal: await sts.iam.user(userName).principal(),
        credential: { accessKeyId: key.AccessKey?.AccessKeyId ?? '' },
      };
    }

    /** A role that may push, and that trusts these. */
    async function role(
      trusts: string | readonly string[],
      options: { maxSessionDuration?: number; condition?: object; action?: string | string[]; path?: string } = {},
    ) {
      sequence += 1;
      const RoleName = `role-${sequence}`;
      const statement = {
        Effect: 'Allow',
        Principal: { AWS: trusts },
        Action: options.action ?? ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
        ...(options.condition === undefined ? {} : { Condition: options.condition }),
      };
      const { Role } = await sts.iam.root.send(
        new CreateRoleCommand({
          RoleName,
          Path: options.path,
          AssumeRolePolicyDocument: document(statement),
          MaxSessionDuration: options.maxSessionDuration,
        }),
      );
      const PolicyDocument = document({ Effect: 'Allow', Action: ['codecommit:*', 'sts:*'], Resource: '*' });
      await sts.iam.root.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'push', PolicyDocument }));
      return { RoleName, RoleArn: Role?.Arn ?? '', roleId: Role?.RoleId ?? '' };
    }

    const account = () => sts.iam.accountId;
    function assume(caller: Caller, RoleArn: string, input: Partial<AssumeRoleCommandInput> = {}) {
      return sts.send(caller, new AssumeRoleCommand({ RoleArn, RoleSessionName: 'build', ...input }));
    }
    async function sessionOf(...parameters: Parameters<typeof assume>): Promise<Caller> {
      return sts.session((await assume(...parameters)).Credentials?.SessionToken);
    }
    function may({ principal }: Caller, action: string): boolean {
      const environment = {
        sourceIp: '::1',
        userAgent: '',
        secureTransport: true,
        region: 'us-east-1',
        time: sts.time,
      };
      const { accountId } = principal;
      try {
        const resource = { arn: `arn:aws:codecommit:us-east-1:${accountId}:demo`, accountId };
        authorize(principal, environment, action, resource);
        return true;
      } catch (error) {
        if (error instanceof AccessDeniedError) return false;
        throw error;
      }
    }

    it('gives an hour as a session of the role', async () => {
      const caller = await user();
      const { RoleArn, RoleName, roleId } = await role(caller.principal.arn, { path: '/team/' });
      const output = await assume(caller, RoleArn);
      const Arn = `arn:aws:sts::${account()}:assumed-role/${RoleName}/build`;
      expect(output.AssumedRoleUser).toEqual({ AssumedRoleId: `${roleId}:build`, Arn });
      expect(output.Credentials?.Expiration).toEqual(new Date(sts.time.getTime() + 3_600_000));
      expect(output.PackedPolicySize).toBeUndefined();
      const session = await sts.session(output.Credentials?.SessionToken);
      expect(await sts.send(session, new GetCallerIdentityCommand())).toEqual({
        Account: account(),
        UserId: `${roleId}:build`,
        Arn,
      });
      expect(session.principal).toMatchObject({ kind: 'assumed-role', session: { issuerArn: RoleArn } });
      expect([may(session, 'codecommit:GitPush'), may(session, 'kms:Encrypt')]).toEqual([true, false]);
      expect(mayCallService(session.principal, 'iam')).toBe(true);
    });

    describe('is allowed to', () => {
      it('a user whom the role names, without a policy of their own', async () => {
        const caller = await user();
        await assume(caller, (await role(caller.principal.arn)).RoleArn);
      });

      it('a user of the account that the role names, only with a policy of their own', async () => {
        for (const name of [account(), `arn:aws:iam::${account()}:root`]) {
          const { RoleArn } = await role(name);
          await assume(await user({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: RoleArn }), RoleArn);
          await expect(assume(await user(), RoleArn)).rejects.toMatchObject(DENIED);
          const elsewhere = await user({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: `${RoleArn}2` });
          await expect(assume(elsewhere, RoleArn)).rejects.toMatchObject(DENIED);
        }
      });

      it('nobody whom a policy of their own denies it, named or not', async () => {
        const denied = await user(ALLOW_ALL, { Effect: 'Deny', Action: 'sts:AssumeRole', Resource: '*' });
        await expect(assume(denied, (await role(denied.principal.arn)).RoleArn)).rejects.toMatchObject(DENIED);
      });

      it('nobody whom the role does not trust, whatever their policies allow', async () => {
        const caller = await user(ALLOW_ALL);
        const other = await user();
        await expect(assume(caller, (await role(other.principal.arn)).RoleArn)).rejects.toMatchObject({
          ...DENIED,
          message: expect.stringContaining(
            `User: ${caller.principal.arn} is not authorized to perform: sts:AssumeRole`,
          ),
        });
      });

      it('nobody for another action than the role allows', async () => {
        const caller = await user(ALLOW_ALL);
        const { RoleArn } = await role(caller.principal.arn, { action: 'sts:TagSession' });
        await expect(assume(caller, RoleArn)).rejects.toMatchObject(DENIED);
      });

      it('users of another account when both sides allow it', async () => {
        const other = await sts.iam.otherAccount();
        const stranger = async (...statements: object[]): Promise<Caller> => ({
          principal: await other.user(await other.newUser({ statements })).principal(),
        });
        const allowed = await stranger(ALLOW_STS);
        const bare = await stranger();
        const { RoleArn, RoleName } = await role([allowed.principal.arn, bare.principal.arn]);
        const session = await sessionOf(allowed, RoleArn);
        expect(session.principal.arn).toBe(`arn:aws:sts::${account()}:assumed-role/${RoleName}/build`);
        await expect(assume(bare, RoleArn)).rejects.toMatchObject(DENIED);
        await expect(assume(allowed, (await role(account())).RoleArn)).rejects.toMatchObject(DENIED);
      });

      it('nobody who does not know its external ID', async () => {
        const caller = await user(ALLOW_STS);
        const { RoleArn } = await role(account(), { condition: { StringEquals: { 'sts:ExternalId': 'secret' } } });
        await assume(caller, RoleArn, { ExternalId: 'secret' });
        await expect(assume(caller, RoleArn, { ExternalId: 'guess' })).rejects.toMatchObject(DENIED);
        await expect(assume(caller, RoleArn)).rejects.toMatchObject(DENIED);
      });

      it('nobody under another session name than the role asks for', async () => {
        const caller = await user(ALLOW_STS);
        const { RoleArn } = await role(account(), { condition: { StringLike: { 'sts:RoleSessionName': 'bu*' } } });
        await assume(caller, RoleArn);
        await expect(assume(caller, RoleArn, { RoleSessionName: 'other' })).rejects.toMatchObject(DENIED);
      });

      it('who proves a second factor, with the request or for a session before, where the role asks for one', async () => {
        const caller = await user(ALLOW_STS);
        const { RoleArn } = await role(account(), {
          condition: {
            Bool: { 'aws:MultiFactorAuthPresent': 'true' },
            NumericLessThan: { 'aws:MultiFactorAuthAge': '300' },
          },
        });
        await expect(assume(caller, RoleArn)).rejects.toMatchObject(DENIED);
        const { Credentials } = await sts.send(caller, new GetSessionTokenCommand());
        await expect(assume(await sts.session(Credentials?.SessionToken), RoleArn)).rejects.toMatchObject(DENIED);

        const device = await enabledMfaDevice(sts.iam.root, caller.principal.userName ?? '', sts.time);
        const { SerialNumber } = device;
        const factor = (steps: number) => ({ SerialNumber, TokenCode: device.code(stepsAfter(sts.time, steps)) });
        await expect(assume(caller, RoleArn, factor(5))).rejects.toMatchObject({
          ...DENIED,
          message: 'MultiFactorAuthentication failed with invalid MFA one time pass code. ',
        });
        const assumed = await assume(caller, RoleArn, factor(0));
        // A session of a role does not tell of it.
        const { principal } = await sts.session(assumed.Credentials?.SessionToken);
        expect(principal.session).not.toHaveProperty('mfaAuthenticatedAt');

        const proved = await sts.send(caller, new GetSessionTokenCommand(factor(1)));
        await assume(await sts.session(proved.Credentials?.SessionToken), RoleArn);
      });

      it('nobody who proves the second factor of somebody else', async () => {
        const [caller, other] = [await user(ALLOW_STS), await user(ALLOW_STS)];
        const { RoleArn } = await role(account());
        const device = await enabledMfaDevice(sts.iam.root, other.principal.userName ?? '', sts.time);
        const factor = { SerialNumber: device.SerialNumber, TokenCode: device.code(sts.time) };
        const { Credentials } = await assume(other, RoleArn);
        const session = await sts.session(Credentials?.SessionToken);
        for (const stranger of [caller, session]) {
          await expect(assume(stranger, RoleArn, factor)).rejects.toMatchObject({
            ...DENIED,
            message: expect.stringContaining('unable to validate MFA code'),
          });
        }
      });

      it('a user with credentials of GetSessionToken, but neither root nor a federated user', async () => {
        const caller = await user(ALLOW_ALL);
        const { RoleArn } = await role('*');
        const { Credentials } = await sts.send(caller, new GetSessionTokenCommand());
        await assume(await sts.session(Credentials?.SessionToken), RoleArn);
        const root = { principal: await sts.iam.root.principal() };
        await expect(assume(root, RoleArn)).rejects.toMatchObject({
          ...DENIED,
          message: 'Roles may not be assumed by root accounts.',
        });
        const federation = new GetFederationTokenCommand({ Name: 'bob', Policy: document(ALLOW_ALL) });
        const bob = await sts.session((await sts.send(caller, federation)).Credentials?.SessionToken);
        await expect(assume(bob, RoleArn)).rejects.toMatchObject(DENIED);
      });

      it('nobody for roles that do not exist, in the words for those that do not trust them', async () => {
        const caller = await user(ALLOW_ALL);
        const { RoleArn, RoleName } = await role(caller.principal.arn);
        for (const arn of [`${RoleArn}-none`, RoleArn.replace(RoleName, RoleName.toUpperCase())]) {
          await expect(assume(caller, arn)).rejects.toMatchObject({
            ...DENIED,
            message: `User: ${caller.principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
          });
        }
        for (const arn of ['arn:aws:iam::111122223333:user/ana', `arn:aws:iam::${account()}:role/`, 'x'.repeat(20)]) {
          await expect(assume(caller, arn)).rejects.toMatchObject(INVALID);
        }
      });
    });

    describe('the session', () => {
      it('may do only what its policies allow too', async () => {
        const caller = await user();
        const { RoleArn } = await role(caller.principal.arn);
        const Policy = document({ Effect: 'Allow', Action: ['codecommit:GitPull', 'kms:Encrypt'], Resource: '*' });
        const output = await assume(caller, RoleArn, { Policy });
        expect(output.PackedPolicySize).toBeGreaterThan(0);
        const session = await sts.session(output.Credentials?.SessionToken);
        const actions = ['codecommit:GitPull', 'codecommit:GitPush', 'kms:Encrypt'];
        expect(actions.map((action) => may(session, action))).toEqual([true, false, false]);
        const arn = 'arn:aws:iam::aws:policy/AWSCodeCommitReadOnly';
        const reader = await sessionOf(caller, RoleArn, { PolicyArns: [{ arn }] });
        expect(actions.map((action) => may(reader, action))).toEqual([true, false, false]);
        const denial = document(ALLOW_ALL, { Effect: 'Deny', Action: 'codecommit:GitPush', Resource: '*' });
        const denied = await sessionOf(caller, RoleArn, { Policy: denial });
        expect(actions.map((action) => may(denied, action))).toEqual([true, false, false]);
      });

      it('ends with the role, not to come back with one of the same name, and follows its policies', async () => {
        const caller = await user();
        const { RoleArn, RoleName } = await role(caller.principal.arn);
        const { Credentials } = await assume(caller, RoleArn);
        await sts.iam.root.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'push' }));
        expect(may(await sts.session(Credentials?.SessionToken), 'codecommit:GitPush')).toBe(false);
        await sts.iam.root.send(new DeleteRoleCommand({ RoleName }));
        await expect(sts.session(Credentials?.SessionToken)).rejects.toThrow('no more');
        const trust = { Effect: 'Allow', Principal: { AWS: account() }, Action: 'sts:AssumeRole' };
        await sts.iam.root.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document(trust) }));
        await expect(sts.session(Credentials?.SessionToken)).rejects.toThrow('no more');
      });

      it('is not to be had any more once the role stops trusting', async () => {
        const caller = await user();
        const { RoleArn, RoleName } = await role(caller.principal.arn);
        await assume(caller, RoleArn);
        const trust = { Effect: 'Allow', Principal: { AWS: account() }, Action: 'sts:AssumeRole' };
        const PolicyDocument = document(trust);
        await sts.iam.root.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
        await expect(assume(caller, RoleArn)).rejects.toMatchObject(DENIED);
      });

      it('lasts as long as asked for, up to what the role allows', async () => {
        const caller = await user();
        const { RoleArn } = await role(caller.principal.arn, { maxSessionDuration: 7_200 });
        const { Credentials } = await assume(caller, RoleArn, { DurationSeconds: 7_200 });
        expect(Credentials?.Expiration).toEqual(new Date(sts.time.getTime() + 7_200_000));
        for (const DurationSeconds of [7_201, 899, 43_201]) {
          await expect(assume(caller, RoleArn, { DurationSeconds })).rejects.toMatchObject(INVALID);
        }
      });

      it('of a role that a session of a role assumed lasts an hour at most', async () => {
        const caller = await user();
        const first = await role(caller.principal.arn);
        const second = await role(first.RoleArn, { maxSessionDuration: 43_200 });
        const session = await sessionOf(caller, first.RoleArn);
        await assume(session, second.RoleArn, { DurationSeconds: 3_600 });
        await expect(assume(session, second.RoleArn, { DurationSeconds: 3_601 })).rejects.toMatchObject({
          ...INVALID,
          message: expect.stringContaining('role chaining'),
        });
      });

      it('that was narrowed may not assume a role that its policies do not allow', async () => {
        const caller = await user();
        const first = await role(caller.principal.arn);
        const second = await role(first.RoleArn);
        const Policy = document({ Effect: 'Allow', Action: 'codecommit:*', Resource: '*' });
        await expect(assume(await sessionOf(caller, first.RoleArn, { Policy }), second.RoleArn)).rejects.toMatchObject(
          DENIED,
        );
      });
    });

    describe('tags', () => {
      const Tags = [
        { Key: 'team', Value: 'blue' },
        { Key: 'step', Value: '1' },
      ];

      it('are those of the session, and transitive ones those of later sessions', async () => {
        const caller = await user();
        const first = await role(caller.principal.arn);
        const second = await role(first.RoleArn);
        const third = await role(second.RoleArn);
        const one = await sessionOf(caller, first.RoleArn, { Tags, TransitiveTagKeys: ['Team'] });
        expect(one.principal.tags).toEqual({ team: 'blue', step: '1' });
        const two = await sessionOf(one, second.RoleArn, { Tags: [{ Key: 'step', Value: '2' }] });
        expect(two.principal.tags).toEqual({ team: 'blue', step: '2' });
        expect((await sessionOf(two, third.RoleArn)).principal.tags).toEqual({ team: 'blue' });
        await expect(assume(one, second.RoleArn, { Tags: [{ Key: 'TEAM', Value: 'red' }] })).rejects.toMatchObject(
          INVALID,
        );
      });

      it('need the role and the caller to allow sts:TagSession', async () => {
        const caller = await user();
        const { RoleArn } = await role(caller.principal.arn, { action: 'sts:AssumeRole' });
        await assume(caller, RoleArn);
        await expect(assume(caller, RoleArn, { Tags })).rejects.toMatchObject({
          ...DENIED,
          message: `User: ${caller.principal.arn} is not authorized to perform: sts:TagSession on resource: ${RoleArn}`,
        });
        await expect(assume(caller, RoleArn, { SourceIdentity: 'ada' })).rejects.toThrow(
          `is not authorized to perform: sts:SetSourceIdentity on resource: ${RoleArn}`,
        );
        const untrusting = await role(caller.principal.arn, { action: 'sts:TagSession' });
        await expect(assume(caller, untrusting.RoleArn, { Tags })).rejects.toThrow(
          'is not authorized to perform: sts:AssumeRole',
        );
      });

      it('can be asked for by the role', async () => {
        const caller = await user(ALLOW_STS);
        const condition = { StringEquals: { 'aws:RequestTag/team': 'blue' } };
        const { RoleArn } = await role(account(), { condition });
        await assume(caller, RoleArn, { Tags });
        await expect(assume(caller, RoleArn)).rejects.toMatchObject(DENIED);
      });

      it.each([
        [{ Tags: [...Tags, { Key: 'TEAM', Value: '' }] }],
        [{ Tags: [{ Key: 'aws:team', Value: '' }] }],
        [{ Tags, TransitiveTagKeys: ['other'] }],
        [{ TransitiveTagKeys: ['team'] }],
        [{ RoleSessionName: 'x' }],
        [{ RoleSessionName: 'no spaces' }],
        [{ ExternalId: 'x' }],
        [{ ProvidedContexts: [{ ProviderArn: 'arn:aws:iam::aws:contextProvider/X', ContextAssertion: 'abcd' }] }],
      ])('and other members are validated: %j', async (input) => {
        const caller = await user();
        await expect(assume(caller, (await role(caller.principal.arn)).RoleArn, input)).rejects.toMatchObject(INVALID);
      });
    });

    it('sets a source identity once and for all', async () => {
      const caller = await user();
      const first = await role(caller.principal.arn);
      const second = await role(first.RoleArn);
      const output = await assume(caller, first.RoleArn, { SourceIdentity: 'ana' });
      expect(output.SourceIdentity).toBe('ana');
      const session = await sts.session(output.Credentials?.SessionToken);
      expect((await assume(session, second.RoleArn)).SourceIdentity).toBe('ana');
      await expect(assume(session, second.RoleArn, { SourceIdentity: 'bob' })).rejects.toMatchObject(INVALID);
      const plain = await role(caller.principal.arn, { action: 'sts:AssumeRole' });
      await expect(assume(caller, plain.RoleArn, { SourceIdentity: 'ana' })).rejects.toMatchObject(DENIED);
    });

    it.each([
      ['{}', 'MalformedPolicyDocument'],
      [JSON.stringify({ Version: '2012-10-17', Statement: { Sid: 'x'.repeat(10_300) } }), 'PackedPolicyTooLarge'],
    ])('refuses a session policy that cannot be one', async (Policy, queryCode) => {
      const caller = await user();
      const { RoleArn } = await role(caller.principal.arn);
      await expect(assume(caller, RoleArn, { Policy })).rejects.toMatchObject({ queryCode });
    });
  });
});
