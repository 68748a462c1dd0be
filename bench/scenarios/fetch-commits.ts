import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { compare, type Median, timedOn } from '../measurement.ts';
import { OTHER_SERVERS, type Peer } from '../peers/peer.ts';
import { NewCommits } from './new-commits.ts';
import type { RepositoryScenario } from './scenario.ts';

const COMMITS = 100;
const CLIENTS = 20;

/**
 * A clone of the main branch that is behind by as many first-parent commits fetches them and the tags on them. It has the
 * older tags: without them it would ask for every one again, and negotiate once more for it.
 */
export const fetchCommits: RepositoryScenario = async (bench, repository) => {
  const { servers, repetitions, scratch, codekeep } = bench;
  const behind = join(scratch, 'behind.git');
  const cwd = repository.source;
  const base = await codekeep.git.output(['rev-parse', `main~${COMMITS}`], { cwd });
  const merged = ['for-each-ref', '--format=%(refname)', `--merged=${base}`, 'refs/tags'];
  const tags = (await codekeep.git.output(merged, { cwd })).split('\n');
  await codekeep.git.output(['init', '--quiet', '--bare', behind]);
  await codekeep.git.output(['push', '--quiet', behind, `${base}:refs/heads/main`, ...tags], { cwd });
  // A commit of their own that nobody has asked about, so that no answer is remembered.
  const commits = await NewCommits.on(bench, repository);
  const fetchers = async (peer: Peer, count: number): Promise<Median> => {
    const commit = await commits.make();
    const branch = `fetched-${commit}`;
    await commits.push(peer, repository.urlOf(peer), commit, branch);
    const clients = Array.from({ length: count }, (_, index) => join(scratch, `fetching-${index}.git`));
    for (const client of clients) await cp(behind, client, { recursive: true });
    const found = await timedOn(peer, () =>
      Promise.all(
        clients.map((cwd) =>
          peer.git.output(['fetch', '--quiet', repository.urlOf(peer), `refs/heads/${branch}:refs/heads/main`], {
            cwd,
          }),
        ),
      ),
    );
    for (const client of clients) await rm(client, { recursive: true });
    return found;
  };
  const alone = await compare(servers, repetitions, (peer) => fetchers(peer, 1));
  const together = await compare(servers, repetitions, (peer) => fetchers(peer, CLIENTS));
  await commits.remove();
  await rm(behind, { recursive: true });
  const common = { repository: repository.label, unit: 's', repetitions } as const;
  return [
    {
      ...common,
      scenario: `fetch of ${COMMITS} commits`,
      medians: alone,
      targets: [{ of: 'value', limit: 1.05, against: OTHER_SERVERS }],
    },
    {
      ...common,
      scenario: `the same fetch by ${CLIENTS} clients at once`,
      medians: together,
      targets: [{ of: 'processor', limit: 0.3, against: OTHER_SERVERS }],
    },
  ];
};
