import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { AccessDeniedError } from '../../access/authorization.ts';
import { rootPrincipal } from '../../access/principals.ts';
import type { Call } from '../operation.ts';
import { ACCOUNT, callOf, OTHER_ACCOUNT, openKms, REGION, run } from './test-account.ts';

const ALLOW_ALL = { Effect: 'Allow', Action: 'kms:*' } as const;
const admin = callOf([ALLOW_ALL]);
const root: Call = { ...admin, principal: rootPrincipal(ACCOUNT) };
const userArn = (name: string, account = ACCOUNT) => `arn:aws:iam::${account}:user/${name}`;
const rootArn = (account = ACCOUNT) => `arn:aws:iam::${account}:root`;
const Plaintext = Buffer.from('x');

interface PolicyStatement {
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly Action?: unknown;
  readonly Resource?: unknown;
  readonly [element: string]: unknown;
}

const DELEGATION = { Principal: { AWS: rootArn() }, Action: 'kms:*' };
const policyOf = (...statements: readonly PolicyStatement[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((each) => ({ Effect: 'Allow', Resource: '*', ...each })),
  });

describe.each(databaseEngines)('key policies on $name', (engine) => {
  describe.skipIf(engine.skipReason)(engine.skipReason ?? '', () => {
    let kms: Awaited<ReturnType<typeof openKms>>;
    let keyId: string;
    let arn: string;
    const call = (name: string, input: object, by: Call = admin) => run(kms.services, by, name, input);
    const put = (Policy: string, by: Call = root, more = {}) =>
      call('PutKeyPolicy', { KeyId: keyId, Policy, ...more }, by);
    const encrypt = (by: Call) => call('Encrypt', { KeyId: arn, Plaintext }, by);

    beforeAll(async () => {
      kms = await openKms(engine);
    });
    afterAll(() => kms.close());
    beforeEach(async () => {
      ({ KeyId: keyId, Arn: arn } = (await call('CreateKey', {})).KeyMetadata);
    });

    it('leave a new key to the policies of its account', async () => {
      const { Policy, PolicyName } = await call('GetKeyPolicy', { KeyId: keyId });
      expect(PolicyName).toBe('default');
      expect(JSON.parse(Policy)).toEqual({
        Version: '2012-10-17',
        Id: 'key-default-1',
        Statement: [
          {
            Sid: 'Enable IAM User Permissions',
            Effect: 'Allow',
            Principal: { AWS: rootArn() },
            Action: 'kms:*',
            Resource: '*',
          },
        ],
      });
      await encrypt(callOf([{ Effect: 'Allow', Action: 'kms:Encrypt' }], { userName: 'bob' }));
      await encrypt(root);
      await expect(encrypt(callOf([], { userName: 'bob' }))).rejects.toThrow(
        `User: ${userArn('bob')} is not authorized to perform: kms:Encrypt on resource: ${arn} because no identity-based policy allows the kms:Encrypt action`,
      );
    });

    it('allow whom they name, whatever the account says, and nobody else without the delegation', async () => {
      await put(
        policyOf(
          { Principal: { AWS: userArn('alice') }, Action: 'kms:*' },
          { Principal: { AWS: [userArn('bob')] }, Action: ['kms:Encrypt', 'kms:DescribeKey'] },
        ),
        admin,
      );
      await encrypt(callOf([], { userName: 'bob' }));
      await expect(encrypt(root)).rejects.toThrow(
        `User: ${rootArn()} is not authorized to perform: kms:Encrypt on resource: ${arn} because no resource-based policy allows the kms:Encrypt action`,
      );
      const powerful = callOf([ALLOW_ALL], { userName: 'bob' });
      await expect(call('DisableKey', { KeyId: keyId }, powerful)).rejects.toThrow(
        'because no resource-based policy allows the kms:DisableKey action',
      );
      const denied = callOf([{ Effect: 'Deny', Action: 'kms:Encrypt' }], { userName: 'bob' });
      await expect(encrypt(denied)).rejects.toThrow('with an explicit deny in an identity-based policy');
    });

    it('deny whom they name, root too', async () => {
      await put(policyOf(DELEGATION, { Effect: 'Deny', Principal: { AWS: '*' }, Action: 'kms:Encrypt' }));
      for (const by of [root, admin]) {
        await expect(encrypt(by)).rejects.toThrow('with an explicit deny in a resource-based policy');
      }
      await call('GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' });
    });

    it('ask for the conditions of the request', async () => {
      await put(
        policyOf(DELEGATION, {
          Principal: { AWS: userArn('bob') },
          Action: 'kms:Encrypt',
          Condition: { StringEquals: { 'kms:EncryptionContext:stage': 'test', 'kms:CallerAccount': ACCOUNT } },
        }),
      );
      const bob = callOf([], { userName: 'bob' });
      await call('Encrypt', { KeyId: keyId, Plaintext, EncryptionContext: { stage: 'test' } }, bob);
      for (const EncryptionContext of [undefined, { stage: 'live' }]) {
        await expect(call('Encrypt', { KeyId: keyId, Plaintext, EncryptionContext }, bob)).rejects.toThrow(
          AccessDeniedError,
        );
      }
    });

    it('let another account in where both sides allow', async () => {
      const foreign = (statements: Parameters<typeof callOf>[0]) =>
        callOf(statements, { accountId: OTHER_ACCOUNT, userName: 'bob' });
      const encrypting = { Effect: 'Allow', Action: 'kms:Encrypt', Resource: arn } as const;
      await expect(encrypt(foreign([encrypting]))).rejects.toThrow('no resource-based policy allows');
      for (const AWS of [rootArn(OTHER_ACCOUNT), OTHER_ACCOUNT, userArn('bob', OTHER_ACCOUNT), '*']) {
        await put(policyOf(DELEGATION, { Principal: { AWS }, Action: 'kms:Encrypt' }));
        expect(await encrypt(foreign([encrypting]))).toMatchObject({ KeyId: arn });
        await expect(encrypt(foreign([]))).rejects.toThrow('no identity-based policy allows');
        await expect(
          call('Decrypt', { KeyId: arn, CiphertextBlob: Buffer.alloc(9) }, foreign([ALLOW_ALL])),
        ).rejects.toThrow('no resource-based policy allows');
      }
      await put(policyOf(DELEGATION, { Principal: { AWS: userArn('alice', OTHER_ACCOUNT) }, Action: 'kms:Encrypt' }));
      await expect(encrypt(foreign([encrypting]))).rejects.toThrow(AccessDeniedError);
    });

    it('tell other accounts nothing of what exists', async () => {
      const stranger = callOf([ALLOW_ALL], { accountId: OTHER_ACCOUNT });
      const missing = arn.replace(keyId, '5b7c0f0e-6f5c-4dd1-8a86-2f0c7c4c9d11');
      await call('CreateAlias', { AliasName: `alias/known-${keyId}`, TargetKeyId: keyId });
      const alias = (name: string) => `arn:aws:kms:${REGION}:${ACCOUNT}:alias/${name}`;
      for (const by of [stranger, callOf([], { accountId: OTHER_ACCOUNT })]) {
        const messages = await Promise.all(
          [arn, missing].map(async (KeyId) => {
            const error = await call('DescribeKey', { KeyId }, by).catch((e: unknown) => e);
            expect(error).toBeInstanceOf(AccessDeniedError);
            return String(error).replace(KeyId, 'KEY');
          }),
        );
        expect(messages[0]).toBe(messages[1]);
        for (const KeyId of [alias(`known-${keyId}`), alias('missing')]) {
          await expect(call('DescribeKey', { KeyId }, by)).rejects.toThrow('no resource-based policy allows');
        }
      }
    });

    it('are stored by unique IDs: who takes the name of a deleted user has nothing', async () => {
      const carol = 'AIDAEXAMPLECAROL';
      const insertUser = (id: string) =>
        kms.database
          .insertInto('users')
          .values({
            user_id: id,
            account_id: ACCOUNT,
            user_name: 'carol',
            user_name_key: 'carol',
            path: '/',
            tags: '{}',
            created_at: 0,
          })
          .execute();
      await insertUser(carol);
      await put(policyOf(DELEGATION, { Principal: { AWS: userArn('carol') }, Action: 'kms:Encrypt' }));
      const shown = async () =>
        JSON.parse((await call('GetKeyPolicy', { KeyId: keyId })).Policy).Statement[1].Principal;
      expect(await shown()).toEqual({ AWS: userArn('carol') });
      await kms.database.deleteFrom('users').where('user_id', '=', carol).execute();
      await insertUser('AIDAEXAMPLECAROLAGAIN');
      expect(await shown()).toEqual({ AWS: carol });
      const again = callOf([], { userName: 'carol' });
      const principal = { ...again.principal, userId: 'AIDAEXAMPLECAROLAGAIN' };
      await expect(encrypt({ ...again, principal })).rejects.toThrow(AccessDeniedError);
      await kms.database.deleteFrom('users').where('user_name', '=', 'carol').execute();
    });

    it.each([
      ['no JSON', 'nonsense', /./],
      ['no statement', '{"Version":"2012-10-17","Statement":[]}', /Statement is empty/],
      ['an unknown version', policyOf(DELEGATION).replace('2012-10-17', '2013-01-01'), /version/],
      ['no principal', policyOf({ Action: 'kms:*' }), /Principal/],
      ['no action', policyOf({ Principal: { AWS: rootArn() } }), /Action/],
      ['no resource', policyOf({ ...DELEGATION, Resource: undefined }), /Resource/],
      ['an unknown user', policyOf(DELEGATION, { Principal: { AWS: userArn('nobody') }, Action: 'kms:*' }), 'invalid'],
      ['an unknown account', policyOf(DELEGATION, { Principal: { AWS: '999999999999' }, Action: 'kms:*' }), 'invalid'],
      ['an unknown operator', policyOf({ ...DELEGATION, Condition: { StringIs: { a: 'b' } } }), /StringIs/],
      ['NotPrincipal in an allow', policyOf({ NotPrincipal: { AWS: rootArn() }, Action: 'kms:*' }), /NotPrincipal/],
      ['two statements of one Sid', policyOf({ ...DELEGATION, Sid: 'a' }, { ...DELEGATION, Sid: 'a' }), /unique/],
    ] as const)('are refused with %s', async (_what, policy, message) => {
      const expected =
        message === 'invalid'
          ? 'Policy contains a statement with one or more invalid principals.'
          : expect.stringMatching(message);
      const refusal = { name: 'MalformedPolicyDocumentException', message: expected };
      await expect(put(policy)).rejects.toMatchObject(refusal);
      await expect(call('CreateKey', { Policy: policy })).rejects.toMatchObject(refusal);
    });

    it('must let their author change them again, unless told', async () => {
      const onlyBob = policyOf({ Principal: { AWS: userArn('bob') }, Action: 'kms:*' });
      const refusal = {
        name: 'MalformedPolicyDocumentException',
        message: 'The new key policy will not allow you to update the key policy in the future.',
      };
      await expect(put(onlyBob, admin)).rejects.toMatchObject(refusal);
      await expect(call('CreateKey', { Policy: onlyBob })).rejects.toMatchObject(refusal);
      const denying = policyOf(DELEGATION, {
        Effect: 'Deny',
        Principal: { AWS: userArn('alice') },
        Action: 'kms:PutKeyPolicy',
      });
      await expect(put(denying, admin)).rejects.toMatchObject(refusal);
      const { KeyMetadata } = await call('CreateKey', { Policy: onlyBob, BypassPolicyLockoutSafetyCheck: true });
      await expect(call('DescribeKey', { KeyId: KeyMetadata.KeyId })).rejects.toThrow(AccessDeniedError);
      await put(onlyBob, admin, { BypassPolicyLockoutSafetyCheck: true });
      await expect(put(policyOf(DELEGATION), admin)).rejects.toThrow(AccessDeniedError);
      await put(
        policyOf(DELEGATION, { Principal: { AWS: userArn('bob') }, Action: 'kms:*' }),
        callOf([], { userName: 'bob' }),
      );
      await put(policyOf(DELEGATION), admin);
    });

    it('are of at most 32 KiB, and of one name', async () => {
      const padded = (bytes: number) => policyOf(DELEGATION).padEnd(bytes);
      await put(padded(32_768));
      await expect(put(padded(32_769))).rejects.toMatchObject({ name: 'LimitExceededException' });
      await expect(put(policyOf(DELEGATION), root, { PolicyName: 'other' })).rejects.toMatchObject({
        name: 'NotFoundException',
        message: 'No such policy exists',
      });
      expect(await call('ListKeyPolicies', { KeyId: keyId })).toEqual({ PolicyNames: ['default'], Truncated: false });
    });
  });
});
