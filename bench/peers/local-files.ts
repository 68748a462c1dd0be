import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gitClient } from '../../server/test/harness/git-client.ts';
import { temporaryFolder } from '../../server/test/harness/temporary-folders.ts';
import { bareRepositories } from './bare-repositories.ts';
import { LOCAL_FILES, type Peer } from './peer.ts';

/** `file://`: git's own work on both sides without any server, the floor that no server gets under without a cache. */
export async function openLocalFiles(): Promise<Peer> {
  const folder = await temporaryFolder('local');
  const git = await gitClient();
  return {
    name: LOCAL_FILES,
    git,
    protocol: 'file',
    ...bareRepositories(git, folder.path, (name) => pathToFileURL(join(folder.path, `${name}.git`)).href),
    processorSeconds: () => undefined,
    async stop() {
      await git.dispose();
      await folder.remove();
    },
  };
}
