import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { listReferencesRequest } from '../git-requests.ts';
import { requestsPerSecond } from '../load.ts';
import { compare, type Median, type Row, timed, timedOn } from '../measurement.ts';
import { CODEKEEP } from '../peers/peer.ts';
import { NewCommits } from './new-commits.ts';
import type { RepositoryScenario } from './scenario.ts';

const PLAIN = 'Codekeep over plain HTTP';
// Many short ones in turn, because the machine's pace changes within a second by more than what is measured.
const PUSHES = 15;
const LISTS = 200;
/** Of a second. */
const RATES = 15;
/** After so many unmeasured ones the server's code for either way is compiled, as that of one which has run for a while. */
const FIRST_LISTS = 100;

interface Way {
  readonly name: string;
  readonly url: string;
}

/** What TLS costs, by the real client: the same requests to the same server. */
export const overTls: RepositoryScenario = async (bench, repository) => {
  const { codekeep, repetitions, scratch } = bench;
  const { git } = codekeep;
  const plainUrl = repository.urlOf(codekeep);
  const ways: readonly Way[] = [
    { name: CODEKEEP, url: codekeep.secureUrl(plainUrl) },
    { name: PLAIN, url: plainUrl },
  ];
  const commits = await NewCommits.on(bench, repository);
  const list = (url: string) => git.output(['ls-remote', url]);
  const row = async (
    scenario: string,
    times: number,
    measure: (way: Way, repetition: number) => Promise<Median>,
    of: Partial<Row> = {},
  ): Promise<Row> => ({
    scenario: `${scenario} over TLS`,
    repository: repository.label,
    unit: 's',
    repetitions: times,
    medians: await compare(ways, times, measure),
    targets: [{ of: 'value', limit: 1.3, against: [PLAIN] }],
    ...of,
  });
  const pushes = await row('push of one commit', PUSHES, async ({ name, url }, repetition) => {
    const commit = await commits.make();
    const branch = `tls-${repetition}-${name === PLAIN ? 'plain' : 'secure'}`;
    return timedOn(codekeep, () => commits.push(codekeep, url, commit, branch));
  });
  await codekeep.settled();
  const clones = await row('git clone', repetitions, async ({ url }) => {
    const target = join(scratch, 'clone.git');
    const found = await timedOn(codekeep, () => git.output(['clone', '--quiet', '--bare', url, target]));
    await rm(target, { recursive: true });
    return found;
  });
  for (const { url } of ways) {
    for (let listed = 0; listed < FIRST_LISTS; listed += 1) await list(url);
  }
  const lists = await row(
    'git ls-remote',
    LISTS,
    async ({ url }) => ({ value: 1_000 * (await timed(() => list(url))) }),
    { unit: 'ms' },
  );
  const rates = await row(
    'discovery, protocol 2, on kept connections',
    RATES,
    async ({ url }) => ({ value: await requestsPerSecond(listReferencesRequest(codekeep, url), scratch, 1) }),
    { unit: 'requests/s', targets: [{ of: 'value', limit: 1 / 1.3, against: [PLAIN] }] },
  );
  await commits.remove();
  return [pushes, clones, lists, rates];
};
