import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig, workingCopyFolder } from '../../src/config.ts';
import { requireClient } from '../harness/clients.ts';
import { freshClone, machineEnvironment } from '../harness/fresh-clone.ts';
import { gitClient } from '../harness/git-client.ts';
import { outputOf } from '../harness/processes.ts';
import type { TemporaryFolder } from '../harness/temporary-folders.ts';

const INSTALL_LIMIT_MILLISECONDS = 10 * 60_000;
const READY = /^codekeep ready (\{.*\})$/m;

const aws = await requireClient('aws');
const environment = machineEnvironment();
const nodeVersion = (await outputOf('node', ['--version'], { env: environment })).trim();

describe(`npm start on a fresh clone, where the machine's own Node is ${nodeVersion}`, () => {
  let clone: TemporaryFolder;
  let first: NpmStart;
  const started: NpmStart[] = [];
  const start = async (...args: string[]) => {
    const run = new NpmStart(clone.path, args);
    started.push(run);
    await run.ready();
    return run;
  };

  beforeAll(async () => {
    clone = await freshClone();
    first = await start();
  }, INSTALL_LIMIT_MILLISECONDS);

  afterAll(async () => {
    for (const run of started) run.kill();
    await rm(workingCopyFolder(readConfig({ data: join(clone.path, 'data') }, {})), { recursive: true, force: true });
    await clone.remove();
  });

  it('prints where it is, the account, how to sign in, and lines to copy', async () => {
    const printed = first.stdout;
    expect(printed).toContain(`Console and endpoint   ${first.url}\n`);
    expect(printed).toMatch(/Account ID {13}\d{12}\n/);
    expect(printed).toMatch(/E-mail {17}\S+@\S+\n {2}Password {15}\S+\n {2}Access key ID {10}AKIA\w{16}\n/);
    expect(printed).toContain(`aws --endpoint-url ${first.url}`);
    expect(printed).toContain(`git clone ${first.url}/v1/repos/`);
    const page = await fetch(first.url);
    expect([page.status, page.url]).toEqual([200, `${first.url}/console`]);
    expect(await page.text()).toContain('<div id="root">');
  });

  it('says on stderr that it installs and builds, and nothing else', () => {
    expect(withoutNpm(first.stderr)).toBe('Installing the locked dependencies (once)…\nBuilding the console (once)…\n');
  });

  it('keeps its data in ./data, for its user alone', async () => {
    expect((await stat(join(clone.path, 'data'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(clone.path, 'data/root.key'))).mode & 0o777).toBe(0o600);
  });

  it.skipIf(!aws.available)('prints commands that a shell can run as they are', async () => {
    const commands = /^ {2}export AWS_ACCESS_KEY_ID[\s\S]*?(?=^\S)/m.exec(first.stdout)?.[0] ?? '';
    const cloneLine = /^ {2}(git clone .*)$/m.exec(first.stdout)?.[1] ?? '';
    const shell = await gitClient();
    try {
      const env = { ...environment, HOME: shell.home, AWS_EC2_METADATA_DISABLED: 'true', AWS_PAGER: '' };
      // Interactive shells expand aliases by themselves.
      const script = `set -e\nshopt -s expand_aliases\n${commands}`;
      const printed = await outputOf('bash', ['-s'], { env, cwd: shell.home, input: script });
      const credential = JSON.parse(/\{\s*"ServiceSpecificCredential"[\s\S]*\}/.exec(printed)?.[0] ?? '{}') as {
        ServiceSpecificCredential: { ServiceUserName: string; ServicePassword: string };
      };
      const { ServiceUserName: userName, ServicePassword: password } = credential.ServiceSpecificCredential;
      const git = await gitClient([{ url: first.url, userName, password }]);
      const cloned = await git.run(cloneLine.split(' ').slice(1));
      expect(cloned.stderr).toContain('You appear to have cloned an empty repository.');
      expect(existsSync(join(git.home, 'my-first-repository/.git'))).toBe(true);
      await git.dispose();
    } finally {
      await shell.dispose();
    }
  });

  it('ends with exit code 0 when npm gets SIGTERM, and leaves no process behind', async () => {
    expect(await first.stop()).toBe(0);
    await expect(fetch(first.url)).rejects.toThrow('fetch failed');
  });

  it('finds its data at the second start, and shows no secret again', async () => {
    const accountId = /Account ID +(\d{12})/.exec(first.stdout)?.[1] ?? 'none';
    const secrets = [...first.stdout.matchAll(/(?:Password|Secret access key|Access key ID) +(\S+)/g)].map((m) => m[1]);
    expect(secrets).toHaveLength(3);
    const second = await start();
    expect(second.stdout).toContain(accountId);
    expect(second.stdout).toContain(`git clone ${second.url}/v1/repos/`);
    expect(withoutNpm(second.stderr)).toBe('');
    for (const secret of secrets) expect(second.stdout).not.toContain(secret);
    expect(await second.stop()).toBe(0);
  });

  it('finishes with exit code 0 on Ctrl-C, which the terminal sends to every process of npm start', async () => {
    const third = await start();
    expect(await third.interrupt()).toBe(0);
  });

  it('serves by npm exec, and leaves no process behind when npm gets SIGTERM', async () => {
    const served = await start('exec', '--', 'codekeep', 'serve');
    expect(served.stdout).toMatch(/^codekeep ready .*\n$/);
    expect(JSON.parse(served.stdout.slice('codekeep ready '.length))).toEqual({
      http: served.url,
      https: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
      ssh: expect.stringMatching(/^ssh:\/\/127\.0\.0\.1:\d+$/),
    });
    await served.stop();
    await expect(fetch(served.url)).rejects.toThrow('fetch failed');
  });

  it('runs the codekeep command by npm exec', async () => {
    const codekeep = (...args: string[]) =>
      outputOf('npm', ['exec', '--', 'codekeep', ...args], { env: environment, cwd: clone.path });
    const help = await codekeep('--help');
    for (const command of ['serve', 'init', 'start']) expect(help).toContain(`\n  ${command} `);
    expect(await codekeep('serve', '--help')).toContain('--http <HOST:PORT>');
  });
});

/** npm has its own say about the configuration of the machine. */
function withoutNpm(stderr: string): string {
  return stderr.replace(/^npm (warn|notice).*\n/gm, '');
}

/** `npm start` as a person types it. */
class NpmStart {
  url = '';
  stdout = '';
  stderr = '';
  readonly #npm: ChildProcess;
  readonly #ready: Promise<string>;

  constructor(cwd: string, args: readonly string[]) {
    const npm = spawn(
      'npm',
      [
        ...(args.length === 0 ? ['start', '--'] : args),
        ...['--http', '127.0.0.1:0', '--https', '127.0.0.1:0', '--ssh', '127.0.0.1:0'],
      ],
      {
        cwd,
        env: environment,
        stdio: ['ignore', 'pipe', 'pipe'],
        // A group of its own, so that nothing of it outlives a failing test.
        detached: true,
      },
    );
    this.#npm = npm;
    npm.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      this.stderr += chunk;
    });
    this.#ready = new Promise((resolve, reject) => {
      npm.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        this.stdout += chunk;
        const addresses = READY.exec(this.stdout)?.[1];
        if (addresses !== undefined) resolve((JSON.parse(addresses) as { http: string }).http);
      });
      npm.once('close', (code) => reject(new Error(`npm start exited with ${code}:\n${this.stdout}${this.stderr}`)));
    });
  }

  async ready(): Promise<void> {
    this.url = await this.#ready;
  }

  /** @returns what npm exited with after SIGTERM, once every process that could print has ended */
  async stop(): Promise<number | null> {
    const closed = once(this.#npm, 'close');
    this.#npm.kill('SIGTERM');
    await closed;
    return this.#npm.exitCode;
  }

  /** @returns the same after SIGINT to the whole process group */
  async interrupt(): Promise<number | null> {
    const closed = once(this.#npm, 'close');
    this.#signalGroup('SIGINT');
    await closed;
    return this.#npm.exitCode;
  }

  kill(): void {
    this.#signalGroup('SIGKILL');
  }

  #signalGroup(signal: NodeJS.Signals): void {
    if (this.#npm.pid === undefined) return;
    try {
      process.kill(-this.#npm.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
