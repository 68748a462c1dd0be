import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { compare, timed } from '../measurement.ts';
import type { RepositoryScenario } from './scenario.ts';

const COMMITS = 100;

/** A clone of the main branch that is behind by as many first-parent commits fetches them and the tags on them. */
export const fetchCommits: RepositoryScenario = async ({ peers, repetitions, scratch }, repository) => {
  const behind = join(scratch, 'behind.git');
  const [anyPeer] = peers;
  if (anyPeer === undefined) return [];
  const { git } = anyPeer;
  const base = await git.output(['rev-parse', `main~${COMMITS}`], { cwd: repository.source });
  await git.output(['init', '--quiet', '--bare', behind]);
  await git.output(['push', '--quiet', behind, `${base}:refs/heads/main`], {
    cwd: repository.source,
  });

  const medians = await compare(peers, repetitions, async (peer) => {
    const client = join(scratch, 'fetching.git');
    await cp(behind, client, { recursive: true });
    const seconds = await timed(() =>
      peer.git.output(['fetch', '--quiet', repository.urlOf(peer), 'refs/heads/main:refs/heads/main'], { cwd: client }),
    );
    await rm(client, { recursive: true });
    return seconds;
  });
  await rm(behind, { recursive: true });
  return [{ scenario: `fetch of ${COMMITS} commits`, repository: repository.label, unit: 's', repetitions, medians }];
};
