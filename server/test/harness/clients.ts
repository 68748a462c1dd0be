import { constants } from 'node:fs';
import { access, realpath } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { outputOf, runProcess } from './processes.ts';

type ClientName =
  | 'chromium'
  | 'git'
  | 'aws'
  | 'boto3'
  | 'nginx'
  | 'fcgiwrap'
  | 'spawn-fcgi'
  | 'wrk'
  | 'ssh'
  | 'git-lfs';

type Client =
  | { readonly available: true; readonly path: string; readonly skipReason?: undefined }
  | { readonly available: false; readonly path?: undefined; readonly skipReason: string };

export interface AwsExecutable {
  readonly path: string;
  /** Such as `aws-cli/2.9.19`. */
  readonly version: string;
}

/** Servers are outside the PATH of users who are not root; Debian's own tools come last but always count. */
const SYSTEM_FOLDERS = ['/usr/bin', '/usr/sbin'];

/**
 * A real client or server program that a test needs: `describe.skipIf(client.skipReason)(…)`.
 *
 * @throws Error where it is missing and CODEKEEP_TEST_REQUIRE_ALL=1, as in `.ci/run`, allows no skipped test
 */
export async function requireClient(name: ClientName): Promise<Client> {
  const [path] = name === 'boto3' ? await pythonsWithBoto3() : await executablesNamed(name);
  if (path !== undefined) return { available: true, path };
  const skipReason = name === 'boto3' ? 'no python3 with boto3 on PATH' : `no ${name} on PATH`;
  if (process.env.CODEKEEP_TEST_REQUIRE_ALL === '1') throw new Error(`${skipReason}, and no test may be skipped`);
  return { available: false, skipReason };
}

/**
 * Every different AWS CLI of this machine, because versions 1 and 2 differ in their requests: `describe.each(…)`. Empty
 * where there is none; `requireClient('aws')` says whether that is allowed.
 */
export async function awsExecutables(): Promise<readonly AwsExecutable[]> {
  const found = await Promise.all(
    (await executablesNamed('aws')).map(async (path) => {
      const { exitCode, stdout, stderr } = await runProcess(path, ['--version'], { env: minimalEnvironment() });
      const version = /aws-cli\/\S+/.exec(stdout + stderr)?.[0];
      return exitCode === 0 && version !== undefined ? [{ path, version }] : [];
    }),
  );
  return found.flat();
}

/** A program that some machines have and no test needs: `if (path !== undefined) it(…)`. */
export async function optionalClient(name: string): Promise<string | undefined> {
  return (await executablesNamed(name))[0];
}

/** What every program gets: where programs are, and a language whose messages tests can read. */
export function minimalEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', TZ: 'UTC' };
}

async function executablesNamed(name: string): Promise<readonly string[]> {
  const found = new Map<string, string>();
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_FOLDERS]) {
    const path = join(folder, name);
    const target = folder === '' ? undefined : await executableTarget(path);
    if (target !== undefined && !found.has(target)) found.set(target, path);
  }
  return [...found.values()];
}

/** The file behind a path and its links, when this process may execute it. */
async function executableTarget(path: string): Promise<string | undefined> {
  try {
    await access(path, constants.X_OK);
    return await realpath(path);
  } catch {
    return undefined;
  }
}

async function pythonsWithBoto3(): Promise<readonly string[]> {
  const pythons = await executablesNamed('python3');
  const found = await Promise.all(
    pythons.map((path) =>
      outputOf(path, ['-c', 'import boto3'], { env: minimalEnvironment() }).then(
        () => [path],
        () => [],
      ),
    ),
  );
  return found.flat();
}
