import { createGitUser, createRepository, deleteRepository } from '../../server/test/harness/account-setup.ts';
import { startCodekeep } from '../../server/test/harness/codekeep-server.ts';
import { gitClient } from '../../server/test/harness/git-client.ts';
import { createReferencesRequest } from '../git-requests.ts';
import { openProcessorAccount } from '../processor-time.ts';
import type { Peer } from './peer.ts';

/** CodeCommit refuses a push of more than 4,000 references. */
const REFERENCES_PER_PUSH = 4_000;

/** A real Codekeep process on its defaults: SQLite, file system, encryption, Git credentials. */
export async function startCodekeepPeer(): Promise<Peer> {
  const server = await startCodekeep({ settings: { CODEKEEP_LOG_LEVEL: 'warn' } });
  const processorAccount = openProcessorAccount('codekeep', [server.pid]);
  const user = await createGitUser(server, 'bench');
  const git = await gitClient([user]);

  const peer: Peer = {
    name: 'Codekeep',
    git,
    authorization: `Basic ${Buffer.from(`${user.userName}:${user.password}`).toString('base64')}`,
    speaksHttp: true,
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
      return url;
    },
    deleteRepository: (name) => deleteRepository(server, name),
    processorSeconds: () => processorAccount.seconds(),
    async stop() {
      await git.dispose();
      await server.dispose();
      processorAccount.close();
    },
  };
  return peer;
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
