import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitClient } from '../../server/test/harness/git-client.ts';
import { advertisementRequest, listReferencesRequest } from '../git-requests.ts';
import { daemonRequestsPerSecond, requestsPerSecond } from '../load.ts';
import { compare, type Row } from '../measurement.ts';
import { OTHER_SERVERS } from '../peers/peer.ts';
import type { Bench } from './scenario.ts';

/** References, and how many times the best peer's rate is to be reached. */
const COUNTS = [
  [10, 20],
  [10_000, 15],
] as const;

/** What `git ls-remote`, every poll of a CI system and the start of every fetch ask, as often as it goes. */
export async function listReferences({ codekeep, servers, repetitions, scratch }: Bench): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const [count, limit] of COUNTS) {
    const source = join(scratch, 'references.git');
    const name = `references-${count}`;
    await makeReferences(codekeep.git, source, count);
    const urls = new Map<string, string>();
    for (const peer of servers) urls.set(peer.name, await peer.importRepository(name, source));
    await rm(source, { recursive: true });
    for (const version of [0, 2] as const) {
      const medians = await compare(servers, repetitions, async (peer) => {
        const url = urls.get(peer.name) ?? '';
        const request = version === 0 ? advertisementRequest(peer, url) : listReferencesRequest(peer, url);
        const isDaemon = peer.protocol === 'git';
        return {
          value: await (isDaemon ? daemonRequestsPerSecond(request, version) : requestsPerSecond(request, scratch)),
        };
      });
      rows.push({
        scenario: `discovery, protocol ${version}`,
        repository: `${count.toLocaleString('en')} references`,
        unit: 'requests/s',
        repetitions,
        medians,
        targets: [{ of: 'value', limit, against: OTHER_SERVERS }],
      });
    }
    for (const peer of servers) await peer.deleteRepository(name);
  }
  return rows;
}

async function makeReferences(git: GitClient, path: string, count: number): Promise<void> {
  await git.output(['init', '--quiet', '--bare', path]);
  const tree = await git.output(['mktree'], { cwd: path, input: '' });
  const commit = await git.output(['commit-tree', tree, '-m', 'Referenced'], { cwd: path });
  const updates = Array.from({ length: count }, (_, index) => `create refs/heads/branch-${index} ${commit}\n`);
  await git.output(['update-ref', '--stdin'], { cwd: path, input: updates.join('') });
  await git.output(['pack-refs', '--all'], { cwd: path });
}
