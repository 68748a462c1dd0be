import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitClient } from '../../server/test/harness/git-client.ts';
import { compare, timed } from '../measurement.ts';
import type { Peer } from '../peers/peer.ts';
import type { RepositoryScenario } from './scenario.ts';

/**
 * How a repository ages: cloned after many pushes of one commit each, beside the same history that came in one push of a
 * freshly packed repository. Before each clone one more commit is pushed to both, so that no answer is remembered.
 */
export const manyPushes: RepositoryScenario = async ({ peers, repetitions, scratch, pushes }, repository) => {
  const client = join(scratch, 'growing.git');
  await cp(repository.source, client, { recursive: true });
  const servers = peers.filter((peer) => peer.speaksHttp);
  const [anyServer] = servers;
  if (anyServer === undefined) return [];
  const commits = await commitsOnMain(anyServer.git, client, pushes + repetitions);
  const grown = new Map<Peer, string>();
  const fresh = new Map<Peer, string>();
  for (const peer of servers) {
    const url = await peer.importRepository(`${repository.name}-grown`, repository.source);
    for (const commit of commits.slice(0, pushes)) await push(peer, client, commit, url);
    grown.set(peer, url);
  }
  await anyServer.git.output(['update-ref', 'refs/heads/main', commits[pushes - 1] ?? 'main'], { cwd: client });
  await anyServer.git.output(['update-ref', '-d', GROWING], { cwd: client });
  const packed = join(scratch, 'packed.git');
  await anyServer.git.output(['clone', '--quiet', '--mirror', '--no-local', client, packed]);
  await anyServer.git.output(['gc', '--quiet', '--prune=now'], { cwd: packed });
  for (const peer of servers) fresh.set(peer, await peer.importRepository(`${repository.name}-fresh`, packed));
  // In turn, so that a machine that turns busy slows both down.
  const variants = [grown, fresh].flatMap((urls, index) =>
    servers.map((peer) => ({ ...peer, name: `${index} ${peer.name}`, url: urls.get(peer) ?? '' })),
  );
  const measured = await compare(variants, repetitions, async (peer, repetition) => {
    const { url } = variants.find((variant) => variant === peer) ?? { url: '' };
    await push(peer, client, commits[pushes + repetition] ?? '', url);
    const target = join(scratch, 'clone.git');
    const seconds = await timed(() => peer.git.output(['clone', '--quiet', '--bare', url, target]));
    await rm(target, { recursive: true });
    return seconds;
  });
  const rows = [`clone after ${pushes} pushes`, 'clone of the same, freshly packed'].map((scenario, index) => {
    const own = [...measured].filter(([name]) => name.startsWith(`${index} `));
    const medians = new Map(own.map(([name, median]) => [name.slice(2), median]));
    return { scenario, repository: repository.label, unit: 's', repetitions, medians } as const;
  });
  for (const folder of [client, packed]) await rm(folder, { recursive: true });
  return rows;
};

const GROWING = 'refs/heads/growing';

/** A chain of commits on top of `main`, each with one new small file. */
async function commitsOnMain(git: GitClient, cwd: string, count: number): Promise<string[]> {
  const stream = Array.from({ length: count }, (_, number) => {
    const content = `${number} ${'line\n'.repeat(number % 50)}`;
    return (
      `commit ${GROWING}\ncommitter Bench <bench@example.com> ${1_700_000_000 + number} +0000\n` +
      `data 4\ngrow\n${number === 0 ? 'from refs/heads/main^0\n' : ''}` +
      `M 100644 inline grown/${number % 40}/${number}.txt\ndata ${content.length}\n${content}\n`
    );
  });
  await git.output(['fast-import', '--quiet'], { cwd, input: stream.join('') });
  return (await git.output(['rev-list', '--reverse', `main..${GROWING}`], { cwd })).trim().split('\n');
}

async function push({ git }: Peer, cwd: string, commit: string, url: string): Promise<void> {
  await git.output(['push', '--quiet', url, `${commit}:refs/heads/main`], { cwd });
}
