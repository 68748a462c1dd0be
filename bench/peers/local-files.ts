import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gitClient } from '../../server/test/harness/git-client.ts';
import { temporaryFolder } from '../../server/test/harness/temporary-folders.ts';
import type { Peer } from './peer.ts';

/** `file://`: git's own work on both sides without any server, the floor that no server gets under without a cache. */
export async function openLocalFiles(): Promise<Peer> {
  const folder = await temporaryFolder('local');
  const git = await gitClient();
  const pathOf = (name: string) => join(folder.path, `${name}.git`);
  return {
    name: 'file:// (floor)',
    git,
    speaksHttp: false,
    async createRepository(name) {
      await git.output(['init', '--quiet', '--bare', pathOf(name)]);
      return pathToFileURL(pathOf(name)).href;
    },
    async importRepository(name, source) {
      await cp(source, pathOf(name), { recursive: true });
      return pathToFileURL(pathOf(name)).href;
    },
    deleteRepository: (name) => rm(pathOf(name), { recursive: true }),
    processorSeconds: () => undefined,
    async stop() {
      await git.dispose();
      await folder.remove();
    },
  };
}
