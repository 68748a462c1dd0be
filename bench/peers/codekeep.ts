import { createGitUser, createRepository, deleteRepository } from '../../server/test/harness/account-setup.ts';
import { startCodekeep } from '../../server/test/harness/codekeep-server.ts';
import { gitClient } from '../../server/test/harness/git-client.ts';
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

  return {
    name: 'Codekeep',
    git,
    authorization: `Basic ${Buffer.from(`${user.userName}:${user.password}`).toString('base64')}`,
    speaksHttp: true,
    createRepository: (name) => createRepository(server, name),
    async importRepository(name, source) {
      const url = await createRepository(server, name);
      const references = (await git.output(['for-each-ref', '--format=%(refname)'], { cwd: source })).split('\n');
      for (let first = 0; first < references.length; first += REFERENCES_PER_PUSH) {
        const pushed = references.slice(first, first + REFERENCES_PER_PUSH).map((name) => `${name}:${name}`);
        await git.output(['-c', 'push.followTags=false', 'push', '--quiet', url, ...pushed], { cwd: source });
      }
      return url;
    },
    deleteRepository: (name) => deleteRepository(server, name),
    processorSeconds: () => processorAccount.seconds(),
    async stop() {
      await git.dispose();
      await server.dispose();
      await processorAccount.close();
    },
  };
}
