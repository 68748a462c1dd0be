import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { minimalEnvironment, requireClient } from '../../server/test/harness/clients.ts';
import { gitClient } from '../../server/test/harness/git-client.ts';
import { temporaryFolder } from '../../server/test/harness/temporary-folders.ts';
import { openProcessorAccount } from '../processor-time.ts';
import type { Peer } from './peer.ts';

const FCGIWRAP_WORKERS = 24;
const START_LIMIT_MILLISECONDS = 20_000;

/** `git http-backend` behind nginx and fcgiwrap, without authentication: what a team would set up by hand. */
export async function startHttpBackend(): Promise<Peer> {
  const [nginx, spawnFcgi, fcgiwrap] = await Promise.all([
    programPath('nginx'),
    programPath('spawn-fcgi'),
    programPath('fcgiwrap'),
  ]);
  const folder = await temporaryFolder('nginx');
  const git = await gitClient();
  const root = join(folder.path, 'repositories');
  await mkdir(root);
  const backend = join(await git.output(['--exec-path']), 'git-http-backend');
  const socket = join(folder.path, 'fcgi.socket');
  const port = await freePort();
  await writeFile(
    join(folder.path, 'nginx.conf'),
    nginxConfiguration({ folder: folder.path, port, root, backend, socket }),
  );

  const workers = startServer(spawnFcgi, [
    '-s',
    socket,
    '-M',
    '600',
    '-n',
    '--',
    fcgiwrap,
    '-c',
    String(FCGIWRAP_WORKERS),
  ]);
  await until(() => exists(socket), workers);
  const proxy = startServer(nginx, ['-p', folder.path, '-e', 'stderr', '-c', join(folder.path, 'nginx.conf')]);
  const address = `http://127.0.0.1:${port}`;
  await until(() => answers(address), proxy);
  const processorAccount = openProcessorAccount(
    'nginx',
    [proxy.pid, workers.pid].filter((pid) => pid !== undefined),
  );

  async function importRepository(name: string, source: string): Promise<string> {
    const path = join(root, `${name}.git`);
    await cp(source, path, { recursive: true });
    await git.output(['config', 'receive.fsckObjects', 'true'], { cwd: path });
    return `${address}/${name}.git`;
  }

  return {
    name: 'nginx + git http-backend',
    git,
    speaksHttp: true,
    async createRepository(name) {
      const empty = join(folder.path, `${name}-empty.git`);
      await git.output(['init', '--quiet', '--bare', empty]);
      const url = await importRepository(name, empty);
      await rm(empty, { recursive: true });
      return url;
    },
    importRepository,
    deleteRepository: (name) => rm(join(root, `${name}.git`), { recursive: true }),
    processorSeconds: () => processorAccount.seconds(),
    async stop() {
      await stopServer(proxy);
      await stopServer(workers);
      processorAccount.close();
      await git.dispose();
      await folder.remove();
    },
  };
}

function nginxConfiguration(paths: {
  readonly folder: string;
  readonly port: number;
  readonly root: string;
  readonly backend: string;
  readonly socket: string;
}): string {
  return `daemon off;
pid nginx.pid;
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes auto;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${paths.folder}/body;
  proxy_temp_path ${paths.folder}/proxy;
  fastcgi_temp_path ${paths.folder}/fastcgi;
  uwsgi_temp_path ${paths.folder}/uwsgi;
  scgi_temp_path ${paths.folder}/scgi;
  server {
    listen 127.0.0.1:${paths.port};
    client_max_body_size 0;
    keepalive_requests 1000000;
    location = / { return 204; }
    location / {
      fastcgi_pass unix:${paths.socket};
      fastcgi_buffering off;
      fastcgi_request_buffering off;
      fastcgi_read_timeout 600s;
      fastcgi_param SCRIPT_FILENAME ${paths.backend};
      fastcgi_param GIT_PROJECT_ROOT ${paths.root};
      fastcgi_param GIT_HTTP_EXPORT_ALL 1;
      fastcgi_param GIT_PROTOCOL $http_git_protocol;
      fastcgi_param GIT_CONFIG_NOSYSTEM 1;
      fastcgi_param HOME ${paths.folder};
      fastcgi_param PATH_INFO $uri;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length;
      fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;
      fastcgi_param REMOTE_ADDR $remote_addr;
      fastcgi_param REMOTE_USER bench;
    }
  }
}
`;
}

async function programPath(name: 'nginx' | 'spawn-fcgi' | 'fcgiwrap'): Promise<string> {
  const program = await requireClient(name);
  if (!program.available) throw new Error(`${program.skipReason}: install nginx-light, fcgiwrap and spawn-fcgi`);
  return program.path;
}

/** In a process group of its own: fcgiwrap's workers outlive it. */
function startServer(command: string, args: readonly string[]): ChildProcess {
  const server = spawn(command, args, {
    env: minimalEnvironment(),
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  });
  process.prependListener('exit', () => {
    if (isRunning(server)) killGroup(server);
  });
  return server;
}

async function stopServer(server: ChildProcess): Promise<void> {
  if (!isRunning(server)) return;
  const exited = once(server, 'exit');
  server.kill('SIGTERM');
  await exited;
  killGroup(server);
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function isRunning(server: ChildProcess): boolean {
  return server.exitCode === null && server.signalCode === null;
}

async function until(condition: () => Promise<boolean>, server: ChildProcess): Promise<void> {
  const limit = Date.now() + START_LIMIT_MILLISECONDS;
  while (!(await condition())) {
    if (!isRunning(server)) throw new Error(`${server.spawnfile} did not start`);
    if (Date.now() > limit) throw new Error(`${server.spawnfile} did not get ready`);
    await delay(20);
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await once(probe.listen(0, '127.0.0.1'), 'listening');
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('The probe has no port');
  return address.port;
}
