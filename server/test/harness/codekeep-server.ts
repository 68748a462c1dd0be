import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { minimalEnvironment } from './clients.ts';
import { outputOf } from './processes.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary-folders.ts';

/** What `codekeep init` made. */
interface CodekeepAccount {
  readonly accountId: string;
  readonly rootEmail: string;
  readonly rootPassword: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

interface CodekeepOptions {
  /** `postgres://…`, an empty database; without it, SQLite in the data folder. */
  readonly databaseUrl?: string;
  /** The folders that the data folder and the working copies are made in. */
  readonly dataParent?: string;
  readonly workingCopiesParent?: string;
  /** Further `CODEKEEP_…` settings. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A real `codekeep serve` process on a data folder of its own. */
export interface CodekeepServer {
  /** Without a slash at the end. Stays the same over `restart`, so that clones keep their remote. */
  readonly url: string;
  /** ssh://HOST:PORT; stays the same over `restart`. */
  readonly sshUrl: string;
  /** The same over TLS, by the local authority of {@link certificateAuthority}. */
  readonly secureUrl: string;
  /** File of the certificate that TLS clients are to trust. */
  readonly certificateAuthority: string;
  readonly account: CodekeepAccount;
  readonly dataDir: string;
  /** The memory-backed folder of decrypted working copies. */
  readonly workingCopies: string;
  readonly pid: number;
  /** What the server has written to stderr since its first start. */
  log(): string;
  /** Processes that servers of this data folder, running or killed, started and that still run. */
  startedProcesses(): Promise<readonly number[]>;
  /** SIGTERM; resolves when the process has exited, rejects unless with 0. The data stay. */
  stop(): Promise<void>;
  /** SIGKILL of the server process alone, as a crash; its git processes are left as a crash leaves them. */
  kill(): Promise<void>;
  /** Stops the server if it runs, and starts it again on the same data and the same port. */
  restart(): Promise<void>;
  /** Ends the process and removes the data. */
  dispose(): Promise<void>;
}

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const START_LIMIT_MILLISECONDS = 60_000;
/** What the line that scripts wait for tells. */
interface ReadyAddresses {
  readonly http: string;
  readonly https: string;
  readonly ssh: string;
}

const READY = /^codekeep ready (\{.*\})$/;

/**
 * Makes an account in a new data folder and serves it on a free port of the loopback. The caller disposes of it; what
 * a failing test leaves goes with this process.
 *
 * @throws Error with the server's stderr when it does not come to accept requests
 */
export function startCodekeep(options: CodekeepOptions = {}): Promise<CodekeepServer> {
  return serve(options, async (folder, env) =>
    JSON.parse(await outputOf(process.execPath, [MAIN, 'init', '--data', folder, '--json'], { env })),
  );
}

/** Serves a data folder that `fill` has put into an empty one. */
export function serveDataFolder(
  account: CodekeepAccount,
  fill: (folder: string) => Promise<void>,
): Promise<CodekeepServer> {
  return serve({}, async (folder) => {
    await fill(folder);
    return account;
  });
}

async function serve(
  options: CodekeepOptions,
  makeAccount: (folder: string, env: NodeJS.ProcessEnv) => Promise<CodekeepAccount>,
): Promise<CodekeepServer> {
  const data = await temporaryFolder('data', { parent: options.dataParent });
  const workingCopies = await temporaryFolder('working-copies', {
    inMemory: true,
    parent: options.workingCopiesParent,
  });
  try {
    const env = {
      ...minimalEnvironment(),
      HOME: data.path,
      // By the environment, because a database URL holds a password and a process list shows arguments.
      ...(options.databaseUrl === undefined ? {} : { CODEKEEP_DATABASE: options.databaseUrl }),
      ...options.settings,
    };
    const server = new ServedDataFolder(await makeAccount(data.path, env), data, workingCopies, env);
    await server.start();
    return server;
  } catch (error) {
    await data.remove();
    await workingCopies.remove();
    throw error;
  }
}

/** The process groups that servers were started in and that may still have members. */
const groups = new Set<number>();

// Before what removes the folders that they write to.
process.prependListener('exit', () => {
  for (const group of groups) killGroup(group);
});

class ServedDataFolder implements CodekeepServer {
  readonly account: CodekeepAccount;
  readonly #data: TemporaryFolder;
  readonly #workingCopies: TemporaryFolder;
  readonly #env: NodeJS.ProcessEnv;
  readonly #log: string[] = [];
  readonly #groups: number[] = [];
  #listenAddress = '127.0.0.1:0';
  #sshAddress = '127.0.0.1:0';
  #secureAddress = '127.0.0.1:0';
  #process: ChildProcess | undefined;

  constructor(account: CodekeepAccount, data: TemporaryFolder, workingCopies: TemporaryFolder, env: NodeJS.ProcessEnv) {
    this.account = account;
    this.#data = data;
    this.#workingCopies = workingCopies;
    this.#env = env;
  }

  get url(): string {
    return `http://${this.#listenAddress}`;
  }

  get sshUrl(): string {
    return `ssh://${this.#sshAddress}`;
  }

  get secureUrl(): string {
    return `https://${this.#secureAddress}`;
  }

  get certificateAuthority(): string {
    return join(this.dataDir, 'tls', 'ca.crt');
  }

  get dataDir(): string {
    return this.#data.path;
  }

  get workingCopies(): string {
    return this.#workingCopies.path;
  }

  get pid(): number {
    const pid = this.#process?.pid;
    if (pid === undefined) throw new Error('The server does not run');
    return pid;
  }

  log(): string {
    return this.#log.join('\n');
  }

  async start(): Promise<void> {
    const server = spawn(
      process.execPath,
      [
        MAIN,
        'serve',
        ...['--data', this.dataDir, '--working-copies', this.workingCopies],
        ...['--http', this.#listenAddress, '--https', this.#secureAddress, '--ssh', this.#sshAddress],
      ],
      // A group of its own, so that git processes that outlive a killed server can be found at the end.
      { env: this.#env, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
    );
    if (server.pid !== undefined) {
      groups.add(server.pid);
      this.#groups.push(server.pid);
    }
    this.#process = server;
    createInterface({ input: server.stderr }).on('line', (line) => this.#log.push(line));
    try {
      // On Linux a listener's free port is odd and a connection's own port even while there are enough of both, so the
      // same port is free at the next start.
      const { http, https, ssh } = await readyAddresses(server);
      this.#listenAddress = new URL(http).host;
      this.#secureAddress = new URL(https).host;
      this.#sshAddress = new URL(ssh).host;
    } catch (error) {
      await this.kill();
      throw new Error(`The server did not start: ${(error as Error).message}\n${this.log()}`);
    }
  }

  async startedProcesses(): Promise<readonly number[]> {
    return processesWorkingBelow(this.workingCopies);
  }

  async stop(): Promise<void> {
    const exitCode = await this.#end('SIGTERM');
    if (exitCode !== 0) throw new Error(`The server exited with ${exitCode} after SIGTERM:\n${this.log()}`);
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async dispose(): Promise<void> {
    await this.kill();
    for (const group of this.#groups) {
      killGroup(group);
      groups.delete(group);
    }
    await this.#data.remove();
    await this.#workingCopies.remove();
  }

  /** The exit code, null after a signal; 0 when no process ran. */
  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const server = this.#process;
    this.#process = undefined;
    if (server === undefined) return 0;
    if (server.exitCode === null && server.signalCode === null) {
      const exited = once(server, 'exit');
      server.kill(signal);
      await exited;
    }
    return server.exitCode;
  }
}

async function readyAddresses(server: ChildProcess): Promise<ReadyAddresses> {
  const { stdout } = server;
  if (stdout === null) throw new Error('its stdout is not a pipe');
  const lines = createInterface({ input: stdout });
  return new Promise((resolve, reject) => {
    const limit = setTimeout(
      () => reject(new Error(`not ready after ${START_LIMIT_MILLISECONDS} ms`)),
      START_LIMIT_MILLISECONDS,
    );
    server.once('error', reject);
    server.once('close', (code, signal) => {
      clearTimeout(limit);
      reject(new Error(`it exited with ${code ?? signal}`));
    });
    lines.on('line', (line) => {
      const addresses = READY.exec(line)?.[1];
      if (addresses === undefined) return;
      clearTimeout(limit);
      resolve(JSON.parse(addresses) as ReadyAddresses);
    });
  });
}

/** Processes whose working directory is in the folder, or was before that was removed. */
async function processesWorkingBelow(folder: string): Promise<number[]> {
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    // Not there for a process that has just ended.
    const workingDirectory = await readlink(`/proc/${entry}/cwd`).catch(() => '');
    if (workingDirectory.startsWith(`${folder}/`)) found.push(Number(entry));
  }
  return found;
}

function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
