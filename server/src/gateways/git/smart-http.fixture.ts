import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fastify from 'fastify';
import type { Selectable } from 'kysely';
import { type databaseEngines, sqliteEngine } from '../../../test/harness/databases.ts';
import { insertAccount, insertRepository } from '../../../test/harness/repository-rows.ts';
import { temporaryFolder } from '../../../test/harness/temporary-folders.ts';
import type { RepositoryLimits } from '../../repositories/limits.ts';
import { type GitService, Repositories, type RepositoryHandle } from '../../repositories/repositories.ts';
import { FileBlobStore } from '../../storage/blobs/file-blob-store.ts';
import type { Database } from '../../storage/database/database.ts';
import type { PacksTable } from '../../storage/database/schema/repository-tables.ts';
import { parseRequestTarget } from '../request-target.ts';
import { refusalOf } from './git-errors.ts';
import { gitRouteOf } from './git-route.ts';
import { serveDiscovery, serveExchange } from './smart-http.ts';

interface GitResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A server of smart HTTP over real stores in a temporary folder, without accounts and permissions. */
export interface SmartHttpFixture {
  readonly folder: string;
  readonly url: string;
  readonly database: Database;
  readonly repositories: Repositories;
  /** Closes and opens the repositories: working copies and caches are gone. */
  restart(): Promise<void>;
  readonly warnings: string[];
  /** References that nobody may push. */
  readonly denied: Map<string, string>;
  /** Makes an empty repository; its URL is `url` + name. */
  makeRepository(name: string): Promise<RepositoryHandle>;
  /** Runs git with arguments in a folder; a status other than 0 throws unless `mayFail`. */
  git(directory: string, args: readonly string[], options?: GitOptions): Promise<GitResult>;
  /** A new non-bare repository in a folder of its own, with `origin` at the repository of that name. */
  makeClient(name: string): Promise<string>;
  /** Writes files and commits them; returns the commit's id. */
  commit(directory: string, files: Readonly<Record<string, string | Buffer>>): Promise<string>;
  /** Ids of the objects that the references of a client's repository reach, sorted. */
  objectsOf(directory: string): Promise<string[]>;
  /** The repository's list of packs, in the database. */
  listedPacks(handle: RepositoryHandle): Promise<Selectable<PacksTable>[]>;
  /** Names of everything below the node's folder of a kind. */
  leftovers(kind: 'incoming' | 'maintenance' | 'repositories'): Promise<string[]>;
  close(): Promise<void>;
}

interface GitOptions {
  readonly mayFail?: boolean;
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
}

interface FixtureOptions {
  readonly engine?: (typeof databaseEngines)[number] | undefined;
  readonly limits?: Partial<RepositoryLimits>;
  /** Awaited after each blob that is stored, before anything lists it. */
  readonly afterBlob?: () => Promise<void>;
}

export async function openSmartHttp(options: FixtureOptions = {}): Promise<SmartHttpFixture> {
  const { path: folder, remove } = await temporaryFolder('smart-http', { inMemory: true });
  const workingCopyRoot = join(folder, 'working');
  const { engine = sqliteEngine } = options;
  const { database, close } = await engine.open();
  await insertAccount(database);
  const warnings: string[] = [];
  const blobs = await FileBlobStore.open(join(folder, 'blobs'));
  const put = blobs.put.bind(blobs);
  blobs.put = async (...blob) => {
    await put(...blob);
    await options.afterBlob?.();
  };
  const openRepositories = () =>
    Repositories.open({
      database,
      blobs,
      workingCopyRoot,
      limits: options.limits ?? {},
      onWarning: (message, error) => warnings.push(error === undefined ? message : `${message}: ${error}`),
    });
  let repositories = await openRepositories();
  const handles = new Map<string, RepositoryHandle>();
  const denied = new Map<string, string>();
  const app = makeServer(() => repositories, handles, denied);
  const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/v1/repos/`;
  const git = (directory: string, args: readonly string[], options: GitOptions = {}) =>
    runGit(folder, directory, args, options);
  return {
    folder,
    url,
    database,
    get repositories() {
      return repositories;
    },
    async restart() {
      await repositories.close();
      repositories = await openRepositories();
    },
    warnings,
    denied,
    git,
    async makeRepository(name) {
      const handle = await insertRepository(database, name);
      handles.set(name, handle);
      return handle;
    },
    async makeClient(name) {
      const directory = await mkdtemp(join(folder, 'client-'));
      await git(directory, ['init', '-q', '-b', 'main']);
      await git(directory, ['remote', 'add', 'origin', url + name]);
      return directory;
    },
    async commit(directory, files) {
      for (const [name, content] of Object.entries(files)) {
        await mkdir(dirname(join(directory, name)), { recursive: true });
        await writeFile(join(directory, name), content);
      }
      await git(directory, ['add', '-A']);
      await git(directory, ['commit', '-q', '--allow-empty', '-m', `change ${Object.keys(files).join(' ')}`]);
      return (await git(directory, ['rev-parse', 'HEAD'])).stdout.trim();
    },
    async objectsOf(directory) {
      const list = await git(directory, ['rev-list', '--objects', '--no-object-names', '--all']);
      return list.stdout.split('\n').sort();
    },
    listedPacks: ({ repositoryId }) =>
      database
        .selectFrom('packs')
        .selectAll()
        .where('repository_id', '=', repositoryId)
        .where('dropped_at', 'is', null)
        .execute(),
    async leftovers(kind) {
      const [node] = await readdir(workingCopyRoot);
      return node === undefined ? [] : readdir(join(workingCopyRoot, node, kind));
    },
    async close() {
      await app.close();
      await repositories.close();
      await close();
      await remove();
    },
  };
}

function makeServer(
  current: () => Repositories,
  handles: ReadonlyMap<string, RepositoryHandle>,
  denied: ReadonlyMap<string, string>,
) {
  const app = fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.all('/v1/repos/*', async (request, reply) => {
    reply.hijack();
    const route = gitRouteOf(request.method, parseRequestTarget(request.method, request.url));
    const handle = 'repositoryName' in route ? handles.get(route.repositoryName) : undefined;
    if (!('service' in route) || handle === undefined) return reply.raw.writeHead(404).end();
    const service: GitService = route.service;
    const smart = {
      repositories: current(),
      handle,
      service,
      requestId: 'fixture',
      request: request.raw,
      response: reply.raw,
    };
    try {
      if (route.kind === 'discovery') await serveDiscovery(smart);
      else await serveExchange(smart, { denial: (name) => denied.get(name) });
    } catch (error) {
      const { status, message } = refusalOf(error, 'fixture');
      if (reply.raw.headersSent || reply.raw.destroyed) reply.raw.destroy();
      else reply.raw.writeHead(status, { 'Content-Type': 'text/plain' }).end(message);
    }
  });
  return app;
}

/** git as any user has it, apart from the configuration of whoever runs the tests. */
function runGit(home: string, directory: string, args: readonly string[], options: GitOptions): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      'git',
      args,
      {
        cwd: directory,
        maxBuffer: 256 * 1024 * 1024,
        env: {
          PATH: process.env.PATH,
          HOME: home,
          GIT_CONFIG_NOSYSTEM: '1',
          GIT_TERMINAL_PROMPT: '0',
          GIT_AUTHOR_NAME: 'Alice',
          GIT_AUTHOR_EMAIL: 'alice@example.com',
          GIT_COMMITTER_NAME: 'Alice',
          GIT_COMMITTER_EMAIL: 'alice@example.com',
          ...options.env,
        },
      },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        if (status === 0 || options.mayFail) resolve({ status, stdout, stderr });
        else reject(new Error(`git ${args.join(' ')} failed with status ${status}: ${stderr}`));
      },
    );
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input);
  });
}
