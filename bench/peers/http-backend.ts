import { access, cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requireClient } from '../../server/test/harness/clients.ts';
import { gitClient } from '../../server/test/harness/git-client.ts';
import { temporaryFolder } from '../../server/test/harness/temporary-folders.ts';
import { openProcessorAccount } from '../processor-time.ts';
import { bareRepositories } from './bare-repositories.ts';
import { HTTP_BACKEND, type Peer } from './peer.ts';
import { freePort, ready, startServer, stopServer } from './processes.ts';

const FCGIWRAP_WORKERS = 24;

/** nginx in front of git, and of plain files. */
export interface HttpBackend extends Peer {
  /** Makes a file one that nginx serves itself, and returns its URL. */
  serveFile(name: string, file: string): Promise<string>;
}

/** `git http-backend` behind nginx and fcgiwrap, without authentication: what a team would set up by hand. */
export async function startHttpBackend(): Promise<HttpBackend> {
  const [nginx, spawnFcgi, fcgiwrap] = await Promise.all([
    programPath('nginx'),
    programPath('spawn-fcgi'),
    programPath('fcgiwrap'),
  ]);
  const folder = await temporaryFolder('nginx');
  const git = await gitClient();
  const root = join(folder.path, 'repositories');
  const files = join(folder.path, 'files');
  for (const path of [root, files]) await mkdir(path);
  const backend = join(await git.output(['--exec-path']), 'git-http-backend');
  const socket = join(folder.path, 'fcgi.socket');
  const port = await freePort();
  const configuration = nginxConfiguration({ folder: folder.path, port, root, files, backend, socket });
  await writeFile(join(folder.path, 'nginx.conf'), configuration);

  const spawning = ['-s', socket, '-M', '600', '-n', '--', fcgiwrap, '-c', String(FCGIWRAP_WORKERS)];
  const workers = startServer(spawnFcgi, spawning);
  await ready(workers, () => exists(socket));
  const proxy = startServer(nginx, ['-p', folder.path, '-e', 'stderr', '-c', join(folder.path, 'nginx.conf')]);
  const address = `http://127.0.0.1:${port}`;
  await ready(proxy, () => answers(address));
  const roots = [proxy.pid, workers.pid].filter((pid) => pid !== undefined);
  const processorAccount = openProcessorAccount('nginx', roots);

  return {
    name: HTTP_BACKEND,
    git,
    protocol: 'http',
    ...bareRepositories(git, root, (name) => `${address}/${name}.git`),
    processorSeconds: () => processorAccount.seconds(),
    async serveFile(name, file) {
      await cp(file, join(files, name));
      return `${address}/files/${name}`;
    },
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
  readonly files: string;
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
  sendfile on;
  tcp_nopush on;
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
    location /files/ { root ${paths.folder}; }
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
