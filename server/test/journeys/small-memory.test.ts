import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGitUser, createRepository } from '../harness/account-setup.ts';
import { type CodekeepServer, startCodekeep } from '../harness/codekeep-server.ts';
import { type GitClient, gitClient } from '../harness/git-client.ts';
import { smallFileSystem, smallFileSystemSkipReason } from '../harness/small-file-systems.ts';
import type { TemporaryFolder } from '../harness/temporary-folders.ts';

const skipReason = await smallFileSystemSkipReason();

// Containers give 64 MB for working copies.
describe.skipIf(skipReason)(`64 MB for working copies ${skipReason ?? ''}`, () => {
  let memory: TemporaryFolder;
  let server: CodekeepServer;
  let git: GitClient;
  let cwd: string;
  beforeAll(async () => {
    memory = await smallFileSystem(64);
    server = await startCodekeep({ workingCopiesParent: memory.path });
    git = await gitClient([await createGitUser(server, 'ann')]);
    cwd = join(git.home, 'work');
    await git.output(['init', '--quiet', cwd]);
  });
  afterAll(async () => {
    await git?.dispose();
    await server?.dispose();
    await memory?.remove();
  });

  async function push(name: string, megabytes: number) {
    const url = await createRepository(server, name);
    const content = randomBytes(megabytes * 1_000_000);
    const blob = await git.output(['hash-object', '-w', '--stdin'], { cwd, input: content });
    const tree = await git.output(['mktree'], { cwd, input: `100644 blob ${blob}\tfile\n` });
    const commit = await git.output(['commit-tree', '-m', name, tree], { cwd });
    return git.run(['push', '--quiet', url, `${commit}:refs/heads/main`], { cwd });
  }

  it('are enough for one push after the other, as idle copies leave', async () => {
    for (const [name, megabytes] of [
      ['first', 20],
      ['second', 25],
      ['third', 30],
      ['fourth', 35],
    ] as const) {
      expect(await push(name, megabytes), name).toMatchObject({ exitCode: 0, stderr: '' });
    }
  });

  it('refuse what does not fit, with the remedy, and tell the operator', async () => {
    const refused = await push('huge', 80);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain("There is no room for the push in the server's folder of working copies");
    expect(server.log()).toMatch(/"level":40.*There is no room for the push/);
    await expect.poll(() => server.log()).toMatch(/"level":40.*"refusals_without_room_total":\d/);
    expect(await push('after', 20)).toMatchObject({ exitCode: 0 });
  });
});
