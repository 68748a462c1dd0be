import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { planCompaction, planDeltaSearch } from '../../server/src/repositories/compaction-plan.ts';
import { DEFAULT_LIMITS } from '../../server/src/repositories/limits.ts';
import { listPacks } from '../../server/src/repositories/working-copy.ts';
import { openDatabaseToRead } from '../../server/src/storage/database/database.ts';
import { createGitUser, createRepository, deleteRepository } from '../../server/test/harness/account-setup.ts';
import { type CodekeepServer, startCodekeep } from '../../server/test/harness/codekeep-server.ts';
import { type GitClient, gitClient } from '../../server/test/harness/git-client.ts';
import { createReferencesRequest } from '../git-requests.ts';
import { openProcessorAccount } from '../processor-time.ts';
import { CODEKEEP, type Peer } from './peer.ts';

/** CodeCommit refuses a push of more than 4,000 references. */
const REFERENCES_PER_PUSH = 4_000;
const SETTLED_PAUSE_MS = 100;
/** A compaction's steps are processes with pauses between them. */
const QUIET_PAUSES = 3;

export interface CodekeepPeer extends Peer {
  /**
   * With a credential helper, which git asks after it has been refused once: one more request and two more processes of
   * the client. {@link git} sends its credentials at once, as CI runners do, so that servers are compared and not helpers.
   */
  readonly gitWithHelper: GitClient;
  /** The same over TLS. */
  secureUrl(url: string): string;
}

/** A real Codekeep process on its defaults, but for the throttle: SQLite, file system, encryption, Git credentials. */
export async function startCodekeepPeer(): Promise<CodekeepPeer> {
  // Its limit of 5,000 requests a second for one user is below what is measured.
  const server = await startCodekeep({ settings: { CODEKEEP_LOG_LEVEL: 'warn', CODEKEEP_REQUEST_RATE: 'off' } });
  const processorAccount = openProcessorAccount('codekeep', [server.pid]);
  const user = await createGitUser(server, 'bench');
  const authorization = `Basic ${Buffer.from(`${user.userName}:${user.password}`).toString('base64')}`;
  const gitWithHelper = await gitClient([user]);
  const git = await gitClient();
  await git.output(['config', '--global', 'http.sslCAInfo', server.certificateAuthority]);
  // Or it reads the machine's hundreds of certificates too, for 66 ms, whichever server it talks to.
  const noCertificates = join(git.home, 'no-certificates');
  await mkdir(noCertificates);
  await git.output(['config', '--global', 'http.sslCAPath', noCertificates]);
  // In the file, because a process list shows arguments.
  const header = `[http]\n\textraHeader = Authorization: ${authorization}\n`;
  await appendFile(join(git.home, '.gitconfig'), header);

  const peer: CodekeepPeer = {
    name: CODEKEEP,
    git,
    gitWithHelper,
    authorization,
    protocol: 'http',
    createRepository: (name) => createRepository(server, name),
    async importRepository(name, source) {
      const url = await createRepository(server, name);
      const listed = await git.output(['for-each-ref', '--format=%(refname) %(objectname)'], { cwd: source });
      const references = listed.split('\n').map((line) => line.split(' ') as [string, string]);
      const isOnePush = references.length <= REFERENCES_PER_PUSH;
      const [byGit, byHand] = isOnePush ? ['refs/*:refs/*', []] : [references[0]?.[0] ?? '', references.slice(1)];
      await git.output(['push', '--quiet', url, byGit], { cwd: source });
      for (let first = 0; first < byHand.length; first += REFERENCES_PER_PUSH) {
        await pushReferences(peer, url, byHand.slice(first, first + REFERENCES_PER_PUSH));
      }
      await settled(server);
      return url;
    },
    deleteRepository: (name) => deleteRepository(server, name),
    settled: () => settled(server),
    processorSeconds: () => processorAccount.seconds(),
    secureUrl: (url) => url.replace(server.url, server.secureUrl),
    async stop() {
      await git.dispose();
      await gitWithHelper.dispose();
      await server.dispose();
      processorAccount.close();
    },
  };
  return peer;
}

/** Waits until no compaction is called for, none runs, and what it makes ready for the next clone is ready. */
async function settled(server: CodekeepServer): Promise<void> {
  for (let quiet = 0; quiet < QUIET_PAUSES; quiet += 1) {
    if ((await isWorking(server)) || (await needsCompaction(server))) quiet = -1;
    await delay(SETTLED_PAUSE_MS);
  }
}

/** Readers of single objects stay for the next question. */
async function isWorking(server: CodekeepServer): Promise<boolean> {
  const commands = await Promise.all(
    (await server.startedProcesses()).map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return commands.some((command) => command !== '' && !command.includes('\0cat-file\0'));
}

async function needsCompaction(server: CodekeepServer): Promise<boolean> {
  const database = openDatabaseToRead({ sqliteFile: join(server.dataDir, 'codekeep.sqlite') });
  try {
    const repositories = await database.selectFrom('repositories').select('repository_id').execute();
    for (const { repository_id: repositoryId } of repositories) {
      const packs = await listPacks(database, repositoryId);
      const plan = planCompaction(packs, 'push', DEFAULT_LIMITS.packsBeforeCompaction) ?? planDeltaSearch(packs);
      if (plan !== undefined) return true;
    }
    return false;
  } finally {
    await database.destroy();
  }
}

/** Without git, which takes minutes for thousands of references; what they point to must have been pushed. */
async function pushReferences(peer: Peer, url: string, references: readonly (readonly [string, string])[]) {
  const request = createReferencesRequest(peer, url, references);
  const body = request.body === undefined ? null : new Uint8Array(request.body);
  const answer = await fetch(request.url, { method: request.method, headers: request.headers, body });
  const report = await answer.text();
  const accepted = report.match(/^[0-9a-f]{4}ok refs\//gm)?.length ?? 0;
  if (accepted !== references.length)
    throw new Error(`${url} accepted ${accepted} references: ${report.slice(0, 500)}`);
}
