import { compare, timedOn } from '../measurement.ts';
import { CODEKEEP, HTTP_BACKEND } from '../peers/peer.ts';
import { NewCommits } from './new-commits.ts';
import type { RepositoryScenario } from './scenario.ts';

const AT_ONCE = 8;
const HEADER = 'Codekeep, credentials sent at once';

/** One commit that adds one small file, pushed to a branch of its own on top of the history; then several at once. */
export const pushCommit: RepositoryScenario = async (bench, repository) => {
  const { codekeep, servers, repetitions } = bench;
  const commits = await NewCommits.on(bench, repository);
  const one = await compare(servers, repetitions, async (peer, repetition) => {
    const commit = await commits.make();
    return timedOn(peer, () => commits.push(peer, repository.urlOf(peer), commit, `pushed-${repetition}`));
  });
  const clients = [
    { name: CODEKEEP, git: codekeep.gitWithHelper },
    { name: HEADER, git: codekeep.git },
  ];
  const withHelper = await compare(clients, repetitions, async ({ name, git }, repetition) => {
    const commit = await commits.make();
    const branch = `pushed-${repetition}-${name === HEADER ? 'header' : 'helper'}`;
    return timedOn(codekeep, () => commits.push({ git }, repository.urlOf(codekeep), commit, branch));
  });
  const several = await compare(servers, repetitions, async (peer, repetition) => {
    const made: string[] = [];
    for (let index = 0; index < AT_ONCE; index += 1) made.push(await commits.make());
    const found = await timedOn(peer, () =>
      Promise.all(
        made.map((commit, index) =>
          commits.push(peer, repository.urlOf(peer), commit, `pushed-${repetition}-at-once-${index}`),
        ),
      ),
    );
    await peer.settled();
    return found;
  });
  await commits.remove();
  const common = { repository: repository.label, unit: 's', repetitions } as const;
  return [
    {
      ...common,
      scenario: 'push of one commit',
      medians: one,
      targets: [{ of: 'value', limit: 0.95, against: [HTTP_BACKEND] }],
    },
    { ...common, scenario: 'push of one commit with a credential helper', medians: withHelper },
    {
      ...common,
      scenario: `push of one commit by ${AT_ONCE} clients at once`,
      medians: several,
      targets: [{ of: 'value', limit: 1, against: [HTTP_BACKEND] }],
    },
  ];
};
