import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGitUser, createRepository, putUserPolicy } from '../harness/account-setup.ts';
import { requireClient } from '../harness/clients.ts';
import { type CodekeepServer, startCodekeep } from '../harness/codekeep-server.ts';
import { type GitClient, gitClient } from '../harness/git-client.ts';
import { type ClientAccess, otherClients } from './other-clients/client.ts';

// What IDEs and scripts are made with, each on a repository of its own: clone, push, fetch, and what must be refused.

const PROTECT = {
  Effect: 'Deny',
  Action: 'codecommit:GitPush',
  Resource: '*',
  Condition: {
    StringEqualsIfExists: { 'codecommit:References': ['refs/heads/protected'] },
    Null: { 'codecommit:References': 'false' },
  },
};

const installed = await requireClient('git');
const clients = await otherClients();

describe.skipIf(installed.skipReason)(`other Git clients ${installed.skipReason ?? ''}`, () => {
  let server: CodekeepServer;
  let git: GitClient;
  let credentials: { readonly userName: string; readonly password: string };
  let careful: { readonly userName: string; readonly password: string };

  beforeAll(async () => {
    server = await startCodekeep();
    const user = await createGitUser(server, 'ana');
    credentials = user;
    careful = await createGitUser(server, 'careful');
    await putUserPolicy(server, 'careful', PROTECT);
    git = await gitClient([user]);
  });
  afterAll(async () => {
    await git?.dispose();
    await server?.dispose();
  });

  for (const client of clients) {
    describe.skipIf(client.skipReason)(`${client.name} ${client.skipReason ?? ''}`, () => {
      let url: string;
      let origin: string;
      let folder: string;
      const access = ({ userName, password } = credentials): ClientAccess => ({
        CLIENT_URL: url,
        CLIENT_USER: userName,
        CLIENT_PASSWORD: password,
      });
      const tipOf = (branch: string) =>
        git.output(['ls-remote', url, `refs/heads/${branch}`]).then((line) => line.split('\t')[0]);
      const commit = async (content: string) => {
        await writeFile(join(origin, 'README.md'), content);
        await git.output(['add', '.'], { cwd: origin });
        await git.output(['commit', '-q', '-m', content], { cwd: origin });
        await git.output(['push', '-q', 'origin', 'main'], { cwd: origin });
        return git.output(['rev-parse', 'HEAD'], { cwd: origin });
      };

      beforeAll(async () => {
        url = await createRepository(server, client.name);
        origin = join(git.home, `${client.name}-origin`);
        folder = join(git.home, client.name);
        await git.output(['clone', '-q', url, origin]);
        await commit('first');
      });

      it('clones', async () => {
        const cloned = await client.run(['clone', folder], access());
        expect(cloned.exitCode, cloned.stderr).toBe(0);
        expect(await readFile(join(folder, 'README.md'), 'utf8')).toBe('first');
      });

      it('fetches what was pushed meanwhile', async () => {
        const tip = await commit('second');
        const fetched = await client.run(['fetch', folder], access());
        expect(fetched.exitCode, fetched.stderr).toBe(0);
        expect(fetched.stdout.trim()).toBe(tip);
      });

      it('is refused with a wrong password', async () => {
        const refused = await client.run(['fetch', folder], access({ ...credentials, password: 'wrong' }));
        expect(refused.exitCode).not.toBe(0);
        expect(refused.stderr + refused.stdout).toMatch(/auth|401|credential/i);
      });

      it('pushes', async () => {
        const pushed = await client.run(['push', folder, 'from-client'], access());
        expect(pushed.exitCode, pushed.stderr).toBe(0);
        expect(await tipOf('from-client')).toBe(pushed.stdout.trim());
        await git.output(['fetch', '-q', 'origin', 'from-client'], { cwd: origin });
        expect(await git.output(['cat-file', '-t', 'FETCH_HEAD'], { cwd: origin })).toBe('commit');
      });

      it('learns why a push is refused, and moves nothing', async () => {
        const refused = await client.run(['push', folder, 'protected'], access(careful));
        expect(refused.exitCode).not.toBe(0);
        expect(refused.stderr + refused.stdout).toContain('is not authorized to perform: codecommit:GitPush');
        expect(await tipOf('protected')).toBe('');
      });
    });
  }
});
