import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { compare, type Row, timedOn } from '../measurement.ts';
import { LOCAL_FILES, OTHER_SERVERS } from '../peers/peer.ts';
import { NewCommits } from './new-commits.ts';
import type { RepositoryScenario } from './scenario.ts';

const CLONES = 20;

/** End to end with the real client: `git clone --bare` into memory, as compaction has left it, and after a push. */
export const clone: RepositoryScenario = async (bench, repository) => {
  const { peers, repetitions, scratch } = bench;
  const commits = await NewCommits.on(bench, repository);
  const rows: Row[] = [];
  for (const [scenario, isNew] of [
    ['git clone, one', false],
    ['git clone, one, nothing cached', true],
  ] as const) {
    const target = join(scratch, 'clone.git');
    const medians = await compare(peers, repetitions, async (peer, repetition) => {
      if (isNew) await commits.push(peer, repository.urlOf(peer), await commits.make(), `cloned-${repetition}`);
      const found = await timedOn(peer, () =>
        peer.git.output(['clone', '--quiet', '--bare', repository.urlOf(peer), target]),
      );
      await rm(target, { recursive: true });
      return found;
    });
    rows.push({
      scenario,
      repository: repository.label,
      unit: 's',
      repetitions,
      medians,
      targets: [{ of: 'value', limit: 1.05, against: [LOCAL_FILES] }],
    });
  }
  await commits.remove();
  return rows;
};

/** As many real clients at once, as when a CI run starts; the clients' own work shares the machine with the server. */
export const parallelClones: RepositoryScenario = async (bench, repository) => {
  const { servers, repetitions, scratch } = bench;
  const commits = await NewCommits.on(bench, repository);
  const medians = await compare(servers, repetitions, async (peer, repetition) => {
    const url = repository.urlOf(peer);
    await commits.push(peer, url, await commits.make(), `cloned-by-many-${repetition}`);
    const targets = Array.from({ length: CLONES }, (_, index) => join(scratch, `clone-${index}.git`));
    const found = await timedOn(peer, () =>
      Promise.all(targets.map((target) => peer.git.output(['clone', '--quiet', '--bare', url, target]))),
    );
    await Promise.all(targets.map((target) => rm(target, { recursive: true })));
    return found;
  });
  await commits.remove();
  return [
    {
      scenario: `git clone, ${CLONES} at once, nothing cached`,
      repository: repository.label,
      unit: 's',
      repetitions,
      medians,
      targets: [{ of: 'value', limit: 0.85, against: OTHER_SERVERS }],
    },
  ];
};
