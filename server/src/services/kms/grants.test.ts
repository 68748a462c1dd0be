import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { AccessDeniedError } from '../../access/authorization.ts';
import type { Principal } from '../../access/principal.ts';
import type { Call } from '../operation.ts';
import { ACCOUNT, callOf, OTHER_ACCOUNT, openKms, run } from './test-account.ts';

const ALLOW_ALL = { Effect: 'Allow', Action: 'kms:*' } as const;
const admin = callOf([ALLOW_ALL]);
const bob = callOf([], { userName: 'bob' });
const BOB = `arn:aws:iam::${ACCOUNT}:user/bob`;
const Plaintext = Buffer.from('x');

describe.each(databaseEngines)('grants on $name', (engine) => {
  describe.skipIf(engine.skipReason)(engine.skipReason ?? '', () => {
    let kms: Awaited<ReturnType<typeof openKms>>;
    let keyId: string;
    let arn: string;
    const call = (name: string, input: object, by: Call = admin) => run(kms.services, by, name, input);
    const grant = (more: object, by: Call = admin) =>
      call('CreateGrant', { KeyId: keyId, GranteePrincipal: BOB, Operations: ['Encrypt', 'Decrypt'], ...more }, by);
    const encrypt = (by: Call, EncryptionContext = {}) =>
      call('Encrypt', { KeyId: arn, Plaintext, EncryptionContext }, by);

    beforeAll(async () => {
      kms = await openKms(engine);
    });
    afterAll(() => kms.close());
    beforeEach(async () => {
      ({ KeyId: keyId, Arn: arn } = (await call('CreateKey', {})).KeyMetadata);
    });

    it('allow their operations at once, and no other, until they are revoked', async () => {
      await expect(encrypt(bob)).rejects.toThrow(AccessDeniedError);
      const { GrantId, GrantToken } = await grant({ Name: 'for-bob' });
      expect(GrantId).toMatch(/^[0-9a-f]{64}$/);
      const { CiphertextBlob } = await encrypt(bob);
      await call('Decrypt', { CiphertextBlob, GrantTokens: [GrantToken] }, bob);
      for (const [name, input] of [
        ['DescribeKey', { KeyId: keyId }],
        ['GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' }],
        ['RevokeGrant', { KeyId: keyId, GrantId }],
        ['ListGrants', { KeyId: keyId }],
      ] as const) {
        await expect(call(name, input, bob), name).rejects.toThrow(AccessDeniedError);
      }
      const denied = callOf([{ Effect: 'Deny', Action: 'kms:Encrypt' }], { userName: 'bob' });
      await expect(encrypt(denied)).rejects.toThrow('with an explicit deny in an identity-based policy');
      expect(await call('ListGrants', { KeyId: keyId })).toEqual({
        Grants: [
          {
            KeyId: arn,
            GrantId,
            Name: 'for-bob',
            CreationDate: expect.any(Date),
            GranteePrincipal: BOB,
            IssuingAccount: `arn:aws:iam::${ACCOUNT}:root`,
            Operations: ['Encrypt', 'Decrypt'],
          },
        ],
        Truncated: false,
      });
      await call('RevokeGrant', { KeyId: keyId, GrantId });
      await expect(encrypt(bob)).rejects.toThrow(AccessDeniedError);
      await expect(call('RevokeGrant', { KeyId: keyId, GrantId })).rejects.toMatchObject({ name: 'NotFoundException' });
      for (const operation of ['RevokeGrant', 'RetireGrant']) {
        await expect(call(operation, { KeyId: keyId, GrantId: 'x' }), operation).rejects.toMatchObject({
          name: 'InvalidGrantIdException',
          message: 'Invalid grant ID x',
        });
      }
    });

    it('are made once for a name and the same parameters', async () => {
      const first = await grant({ Name: 'once' });
      const again = await grant({ Name: 'once' });
      expect(again.GrantId).toBe(first.GrantId);
      expect(again.GrantToken).not.toBe(first.GrantToken);
      const ids = [
        first.GrantId,
        (await grant({ Name: 'once', Operations: ['Decrypt'] })).GrantId,
        (await grant({ Name: 'other' })).GrantId,
        (await grant({})).GrantId,
        (await grant({})).GrantId,
      ];
      expect(new Set(ids).size).toBe(5);
      const listed: string[] = [];
      let Marker: string | undefined;
      do {
        const page = await call('ListGrants', { KeyId: keyId, Limit: 2, ...(Marker !== undefined && { Marker }) });
        listed.push(...page.Grants.map((each: { GrantId: string }) => each.GrantId));
        Marker = page.NextMarker;
      } while (Marker !== undefined);
      expect(listed).toEqual([...ids].sort());
      const one = await call('ListGrants', { KeyId: keyId, GrantId: first.GrantId, GranteePrincipal: BOB });
      expect(one.Grants).toHaveLength(1);
      const none = await call('ListGrants', { KeyId: keyId, GranteePrincipal: `arn:aws:iam::${ACCOUNT}:user/alice` });
      expect(none.Grants).toEqual([]);
    });

    it('hold for the encryption contexts that they say, case and all', async () => {
      await grant({ Constraints: { EncryptionContextSubset: { a: '1' } }, Operations: ['Encrypt'] });
      await encrypt(bob, { a: '1' });
      await encrypt(bob, { a: '1', b: '2' });
      for (const context of [{}, { a: '2' }, { A: '1' }, { b: '2' }]) {
        await expect(encrypt(bob, context)).rejects.toThrow(AccessDeniedError);
      }
      await grant({ Constraints: { EncryptionContextEquals: { b: '2' } }, Operations: ['Encrypt', 'DescribeKey'] });
      await encrypt(bob, { b: '2' });
      await expect(encrypt(bob, { b: '2', c: '3' })).rejects.toThrow(AccessDeniedError);
      await call('DescribeKey', { KeyId: keyId }, bob);
    });

    it('name roles, sessions and accounts too', async () => {
      await kms.database
        .insertInto('roles')
        .values({
          role_id: `AROAEXAMPLE${keyId}`.replaceAll('-', '').toUpperCase(),
          account_id: ACCOUNT,
          role_name: keyId,
          role_name_key: keyId,
          path: '/',
          description: null,
          trust_policy: '{}',
          max_session_duration: 3600,
          tags: '{}',
          created_at: 0,
          last_used_at: null,
          last_used_region: null,
        })
        .execute();
      const roleId = `AROAEXAMPLE${keyId}`.replaceAll('-', '').toUpperCase();
      const session = (name: string): Call => ({
        ...admin,
        principal: {
          kind: 'assumed-role',
          accountId: ACCOUNT,
          arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${keyId}/${name}`,
          userId: `${roleId}:${name}`,
          tags: {},
          identityPolicies: [],
        } satisfies Principal,
      });
      const { GrantId } = await grant({ GranteePrincipal: `arn:aws:iam::${ACCOUNT}:role/${keyId}` });
      await encrypt(session('one'));
      await call('RevokeGrant', { KeyId: keyId, GrantId });
      await expect(encrypt(session('one'))).rejects.toThrow(AccessDeniedError);
      await grant({ GranteePrincipal: session('one').principal.arn });
      await encrypt(session('one'));
      await expect(encrypt(session('two'))).rejects.toThrow(AccessDeniedError);
      await grant({ GranteePrincipal: `arn:aws:iam::${OTHER_ACCOUNT}:root` });
      const foreign = (statements: Parameters<typeof callOf>[0]) => callOf(statements, { accountId: OTHER_ACCOUNT });
      await encrypt(foreign([ALLOW_ALL]));
      await expect(encrypt(foreign([]))).rejects.toThrow(AccessDeniedError);
    });

    it('are retired by the retiring principal, by a grantee who may, and by whoever has the permission', async () => {
      const alice = `arn:aws:iam::${ACCOUNT}:user/alice`;
      const poorAlice = callOf([]);
      const first = await grant({ RetiringPrincipal: alice });
      const listed = await call(
        'ListRetirableGrants',
        { RetiringPrincipal: alice },
        callOf([{ Effect: 'Allow', Action: 'kms:ListRetirableGrants', Resource: alice }]),
      );
      expect(listed.Grants).toMatchObject([{ GrantId: first.GrantId, KeyId: arn, RetiringPrincipal: alice }]);
      await expect(call('RetireGrant', { GrantToken: first.GrantToken }, bob)).rejects.toThrow(AccessDeniedError);
      await call('RetireGrant', { GrantToken: first.GrantToken }, poorAlice);
      await expect(encrypt(bob)).rejects.toThrow(AccessDeniedError);

      const second = await grant({ Operations: ['Encrypt', 'RetireGrant'] });
      const third = await grant({});
      await expect(call('RetireGrant', { KeyId: arn, GrantId: third.GrantId }, bob)).rejects.toThrow(AccessDeniedError);
      await call('RetireGrant', { KeyId: arn, GrantId: second.GrantId }, bob);
      await expect(call('RetireGrant', { KeyId: arn, GrantId: third.GrantId }, poorAlice)).rejects.toThrow(
        AccessDeniedError,
      );
      await expect(call('RetireGrant', { KeyId: arn, GrantId: third.GrantId, DryRun: true })).rejects.toMatchObject({
        name: 'DryRunOperationException',
      });
      await call('RetireGrant', { KeyId: arn, GrantId: third.GrantId });
      expect((await call('ListGrants', { KeyId: keyId })).Grants).toEqual([]);
      await expect(call('RetireGrant', { KeyId: arn, GrantId: third.GrantId })).rejects.toMatchObject({
        name: 'NotFoundException',
      });
      await expect(call('RetireGrant', {})).rejects.toMatchObject({ name: 'ValidationException' });
      await expect(call('ListRetirableGrants', {})).rejects.toMatchObject({ name: 'ValidationException' });
    });

    it('give on no more than they have', async () => {
      const constraints = { EncryptionContextSubset: { a: '1' } };
      await grant({ Operations: ['Encrypt', 'CreateGrant'], Constraints: constraints });
      const onward = { GranteePrincipal: `arn:aws:iam::${ACCOUNT}:user/alice` };
      for (const more of [
        { Operations: ['Decrypt'], Constraints: constraints },
        { Operations: ['Encrypt'] },
        { Operations: ['Encrypt'], Constraints: { EncryptionContextSubset: { b: '1' } } },
      ]) {
        await expect(grant({ ...onward, ...more }, bob)).rejects.toThrow(AccessDeniedError);
      }
      await grant(
        { ...onward, Operations: ['Encrypt'], Constraints: { EncryptionContextEquals: { a: '1', b: '2' } } },
        bob,
      );
      await encrypt(callOf([]), { a: '1', b: '2' });
      await expect(encrypt(callOf([]), { a: '1' })).rejects.toThrow(AccessDeniedError);
    });

    it.each([
      [{ GranteePrincipal: `arn:aws:iam::${ACCOUNT}:user/nobody` }, 'InvalidArnException'],
      [{ GranteePrincipal: '*' }, 'ValidationException'],
      [{ RetiringPrincipal: 'nobody' }, 'InvalidArnException'],
      [{ GranteePrincipal: undefined }, 'ValidationException'],
      [{ Operations: [] }, 'ValidationException'],
      [{ Operations: ['Sign'] }, 'ValidationException'],
      [{ Operations: ['DeriveSharedSecret'] }, 'ValidationException'],
      [{ Operations: ['DeleteEverything'] }, 'ValidationException'],
      [{ GranteeServicePrincipal: 'ec2.amazonaws.com' }, 'UnsupportedOperationException'],
      [{ GrantTokens: ['nonsense'] }, 'InvalidGrantTokenException'],
      [{ KeyId: 'alias/x' }, 'NotFoundException'],
    ])('are not made with %j', async (more, name) => {
      await expect(grant(more)).rejects.toMatchObject({ name });
    });

    it('are made under the conditions of the request', async () => {
      const giver = (Condition: Record<string, Record<string, string>>) =>
        callOf([{ Effect: 'Allow', Action: 'kms:CreateGrant', Condition }]);
      await grant(
        { Operations: ['Encrypt'] },
        giver({ 'ForAllValues:StringEquals': { 'kms:GrantOperations': 'Encrypt' } }),
      );
      await grant({}, giver({ StringEquals: { 'kms:GranteePrincipal': BOB } }));
      await grant({}, giver({ Bool: { 'kms:GrantIsForAWSResource': 'false' } }));
      for (const by of [
        giver({ 'ForAllValues:StringEquals': { 'kms:GrantOperations': 'Encrypt' } }),
        giver({ Bool: { 'kms:GrantIsForAWSResource': 'true' } }),
        giver({ StringEquals: { 'kms:GrantConstraintType': 'EncryptionContextEquals' } }),
        giver({ StringEquals: { 'kms:RetiringPrincipal': BOB } }),
      ]) {
        await expect(grant({}, by)).rejects.toThrow(AccessDeniedError);
      }
    });

    // PostgreSQL would take minutes over the triggers of so many rows in one transaction.
    if (engine.name === 'sqlite') {
      it('are at most 50,000 of a key', async () => {
        await sql`with recursive n(i) as (select 1 union all select i + 1 from n where i < 50000)
          insert into kms_grants (grant_id, key_id, issuing_account, grantee_principal, operations, created_at)
          select ${keyId} || i, ${keyId}, '', '', '[]', 0 from n`.execute(kms.database);
        await expect(grant({})).rejects.toMatchObject({
          name: 'LimitExceededException',
          message: 'The number of grants of a KMS key has reached the maximum limit: 50000.',
        });
      });
    }
  });
});
