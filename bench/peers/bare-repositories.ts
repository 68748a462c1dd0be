import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitClient } from '../../server/test/harness/git-client.ts';
import type { Peer } from './peer.ts';

/** Repositories as a team keeps them by hand: bare ones in a folder, which check what is pushed. */
export function bareRepositories(
  git: GitClient,
  folder: string,
  urlOf: (name: string) => string,
): Pick<Peer, 'createRepository' | 'importRepository' | 'deleteRepository' | 'settled'> {
  const pathOf = (name: string) => join(folder, `${name}.git`);
  const checkWhatIsPushed = (path: string) => git.output(['config', 'receive.fsckObjects', 'true'], { cwd: path });
  return {
    async createRepository(name) {
      await git.output(['init', '--quiet', '--bare', pathOf(name)]);
      await checkWhatIsPushed(pathOf(name));
      return urlOf(name);
    },
    async importRepository(name, source) {
      await cp(source, pathOf(name), { recursive: true });
      await checkWhatIsPushed(pathOf(name));
      return urlOf(name);
    },
    deleteRepository: (name) => rm(pathOf(name), { recursive: true }),
    settled: () => Promise.resolve(),
  };
}
