import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGitUser, createRepository } from '../harness/account-setup.ts';
import { requireClient } from '../harness/clients.ts';
import { type CodekeepServer, startCodekeep } from '../harness/codekeep-server.ts';
import { type GitCredential, gitClient } from '../harness/git-client.ts';

// What who guesses, or asks too often, meets; and that others do not.

const git = await requireClient('git');

describe.skipIf(git.skipReason)(`limits ${git.skipReason ?? ''}`, () => {
  let codekeep: CodekeepServer;
  let ada: GitCredential;
  let repository: string;

  beforeAll(async () => {
    codekeep = await startCodekeep();
    ada = await createGitUser(codekeep, 'ada');
    repository = await createRepository(codekeep, 'guarded');
  });
  afterAll(() => codekeep?.dispose());

  async function listReferences(credential: GitCredential) {
    const client = await gitClient([credential]);
    try {
      return await client.run(['ls-remote', repository]);
    } finally {
      await client.dispose();
    }
  }

  it('slow the guessing of a Git password down, and let the right one in', async () => {
    const guess = (path: string) => {
      const authorization = `Basic ${Buffer.from(`${ada.userName}:guess`).toString('base64')}`;
      return fetch(`${repository}/${path}`, { headers: { authorization } });
    };
    for (let failure = 0; failure < 10; failure++) {
      expect((await guess('info/refs?service=git-upload-pack')).status).toBe(401);
    }
    const answer = await guess('info/refs?service=git-upload-pack');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '10']);
    const lfs = await guess('info/lfs/locks');
    expect([lfs.status, lfs.headers.get('retry-after')]).toEqual([429, expect.stringMatching(/^([1-9]|10)$/)]);

    const refused = await listReferences({ ...ada, password: 'guess' });
    expect(refused.stderr).toMatch(/^remote: Too many failed sign-ins: try again in \d+ seconds?\n/);
    expect(refused.stderr).toContain('The requested URL returned error: 429');
    expect(await listReferences(ada)).toMatchObject({ exitCode: 0, stderr: '' });
  });
});
