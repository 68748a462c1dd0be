import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { compare, timed } from '../measurement.ts';
import type { Peer } from '../peers/peer.ts';
import type { RepositoryScenario } from './scenario.ts';

/** One commit that adds one small file, pushed to a branch of its own on top of the history. */
export const pushCommit: RepositoryScenario = async ({ peers, repetitions, scratch }, repository) => {
  const client = join(scratch, 'pushing.git');
  await cp(repository.source, client, { recursive: true });
  const medians = await compare(peers, repetitions, async (peer, repetition) => {
    const commit = await commitOnMain(peer, client, `${peer.name} ${repetition}`);
    const url = repository.urlOf(peer);
    return timed(() =>
      peer.git.output(['push', '--quiet', url, `${commit}:refs/heads/pushed-${repetition}`], { cwd: client }),
    );
  });
  await rm(client, { recursive: true });
  return [{ scenario: 'push of one commit', repository: repository.label, unit: 's', repetitions, medians }];
};

async function commitOnMain({ git }: Peer, cwd: string, content: string): Promise<string> {
  const env = { GIT_INDEX_FILE: join(cwd, 'pushing.index') };
  const blob = await git.output(['hash-object', '-w', '--stdin'], { cwd, input: content });
  await git.output(['read-tree', 'main'], { cwd, env });
  await git.output(['update-index', '--add', '--cacheinfo', `100644,${blob},src/pushed.txt`], { cwd, env });
  const tree = await git.output(['write-tree'], { cwd, env });
  return git.output(['commit-tree', tree, '-p', 'main', '-m', content], { cwd });
}
