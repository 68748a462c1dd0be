import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { changeSshKey, createRepository, createUser, uploadSshKey } from '../harness/account-setup.ts';
import { minimalEnvironment, requireClient } from '../harness/clients.ts';
import { startCodekeepOn } from '../harness/codekeep-on-engine.ts';
import { databaseEngines } from '../harness/databases.ts';
import { outputOf } from '../harness/processes.ts';
import { sshClient } from '../harness/ssh-client.ts';

// A token of git-lfs-authenticate is worth what the SSH key is that it was handed out to, at each use.

const ssh = await requireClient('ssh');
const EVERYTHING = { Effect: 'Allow', Action: 'codecommit:*', Resource: '*' };

describe.each(databaseEngines)('a token of git-lfs-authenticate on $name $skipReason', (engine) => {
  describe.skipIf(engine.skipReason ?? ssh.skipReason)('', () => {
    it('ends with its SSH key, for every request', async () => {
      const { server, dispose } = await startCodekeepOn(engine);
      const client = await sshClient();
      try {
        await createUser(server, 'ana', [EVERYTHING]);
        await createRepository(server, 'assets');
        const keyId = await uploadSshKey(server, 'ana', await client.makeKey('ed25519'));
        // That of another key of the same user goes on.
        const otherId = await uploadSshKey(server, 'ana', await client.makeKey('ecdsa-256'));
        const { hostname, port } = new URL(server.sshUrl);
        await client.trust(await outputOf('ssh-keyscan', ['-p', port, hostname], { env: minimalEnvironment() }));
        const tokenOf = async (type: 'ed25519' | 'ecdsa-256', id: string) => {
          const options = client.options(type, ['-T', '-p', port, '-l', id]);
          const command = ['git-lfs-authenticate', '/v1/repos/assets', 'upload'];
          const { stdout } = await client.ssh([...options, hostname, ...command]);
          return JSON.parse(stdout) as { href: string; header: Record<string, string> };
        };
        const token = await tokenOf('ed25519', keyId);
        const other = await tokenOf('ecdsa-256', otherId);
        expect(await statuses(token)).toEqual(DONE);
        for (const change of ['Inactive', 'deleted'] as const) {
          await changeSshKey(server, 'ana', keyId, change);
          expect(await statuses(token), change).toEqual(DONE.map(([request]) => [request, 401]));
          expect(await statuses(other)).toEqual(DONE);
          if (change === 'deleted') continue;
          await changeSshKey(server, 'ana', keyId, 'Active');
          expect(await statuses(token)).toEqual(DONE);
        }
      } finally {
        await client.dispose();
        await dispose();
      }
    });
  });
});

const DONE = [
  ['batch', 200],
  ['upload', 200],
  ['verify', 200],
  ['download', 200],
  ['lock', 201],
  ['list locks', 200],
  ['verify locks', 200],
  ['unlock', 200],
] as const;

/** What becomes of each kind of request. */
async function statuses({ href, header }: { readonly href: string; readonly header: Record<string, string> }) {
  const content = randomBytes(100);
  const oid = createHash('sha256').update(content).digest('hex');
  const send = (method: string, path: string, body?: Uint8Array<ArrayBuffer> | object) =>
    fetch(`${href}${path}`, {
      method,
      headers: header,
      ...(body !== undefined && { body: body instanceof Uint8Array ? body : JSON.stringify(body) }),
    });
  const batch = await send('POST', '/objects/batch', { operation: 'upload', objects: [{ oid, size: 100 }] });
  const upload = await send('PUT', `/objects/${oid}`, new Uint8Array(content));
  const verify = await send('POST', '/objects/verify', { oid, size: 100 });
  const download = await send('GET', `/objects/${oid}`);
  const lock = await send('POST', '/locks', { path: oid });
  const list = await send('GET', '/locks');
  const verifyLocks = await send('POST', '/locks/verify', {});
  const { lock: made = { id: '0'.repeat(36) } } = (await lock.json()) as { lock?: { id: string } };
  const unlock = await send('POST', `/locks/${made.id}/unlock`, {});
  const answers = [batch, upload, verify, download, lock, list, verifyLocks, unlock];
  return DONE.map(([request], index) => [request, answers[index]?.status]);
}
