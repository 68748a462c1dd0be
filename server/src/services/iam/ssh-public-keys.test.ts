import { execFile } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  DeleteSSHPublicKeyCommand,
  GetSSHPublicKeyCommand,
  ListSSHPublicKeysCommand,
  UpdateSSHPublicKeyCommand,
  UploadSSHPublicKeyCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';
import { ed25519Line } from './test-keys.ts';

const run = promisify(execFile);

describe.each(databaseEngines)('SSH public keys on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let account: TestAccount;
    let folder: string;
    beforeAll(async () => {
      account = await openTestAccount(engine);
      folder = await mkdtemp(join(tmpdir(), 'codekeep-keys-'));
    });
    afterAll(async () => {
      await account.close();
      await rm(folder, { recursive: true, force: true });
    });

    async function upload(UserName: string, SSHPublicKeyBody: string) {
      return (await account.root.send(new UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody }))).SSHPublicKey;
    }

    /** A key of the real ssh-keygen, and the MD5 fingerprint that it shows. */
    async function keygen(...type: readonly string[]) {
      const file = join(folder, type.join('-'));
      await run('ssh-keygen', ['-q', '-N', '', '-C', 'me@host', '-f', file, '-t', ...type]);
      const { stdout } = await run('ssh-keygen', ['-l', '-E', 'md5', '-f', `${file}.pub`]);
      return {
        line: (await readFile(`${file}.pub`, 'utf8')).trim(),
        fingerprint: /MD5:(\S+)/.exec(stdout)?.[1],
        pem: async () => (await run('ssh-keygen', ['-e', '-m', 'PKCS8', '-f', `${file}.pub`])).stdout,
      };
    }

    it.each([
      ['rsa', '-b', '2048'],
      ['rsa', '-b', '4096'],
      ['ecdsa', '-b', '256'],
      ['ecdsa', '-b', '384'],
      ['ecdsa', '-b', '521'],
    ])('of ssh-keygen are taken as a line and as PEM: %s %s %s', async (...type) => {
      const generated = await keygen(...type);
      const { line, fingerprint } = generated;
      const pem = await generated.pem();
      const UserName = await account.newUser();
      const key = await upload(UserName, `${line}\n`);
      expect(key).toEqual({
        UserName,
        SSHPublicKeyId: expect.stringMatching(/^APKA[A-Z2-7]{16}$/),
        Fingerprint: fingerprint,
        SSHPublicKeyBody: line,
        Status: 'Active',
        UploadDate: expect.any(Date),
      });
      const get = async (Encoding: 'SSH' | 'PEM') => {
        const input = { UserName, SSHPublicKeyId: key?.SSHPublicKeyId, Encoding };
        return (await account.root.send(new GetSSHPublicKeyCommand(input))).SSHPublicKey;
      };
      expect(await get('SSH')).toEqual(key);
      expect((await get('PEM'))?.SSHPublicKeyBody).toBe(pem);

      const fromPem = await upload(await account.newUser(), pem);
      expect(fromPem).toMatchObject({ Fingerprint: fingerprint, SSHPublicKeyBody: line.replace(' me@host', '') });
      await expect(upload(UserName, pem)).rejects.toMatchObject({ queryCode: 'DuplicateSSHPublicKey', status: 400 });
    });

    it('of Ed25519 are taken', async () => {
      const { line, fingerprint } = await keygen('ed25519');
      const UserName = await account.newUser();
      const key = await upload(UserName, line);
      expect(key).toMatchObject({ Fingerprint: fingerprint, SSHPublicKeyBody: line });
      const { SSHPublicKey: pem } = await account.root.send(
        new GetSSHPublicKeyCommand({ UserName, SSHPublicKeyId: key?.SSHPublicKeyId, Encoding: 'PEM' }),
      );
      expect(createPublicKey(pem?.SSHPublicKeyBody ?? '').asymmetricKeyType).toBe('ed25519');
    });

    it('in PKCS #1 are taken', async () => {
      const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
        type: 'pkcs1',
        format: 'pem',
      });
      expect(await upload(await account.newUser(), pem.toString())).toMatchObject({
        SSHPublicKeyBody: expect.stringMatching(/^ssh-rsa AAAAB3NzaC1yc2E/),
      });
    });

    it('that are weak, broken or no public keys are refused', async () => {
      const UserName = await account.newUser();
      const { line: weak } = await keygen('rsa', '-b', '1024');
      const { line } = await keygen('rsa', '-b', '3072');
      const [type = '', base64 = ''] = line.split(' ');
      const { privateKey } = generateKeyPairSync('ed25519');
      const blob = Buffer.from(base64, 'base64');
      const withType = (changed: string) => `${changed} ${base64}`;
      const invalid = [
        weak,
        withType('ssh-ed25519'),
        withType('ecdsa-sha2-nistp256'),
        `${type} ${blob.subarray(0, -1).toString('base64')}`,
        `${type} ${Buffer.concat([blob, blob]).toString('base64')}`,
        `${type} AAAA`,
        `ssh-ed25519 ${Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0\x1fshort', 'latin1').toString('base64')}`,
        '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----',
      ];
      for (const body of invalid) {
        await expect(upload(UserName, body), body).rejects.toMatchObject({
          queryCode: 'InvalidPublicKey',
          status: 400,
        });
      }
      const unrecognized = [
        'hello',
        base64,
        `command="true" ${line}`,
        `ssh-dss ${base64}`,
        `${line}\n${ed25519Line()}`,
        privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        '---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----',
      ];
      for (const body of unrecognized) {
        await expect(upload(UserName, body), body).rejects.toMatchObject({
          queryCode: 'UnrecognizedPublicKeyEncoding',
        });
      }
      const { SSHPublicKeys } = await account.root.send(new ListSSHPublicKeysCommand({ UserName }));
      expect(SSHPublicKeys).toEqual([]);
    });

    it('are at most five for each user, also when uploaded at once', async () => {
      const UserName = await account.newUser();
      const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => upload(UserName, ed25519Line())));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') {
          expect(outcome.reason).toMatchObject({
            queryCode: 'LimitExceeded',
            message: 'Cannot exceed quota for SSHPublicKeysPerUser: 5',
          });
        }
      }
    });

    it('are listed in the order of their ids, changed and deleted', async () => {
      const UserName = await account.newUser();
      const ids = [];
      for (let count = 0; count < 3; count += 1) ids.push((await upload(UserName, ed25519Line()))?.SSHPublicKeyId);
      ids.sort();
      const list = (input: object) => account.root.send(new ListSSHPublicKeysCommand({ UserName, ...input }));
      expect((await list({})).SSHPublicKeys).toEqual(
        ids.map((SSHPublicKeyId) => ({ UserName, SSHPublicKeyId, Status: 'Active', UploadDate: expect.any(Date) })),
      );
      const first = await list({ MaxItems: 2 });
      expect(first.IsTruncated).toBe(true);
      expect((await list({ Marker: first.Marker })).SSHPublicKeys).toMatchObject([{ SSHPublicKeyId: ids[2] }]);

      const SSHPublicKeyId = ids[0];
      await account.root.send(new UpdateSSHPublicKeyCommand({ UserName, SSHPublicKeyId, Status: 'Inactive' }));
      expect((await list({})).SSHPublicKeys?.[0]).toMatchObject({ SSHPublicKeyId, Status: 'Inactive' });
      await account.root.send(new DeleteSSHPublicKeyCommand({ UserName, SSHPublicKeyId }));
      expect((await list({})).SSHPublicKeys).toHaveLength(2);
      const missing = {
        queryCode: 'NoSuchEntity',
        message: `The Public Key with id ${SSHPublicKeyId} cannot be found.`,
      };
      const input = { UserName, SSHPublicKeyId };
      await expect(account.root.send(new DeleteSSHPublicKeyCommand(input))).rejects.toMatchObject(missing);
      await expect(
        account.root.send(new UpdateSSHPublicKeyCommand({ ...input, Status: 'Active' })),
      ).rejects.toMatchObject(missing);
      await expect(account.root.send(new GetSSHPublicKeyCommand({ ...input, Encoding: 'SSH' }))).rejects.toMatchObject(
        missing,
      );
    });

    it('are managed by users with IAMUserSSHKeys, their own alone', async () => {
      const [UserName, other] = [
        await account.newUser({ managedPolicies: ['IAMUserSSHKeys'] }),
        await account.newUser(),
      ];
      const self = account.user(UserName);
      await self.send(new UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody: ed25519Line() }));
      expect((await self.send(new ListSSHPublicKeysCommand({}))).SSHPublicKeys).toHaveLength(1);
      await expect(
        self.send(new UploadSSHPublicKeyCommand({ UserName: other, SSHPublicKeyBody: ed25519Line() })),
      ).rejects.toThrow('iam:UploadSSHPublicKey');
    });
  });
});
