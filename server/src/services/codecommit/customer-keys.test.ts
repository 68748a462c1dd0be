import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ACCOUNT,
  allow,
  type CodecommitFixture,
  callOf,
  codecommitFixture,
  deny,
  OTHER_ACCOUNT,
  REGION,
  userWith,
} from '../../../test/harness/codecommit-services.ts';
import { databaseEngines } from '../../../test/harness/databases.ts';
import type { Principal } from '../../access/principal.ts';
import { rootPrincipal } from '../../access/principals.ts';
import { maintainKeys } from '../kms/key-maintenance.ts';
import { openRepository } from './git-access.ts';
import { everyRepository } from './maintenance.ts';
import { openDataKeyForUpkeep } from './repository-encryption.ts';

const MANAGED = 'alias/aws/codecommit';
const VIA_CODECOMMIT = { StringEquals: { 'kms:ViaService': `codecommit.${REGION}.amazonaws.com` } };

describe.each(databaseEngines)('repositories under customer managed keys on $name', (engine) => {
  describe.skipIf(engine.skipReason)(engine.skipReason ?? '', () => {
    let codecommit: CodecommitFixture;
    let repositoryName: string;
    let keyArn: string;
    const run: CodecommitFixture['run'] = (...parameters) => codecommit.run(...parameters);
    const kms: CodecommitFixture['runKms'] = (...parameters) => codecommit.runKms(...parameters);
    const newKey = async (input = {}) => (await kms('CreateKey', input)).KeyMetadata.Arn as string;
    const create = async (name: string, kmsKeyId?: string, principal?: Principal) =>
      (await run('CreateRepository', { repositoryName: name, kmsKeyId }, { principal })).repositoryMetadata;
    const open = (principal?: Principal, action: 'codecommit:GitPull' | 'codecommit:GitPush' = 'codecommit:GitPull') =>
      openRepository(codecommit.services, callOf({ principal }), { repositoryName, action });
    const update = (kmsKeyId: string, principal?: Principal) =>
      run('UpdateRepositoryEncryptionKey', { repositoryName, kmsKeyId }, { principal });
    const keyOf = async () => (await run('GetRepository', { repositoryName })).repositoryMetadata.kmsKeyId;

    beforeAll(async () => {
      codecommit = await codecommitFixture(engine);
    });
    afterAll(() => codecommit.dispose());
    beforeEach(async () => {
      repositoryName = `r-${randomUUID()}`;
      keyArn = await newKey();
    });

    it('are made under the key that a request names, in whatever form, and tell which key it is', async () => {
      const keyId = keyArn.split('/')[1] ?? '';
      const AliasName = `alias/${keyId}`;
      await kms('CreateAlias', { AliasName, TargetKeyId: keyId });
      const names = [repositoryName];
      await create(repositoryName, keyArn);
      for (const name of [keyId, AliasName, `arn:aws:kms:${REGION}:${ACCOUNT}:${AliasName}`]) {
        names.push(`r-${randomUUID()}`);
        expect((await create(names.at(-1) ?? '', name)).kmsKeyId).toBe(keyArn);
      }
      const { repositories } = await run('BatchGetRepositories', { repositoryNames: names });
      expect(repositories.map((each: { kmsKeyId: string }) => each.kmsKeyId)).toEqual(names.map(() => keyArn));
      await open();
    });

    it('move between keys, and keep their data key', async () => {
      const { repositoryId, kmsKeyId: managedArn } = await create(repositoryName);
      const before = (await open()).handle.dataKey;
      expect(await update(keyArn)).toEqual({ repositoryId, kmsKeyId: keyArn, originalKmsKeyId: managedArn });
      const other = await newKey();
      expect(await update(other)).toEqual({ repositoryId, kmsKeyId: other, originalKmsKeyId: keyArn });
      expect(await update(other)).toEqual({ repositoryId, kmsKeyId: other, originalKmsKeyId: other });
      expect(Buffer.from((await open()).handle.dataKey).equals(before)).toBe(true);
      await kms('DisableKey', { KeyId: keyArn });
      expect(await keyOf()).toBe(other);
      expect(await update(MANAGED)).toMatchObject({ kmsKeyId: managedArn, originalKmsKeyId: other });
      await kms('DisableKey', { KeyId: other });
      expect(Buffer.from((await open()).handle.dataKey).equals(before)).toBe(true);
    });

    it('can be opened at every moment while their key changes, and end under a key that opens them', async () => {
      await create(repositoryName, keyArn);
      const expected = Buffer.from((await open()).handle.dataKey);
      const keys = [keyArn, await newKey(), await newKey(), MANAGED];
      let changing = true;
      const reading = (async () => {
        let reads = 0;
        for (; changing; reads++) {
          expect(expected.equals((await open()).handle.dataKey)).toBe(true);
          // Opening may take no turn of the event loop at all, and the changes need some.
          await setImmediate();
        }
        return reads;
      })();
      for (let round = 0; round < 6; round++) {
        const results = await Promise.allSettled(keys.map((key) => update(key)));
        expect(results.some(({ status }) => status === 'fulfilled')).toBe(true);
        for (const result of results) {
          if (result.status === 'rejected') {
            expect(result.reason).toMatchObject({ exception: 'EncryptionKeyInvalidUsageException' });
          }
        }
      }
      changing = false;
      expect(await reading).toBeGreaterThan(0);
      expect(expected.equals((await open()).handle.dataKey)).toBe(true);
    });

    it('stop at once, for everybody, while their key is disabled, pending deletion or gone', async () => {
      await create(repositoryName, keyArn);
      const uses = [
        () => open(),
        () => open(undefined, 'codecommit:GitPush'),
        () => run('GetRepository', { repositoryName }),
        () => run('ListBranches', { repositoryName }),
        () => update(MANAGED),
        () => create(`r-${randomUUID()}`, keyArn),
      ];
      const refused = async (exception: string) => {
        for (const use of uses) await expect(use()).rejects.toMatchObject({ exception });
      };
      await open();
      await kms('DisableKey', { KeyId: keyArn });
      await refused('EncryptionKeyDisabledException');
      await kms('EnableKey', { KeyId: keyArn });
      await open();
      const { DeletionDate } = await kms('ScheduleKeyDeletion', { KeyId: keyArn });
      await refused('EncryptionKeyUnavailableException');
      await kms('CancelKeyDeletion', { KeyId: keyArn });
      await refused('EncryptionKeyDisabledException');
      await kms('EnableKey', { KeyId: keyArn });
      await open();
      await kms('ScheduleKeyDeletion', { KeyId: keyArn, PendingWindowInDays: 30 });
      const { database } = codecommit.services;
      // The sealer makes new material only, and there is none to make here.
      await maintainKeys({ database, sealer: undefined as never }, DeletionDate.getTime() + 60_000);
      await refused('EncryptionKeyNotFoundException');
      await run('DeleteRepository', { repositoryName });
    });

    it('open for whom key and identity allow it only, also once somebody has opened them', async () => {
      await create(repositoryName, keyArn);
      await open();
      const codecommitOnly = userWith(allow('codecommit:*'));
      const denied = {
        exception: 'EncryptionKeyAccessDeniedException',
        message: `User is not authorized for the KMS key ${keyArn}`,
      };
      for (const action of ['codecommit:GitPull', 'codecommit:GitPush'] as const) {
        await expect(open(codecommitOnly, action)).rejects.toMatchObject(denied);
      }
      const caller = { principal: codecommitOnly };
      await expect(run('GetRepository', { repositoryName }, caller)).rejects.toMatchObject(denied);
      await expect(run('ListBranches', { repositoryName }, caller)).rejects.toMatchObject(denied);
      const { errors } = await run('BatchGetRepositories', { repositoryNames: [repositoryName] }, caller);
      expect(errors).toMatchObject([{ errorCode: denied.exception }]);

      // Made anew for each request, as the access cache makes principals when something has changed.
      const viaService = () => userWith(allow('codecommit:*'), allow('kms:Decrypt', keyArn, VIA_CODECOMMIT));
      await open(viaService());
      const notOften = userWith(allow('codecommit:*'), allow('kms:*'), deny('kms:Decrypt', '*', VIA_CODECOMMIT));
      await expect(open(notOften)).rejects.toMatchObject(denied);

      const policy = (AWS: string, more = {}) => ({ Effect: 'Allow', Principal: { AWS }, Resource: '*', ...more });
      const root = policy(`arn:aws:iam::${ACCOUNT}:root`, { Action: ['kms:PutKeyPolicy', 'kms:DescribeKey'] });
      const everybody = policy('*', {
        Action: 'kms:Decrypt',
        Condition: { StringEquals: { ...VIA_CODECOMMIT.StringEquals, 'kms:CallerAccount': ACCOUNT } },
      });
      const put = (...Statement: object[]) =>
        kms('PutKeyPolicy', { KeyId: keyArn, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) });
      await put(root);
      await expect(open()).rejects.toMatchObject(denied);
      await expect(open(viaService())).rejects.toMatchObject(denied);
      await put(root, everybody);
      await open(codecommitOnly);
      await open();
      await put(root, { ...everybody, Effect: 'Deny' });
      await expect(open()).rejects.toMatchObject(denied);
    });

    it('need kms:GenerateDataKey to be made, kms:ReEncryptFrom and kms:ReEncryptTo to be moved', async () => {
      const may = (...actions: string[]) => userWith(allow('codecommit:*'), allow(actions, '*', VIA_CODECOMMIT));
      const denied = { exception: 'EncryptionKeyAccessDeniedException' };
      await expect(create(repositoryName, keyArn, may('kms:Decrypt'))).rejects.toMatchObject(denied);
      await create(repositoryName, keyArn, may('kms:GenerateDataKey'));
      const other = await newKey();
      for (const actions of [['kms:Decrypt'], ['kms:ReEncryptFrom'], ['kms:ReEncryptTo']]) {
        await expect(update(other, may(...actions))).rejects.toMatchObject(denied);
      }
      await update(other, may('kms:ReEncrypt*'));
      expect(await keyOf()).toBe(other);
    });

    it('are not put under keys that cannot encrypt them', async () => {
      await create(repositoryName);
      for (const input of [
        { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
        { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
      ]) {
        const unsuitable = await newKey(input);
        const refusal = { exception: 'EncryptionKeyInvalidUsageException', status: 400 };
        await expect(update(unsuitable)).rejects.toMatchObject(refusal);
        await expect(create(`r-${randomUUID()}`, unsuitable)).rejects.toMatchObject(refusal);
      }
      await open();
    });

    it('may be under a key of another account where both sides allow, which tells nothing of others', async () => {
      const other = { principal: rootPrincipal(OTHER_ACCOUNT) };
      const foreign = (await kms('CreateKey', {}, other)).KeyMetadata.Arn as string;
      const alias = (name: string) => foreign.replace(/key\/.*/, `alias/${name}`);
      await kms('CreateAlias', { AliasName: 'alias/known', TargetKeyId: foreign }, other);
      for (const name of [foreign, foreign.replace(/.{12}$/, 'a'.repeat(12)), alias('known'), alias('unknown')]) {
        await expect(create(repositoryName, name)).rejects.toMatchObject({
          exception: 'EncryptionKeyAccessDeniedException',
          message: `User is not authorized for the KMS key ${name}`,
        });
      }
      const Statement = [OTHER_ACCOUNT, ACCOUNT].map((AWS) => ({
        Effect: 'Allow',
        Principal: { AWS },
        Action: 'kms:*',
        Resource: '*',
      }));
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
      await kms('PutKeyPolicy', { KeyId: foreign, Policy }, other);
      expect((await create(repositoryName, alias('known'))).kmsKeyId).toBe(foreign);
      await open();
      await expect(open(userWith(allow('codecommit:*')))).rejects.toMatchObject({
        exception: 'EncryptionKeyAccessDeniedException',
      });
    });

    it('open with material of before a rotation, and by grants', async () => {
      await create(repositoryName, keyArn);
      const before = (await open()).handle.dataKey;
      await kms('RotateKeyOnDemand', { KeyId: keyArn });
      await update(keyArn);
      expect(Buffer.from((await open()).handle.dataKey).equals(before)).toBe(true);
      const { repositoryId } = (await run('GetRepository', { repositoryName })).repositoryMetadata;
      const GranteePrincipal = `arn:aws:iam::${ACCOUNT}:root`;
      const grant = (Constraints: object) =>
        kms('CreateGrant', { KeyId: keyArn, GranteePrincipal, Operations: ['Decrypt'], Constraints });
      const Statement = [
        {
          Effect: 'Allow',
          Principal: { AWS: ACCOUNT },
          Action: ['kms:PutKeyPolicy', 'kms:CreateGrant'],
          Resource: '*',
        },
      ];
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
      await kms('PutKeyPolicy', { KeyId: keyArn, Policy });
      await grant({ EncryptionContextSubset: { repositoryId: randomUUID() } });
      await expect(open()).rejects.toMatchObject({ exception: 'EncryptionKeyAccessDeniedException' });
      await grant({ EncryptionContextEquals: { repositoryId } });
      await open();
    });

    it('are opened by upkeep whatever policies say, unless the key is disabled', async () => {
      const { repositoryId } = await create(repositoryName, keyArn);
      const { database, keys } = codecommit.services;
      const upkeep = async () => {
        for await (const row of everyRepository(database, repositoryName)) return openDataKeyForUpkeep(keys, row);
        throw new Error('There is no such repository');
      };
      expect(await upkeep()).toMatchObject({ repositoryId });
      await kms('DisableKey', { KeyId: keyArn });
      await expect(upkeep()).rejects.toMatchObject({ name: 'KeyDisabledError' });
    });
  });
});
