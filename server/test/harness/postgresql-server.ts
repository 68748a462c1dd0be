import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The operating system's user that PostgreSQL runs as; it refuses to run as root. */
interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

interface RunningServer {
  /** Of a database where new databases can be made. */
  readonly administrationUrl: string;
  stop(): Promise<void>;
}

/** Ends with the server; its standard input holds the server alive. */
type Supervisor = ChildProcessByStdio<Writable, null, Readable>;

const run = promisify(execFile);
const DEBIAN_VERSIONS = '/usr/lib/postgresql';
const SUPERVISOR = fileURLToPath(new URL('postgresql-supervisor.mjs', import.meta.url));
const START_ATTEMPTS = 5;
const START_TIMEOUT_MS = 60_000;

/**
 * Starts a PostgreSQL server on a free port of the loopback, its data in a temporary folder. It ends with this process.
 *
 * @throws Error when this machine has no PostgreSQL
 */
export async function startPostgresql(): Promise<RunningServer> {
  const binaries = await findBinaries();
  if (binaries === undefined) {
    throw new Error(`no PostgreSQL server found in ${DEBIAN_VERSIONS} or by pg_config on PATH`);
  }
  return startServer(binaries);
}

async function findBinaries(): Promise<string | undefined> {
  const candidates: string[] = [];
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const pgConfig = join(folder, 'pg_config');
    if (folder !== '' && existsSync(pgConfig)) candidates.push((await run(pgConfig, ['--bindir'])).stdout.trim());
  }
  const versions = existsSync(DEBIAN_VERSIONS) ? await readdir(DEBIAN_VERSIONS) : [];
  versions.sort((a, b) => Number(b) - Number(a));
  candidates.push(...versions.map((version) => join(DEBIAN_VERSIONS, version, 'bin')));
  return candidates.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

async function startServer(binaries: string): Promise<RunningServer> {
  const user = await serverUser();
  const folder = await mkdtemp(join(tmpdir(), 'codekeep-postgresql-'));
  try {
    const password = randomBytes(16).toString('hex');
    await initialise(binaries, folder, user, password);
    const { server, port } = await listenOnFreePort(binaries, folder, user);
    return {
      administrationUrl: `postgres://codekeep:${password}@127.0.0.1:${port}/postgres`,
      async stop() {
        await endSupervisor(server);
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function serverUser(): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (option) => Number((await run('id', [option, 'postgres'])).stdout)),
  );
  if (uid === undefined || gid === undefined) throw new Error('The user postgres has no id');
  return { uid, gid };
}

async function initialise(binaries: string, folder: string, user: ServerUser | undefined, password: string) {
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) {
    await chown(folder, user.uid, user.gid);
    await chown(passwordFile, user.uid, user.gid);
  }
  await run(
    join(binaries, 'initdb'),
    [
      `--pgdata=${join(folder, 'data')}`,
      '--username=codekeep',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ],
    { ...user, cwd: folder, env: serverEnvironment() },
  );
  await rm(passwordFile);
}

/** PostgreSQL cannot take port 0, and a port found free may be taken a moment later: then another is tried. */
async function listenOnFreePort(binaries: string, folder: string, user: ServerUser | undefined) {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      return { server: await startListening(binaries, folder, user, port), port };
    } catch (error) {
      if (attempt === START_ATTEMPTS) throw error;
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', resolve);
  });
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('The probe has no port');
  return address.port;
}

async function startListening(
  binaries: string,
  folder: string,
  user: ServerUser | undefined,
  port: number,
): Promise<Supervisor> {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '500',
    // The data lives for one test run.
    fsync: 'off',
    full_page_writes: 'off',
    // Without the errors that tests provoke; LOG, which tells of readiness, ranks above them.
    log_min_messages: 'log',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(
    process.execPath,
    [SUPERVISOR, folder, join(binaries, 'postgres'), '-D', join(folder, 'data'), ...options],
    { ...user, cwd: folder, env: serverEnvironment(), stdio: ['pipe', 'ignore', 'pipe'] },
  );
  await ready(server, createInterface({ input: server.stderr }));
  return server;
}

async function ready(server: Supervisor, lines: Interface): Promise<void> {
  const said: string[] = [];
  const timeout = setTimeout(() => server.stdin.end(), START_TIMEOUT_MS);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.once('close', () => reject(new Error(`PostgreSQL did not start:\n${said.join('\n')}`)));
      lines.on('line', (line) => {
        said.push(line);
        if (line.includes('database system is ready to accept connections')) resolve();
      });
    });
  } finally {
    clearTimeout(timeout);
  }
}

function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
}

async function endSupervisor(server: Supervisor): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((resolve) => server.once('close', resolve));
  server.stdin.end();
  await ended;
}
