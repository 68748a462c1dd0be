import { randomBytes } from 'node:crypto';
import { chmod, mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGitUser, createRepository } from '../harness/account-setup.ts';
import { runCodekeep } from '../harness/codekeep-command.ts';
import { type CodekeepServer, startCodekeep } from '../harness/codekeep-server.ts';
import { gitClient } from '../harness/git-client.ts';
import type { ProcessResult } from '../harness/processes.ts';
import { type TemporaryFolder, temporaryFolder } from '../harness/temporary-folders.ts';

let scratch: TemporaryFolder;
let initialised: string;
beforeAll(async () => {
  scratch = await temporaryFolder('command');
  initialised = join(scratch.path, 'initialised');
  expect((await runCodekeep(['init', '--data', initialised])).exitCode).toBe(0);
});
afterAll(() => scratch.remove());

function expectOneLine({ exitCode, stdout, stderr }: ProcessResult, message: string | RegExp): void {
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/^codekeep: [^\n]+\n$/);
  expect(stdout).toBe('');
  expect(exitCode).toBe(1);
}

const serve = (...args: string[]) => runCodekeep(['serve', '--data', initialised, '--http', '127.0.0.1:0', ...args]);

describe('codekeep init', () => {
  const account = {
    accountId: '111122223333',
    rootEmail: 'admin@example.com',
    rootPassword: 'correct horse battery',
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  };
  const options = [
    ...['--account-id', account.accountId, '--root-email', account.rootEmail, '--root-password', account.rootPassword],
    ...['--access-key-id', account.accessKeyId, '--secret-access-key', account.secretAccessKey],
  ];

  it('makes the account that its options describe, as one JSON object', async () => {
    const data = join(scratch.path, 'every/option');
    const { exitCode, stdout, stderr } = await runCodekeep(['init', '--data', data, ...options, '--json']);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ ...account, region: 'us-east-1' });
    expect(stdout).toMatch(/^\{[^\n]*\}\n$/);
    expect(exitCode).toBe(0);
    expect((await stat(data)).mode & 0o777).toBe(0o700);
  });

  it('takes its secrets from the environment too, and makes what is not given', async () => {
    const data = join(scratch.path, 'environment');
    const { stdout } = await runCodekeep(['init', '--json'], {
      CODEKEEP_DATA_DIR: data,
      CODEKEEP_ROOT_PASSWORD: account.rootPassword,
      CODEKEEP_SECRET_ACCESS_KEY: account.secretAccessKey,
    });
    expect(JSON.parse(stdout)).toEqual({
      accountId: expect.stringMatching(/^\d{12}$/),
      rootEmail: 'root@codekeep.localhost',
      rootPassword: account.rootPassword,
      accessKeyId: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/),
      secretAccessKey: account.secretAccessKey,
      region: 'us-east-1',
    });
  });

  it('prints the same line by line without --json', async () => {
    const { stdout } = await runCodekeep(['init', '--data', join(scratch.path, 'plain'), ...options]);
    for (const value of Object.values(account)) expect(stdout).toContain(`: ${value}\n`);
  });

  it('refuses a second account', async () => {
    expectOneLine(await runCodekeep(['init', '--data', initialised]), 'already has an account');
  });

  it('is followed by create-account, close-account and reopen-account', async () => {
    const data = join(scratch.path, 'several');
    const run = (...args: string[]) => runCodekeep([...args, '--data', data]);
    expectOneLine(await run('create-account', '--root-email', 'b@example.com'), 'there is no data folder');
    await run('init');
    const second = ['create-account', '--account-name', 'Team B', '--root-email', 'b@example.com', '--json'];
    const { stdout } = await run(...second);
    const { accountId } = JSON.parse(stdout) as { accountId: string };
    expect(accountId).toMatch(/^\d{12}$/);
    expectOneLine(await run(...second), 'with this e-mail address already');
    expectOneLine(await run('create-account'), "required option '--root-email <EMAIL>' not specified");
    expectOneLine(await run('reopen-account', '--account-id', accountId), 'there is no closed account');
    expect((await run('close-account', '--account-id', accountId)).stdout).toBe(`${accountId} is closed\n`);
    expectOneLine(await run('close-account', '--account-id', accountId), 'there is no open account');
    expect((await run('reopen-account', '--account-id', accountId)).stdout).toBe(`${accountId} is open\n`);
  });

  it.each([
    ['--account-id', '12', 'twelve digits'],
    ['--root-email', 'nobody', 'e-mail address'],
    ['--root-password', 'short', '8 to 128 characters'],
    ['--access-key-id', 'wrong', 'AKIA'],
    ['--secret-access-key', 'short', '16 to 128 printable characters'],
  ])('refuses a bad %s, and an account can still be made', async (option, value, message) => {
    const data = join(scratch.path, `bad${option}`);
    expectOneLine(await runCodekeep(['init', '--data', data, option, value]), message);
    expect((await runCodekeep(['init', '--data', data])).exitCode).toBe(0);
  });
});

describe('codekeep serve refuses with one line', () => {
  it('a data folder without an account', async () => {
    const data = join(scratch.path, 'nothing');
    expectOneLine(await runCodekeep(['serve', '--data', data]), 'codekeep init');
  });

  it('a taken port', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    try {
      const refused = await runCodekeep(['serve', '--data', initialised, '--http', `127.0.0.1:${port}`]);
      expectOneLine(refused, new RegExp(`cannot listen on 127.0.0.1:${port}: .*EADDRINUSE`));
    } finally {
      await new Promise((resolve) => taken.close(resolve));
    }
  });

  it('a data folder that cannot be one', async () => {
    const file = join(scratch.path, 'file');
    await writeFile(file, '');
    for (const data of [file, join(file, 'below'), '/proc/codekeep/data']) {
      expectOneLine(await runCodekeep(['init', '--data', data]), `cannot write to the data folder ${data}`);
    }
  });

  // Root may write everywhere.
  if (process.getuid?.() !== 0) {
    it('a data folder that it may not write', async () => {
      const folder = join(scratch.path, 'unwritable');
      await mkdir(folder, { mode: 0o500 });
      expectOneLine(await runCodekeep(['init', '--data', folder]), `cannot write to the data folder ${folder}`);
    });
  }

  it('working copies where no folder can be made', async () => {
    expectOneLine(await serve('--working-copies', '/proc/codekeep'), '/proc/codekeep');
  });

  it.each([
    [['--bogus'], "unknown option '--bogus'"],
    [['--dat', 'x'], "unknown option '--dat' (Did you mean --data?)"],
    [['--data'], 'argument missing'],
    [['more'], 'too many arguments'],
    [['--http', 'nonsense'], '"nonsense" is not HOST:PORT'],
    [['--http', '127.0.0.1:70000'], 'is not HOST:PORT'],
    [['--log-level', 'loud'], '--log-level: '],
    [['--region', 'mars'], '--region: must be a Region name'],
    [['--public-url', 'ftp://x'], '--public-url: must be an http or https URL'],
    [['--database', 'mysql://x'], '--database: must be a postgres:// URL'],
    [['--config', '/nonexistent'], 'cannot read the configuration file /nonexistent'],
    [['--http', '0.0.0.0:0'], 'plain HTTP on 0.0.0.0 would send passwords over the network unencrypted'],
    [['--http', '[::]:0'], '--allow-plain-http'],
  ])('%j', async (args, message) => {
    const refused = await serve(...args);
    expect(refused.stderr).toContain(message);
    expectOneLine(refused, '');
  });

  it('a database that does not answer, without its password', async () => {
    const url = 'postgres://codekeep:hunter2@127.0.0.1:1/codekeep';
    const refused = await serve('--database', url, '--database-wait', '0');
    expectOneLine(refused, 'cannot open the database');
    expect(refused.stderr).toContain('ECONNREFUSED');
    expect(refused.stderr).not.toContain('hunter2');
  });

  it('an unknown command', async () => {
    expectOneLine(await runCodekeep(['bogus']), "unknown command 'bogus'");
  });

  it('a git that is too old, and no git', async () => {
    const old = join(scratch.path, 'old-git');
    const none = join(scratch.path, 'no-git');
    for (const folder of [old, none]) await mkdir(folder);
    await writeFile(join(old, 'git'), '#!/bin/sh\necho git version 2.38.5\n');
    await chmod(join(old, 'git'), 0o755);
    await symlink(process.execPath, join(none, 'node'));
    const args = ['serve', '--data', initialised, '--http', '127.0.0.1:0'];
    const withOld = await runCodekeep(args, { PATH: `${old}${delimiter}${process.env.PATH}` });
    expectOneLine(withOld, 'git 2.38.5 is too old: Codekeep needs git 2.39 or newer');
    expectOneLine(await runCodekeep(args, { PATH: none }), /git 2\.39|git.*not found|no git/i);
  });
});

describe('the root key', () => {
  const rootKey = randomBytes(32).toString('base64');
  let data: string;
  beforeAll(async () => {
    data = join(scratch.path, 'root-key');
    const { exitCode } = await runCodekeep(['init', '--data', data], { CODEKEEP_ROOT_KEY: rootKey });
    expect(exitCode).toBe(0);
  });

  it('is in no file when the environment has it', async () => {
    await expect(stat(join(data, 'root.key'))).rejects.toThrow('ENOENT');
  });

  it.each([
    ['another', randomBytes(32).toString('base64'), 'the root key is not the one that the data were made with'],
    ['a short', randomBytes(16).toString('base64'), 'must be 32 bytes in base64'],
    ['no', '', 'is missing'],
  ])('%s one is refused with one line that does not show it', async (_which, wrong, message) => {
    const args = ['serve', '--data', data, '--http', '127.0.0.1:0'];
    const refused = await runCodekeep(args, { CODEKEEP_ROOT_KEY: wrong });
    expectOneLine(refused, message);
    if (wrong !== '') expect(refused.stderr).not.toContain(wrong);
    await expect(stat(join(data, 'root.key'))).rejects.toThrow('ENOENT');
  });

  it('of the environment serves', async () => {
    const server = await startCodekeep({ settings: { CODEKEEP_ROOT_KEY: rootKey } });
    try {
      const git = await gitClient([await createGitUser(server, 'ana')]);
      expect(await git.output(['ls-remote', await createRepository(server, 'sealed')])).toBe('');
      await git.dispose();
      await server.stop();
    } finally {
      await server.dispose();
    }
  });

  it('in a file that others may read is refused', async () => {
    const file = join(scratch.path, 'shared.key');
    await writeFile(file, `${rootKey}\n`);
    await chmod(file, 0o644);
    const folder = join(scratch.path, 'shared-key');
    expectOneLine(await runCodekeep(['init', '--data', folder, '--root-key-file', file]), 'chmod 600');
  });
});

describe('a running server', () => {
  let server: CodekeepServer;
  beforeAll(async () => {
    server = await startCodekeep();
  });
  afterAll(() => server.dispose());

  it('keeps its data folder to itself', async () => {
    for (const command of ['serve', 'init', 'start']) {
      const refused = await runCodekeep([command, '--data', server.dataDir, '--http', '127.0.0.1:0']);
      expectOneLine(refused, 'is in use by another Codekeep process');
    }
  });

  it('finishes on SIGTERM the push that it receives, and exits with 0', async () => {
    const git = await gitClient([await createGitUser(server, 'ana')]);
    const url = await createRepository(server, 'slow');
    const work = join(git.home, 'work');
    await git.output(['init', '-q', work]);
    await writeFile(join(work, 'large'), randomBytes(40_000_000));
    await git.output(['add', '.'], { cwd: work });
    await git.output(['commit', '-qm', 'Large'], { cwd: work });
    const push = git.run(['push', url, 'main'], { cwd: work });
    await packArrives(server);
    await server.stop();
    const { exitCode, stderr } = await push;
    expect(stderr).toContain('[new branch]');
    expect(exitCode).toBe(0);
    await server.restart();
    expect(await git.output(['ls-remote', url])).toContain(await git.output(['rev-parse', 'HEAD'], { cwd: work }));
    await git.dispose();
  });

  it('exits with 0 on SIGTERM when it has nothing to do, though a client keeps its connection', async () => {
    await (await fetch(server.url)).text();
    await server.stop();
  });
});

/** Resolves when the server has begun to take a pack: its index-pack runs. */
async function packArrives(server: CodekeepServer): Promise<void> {
  while ((await server.startedProcesses()).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
}
