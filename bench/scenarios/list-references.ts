import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { advertisementRequest, listReferencesRequest } from '../git-requests.ts';
import { requestsPerSecond } from '../load.ts';
import { compare, type Row } from '../measurement.ts';
import type { Bench } from './scenario.ts';

const REFERENCE_COUNTS = [10, 10_000];

/** What `git ls-remote`, every poll of a CI system and the start of every fetch ask, as often as it goes. */
export async function listReferences({ peers, repetitions, scratch }: Bench): Promise<readonly Row[]> {
  const servers = peers.filter((peer) => peer.speaksHttp);
  const rows: Row[] = [];
  for (const count of REFERENCE_COUNTS) {
    const source = join(scratch, 'references.git');
    const name = `references-${count}`;
    await makeReferences(servers[0]?.git, source, count);
    const urls = new Map<string, string>();
    for (const peer of servers) urls.set(peer.name, await peer.importRepository(name, source));
    await rm(source, { recursive: true });
    for (const [scenario, requestOf] of [
      ['ls-remote, v0 info/refs', advertisementRequest],
      ['ls-remote, v2 ls-refs', listReferencesRequest],
    ] as const) {
      const medians = await compare(servers, repetitions, (peer) =>
        requestsPerSecond(requestOf(peer, urls.get(peer.name) ?? ''), scratch),
      );
      rows.push({
        scenario,
        repository: `${count.toLocaleString('en')} references`,
        unit: 'requests/s',
        repetitions,
        medians,
      });
    }
    for (const peer of servers) await peer.deleteRepository(name);
  }
  return rows;
}

async function makeReferences(
  git: Bench['peers'][number]['git'] | undefined,
  path: string,
  count: number,
): Promise<void> {
  if (git === undefined) throw new Error('There is no server to measure');
  await git.output(['init', '--quiet', '--bare', path]);
  const tree = await git.output(['mktree'], { cwd: path, input: '' });
  const commit = await git.output(['commit-tree', tree, '-m', 'Referenced'], { cwd: path });
  const updates = Array.from({ length: count }, (_, index) => `create refs/heads/branch-${index} ${commit}\n`);
  await git.output(['update-ref', '--stdin'], { cwd: path, input: updates.join('') });
  await git.output(['pack-refs', '--all'], { cwd: path });
}
