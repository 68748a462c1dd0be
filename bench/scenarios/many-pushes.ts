import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitClient } from '../../server/test/harness/git-client.ts';
import { compare, type Row, timedOn } from '../measurement.ts';
import { CODEKEEP } from '../peers/peer.ts';
import type { RepositoryScenario } from './scenario.ts';

const FRESHLY_PACKED = 'Codekeep, freshly packed';
const GROWING = 'refs/heads/growing';

/**
 * How a repository ages: cloned after many pushes of one commit each, beside the same history that came in one push of a
 * freshly packed repository. Before each clone one more commit is pushed to both, so that no answer is remembered.
 */
export const manyPushes: RepositoryScenario = async ({ codekeep, repetitions, scratch, pushes }, repository) => {
  const { git } = codekeep;
  const client = join(scratch, 'growing.git');
  await cp(repository.source, client, { recursive: true });
  const commits = await commitsOnMain(git, client, pushes + repetitions);
  const push = (commit: string, url: string) =>
    git.output(['push', '--quiet', url, `${commit}:refs/heads/main`], { cwd: client });
  const grown = await codekeep.importRepository(`${repository.name}-grown`, repository.source);
  for (const commit of commits.slice(0, pushes)) await push(commit, grown);
  await codekeep.settled();
  await git.output(['update-ref', 'refs/heads/main', commits[pushes - 1] ?? 'main'], { cwd: client });
  await git.output(['update-ref', '-d', GROWING], { cwd: client });
  const packed = join(scratch, 'packed.git');
  await git.output(['clone', '--quiet', '--mirror', '--no-local', client, packed]);
  await git.output(['gc', '--quiet', '--prune=now'], { cwd: packed });
  const fresh = await codekeep.importRepository(`${repository.name}-fresh`, packed);
  const variants = [
    { name: CODEKEEP, url: grown },
    { name: FRESHLY_PACKED, url: fresh },
  ];
  // In turn, so that a machine that turns busy slows both down.
  const medians: Row['medians'] = await compare(variants, repetitions, async ({ url }, repetition) => {
    await push(commits[pushes + repetition] ?? '', url);
    const target = join(scratch, 'clone.git');
    const found = await timedOn(codekeep, () => git.output(['clone', '--quiet', '--bare', url, target]));
    await rm(target, { recursive: true });
    return found;
  });
  for (const folder of [client, packed]) await rm(folder, { recursive: true });
  return [
    {
      scenario: `git clone after ${pushes.toLocaleString('en')} pushes`,
      repository: repository.label,
      unit: 's',
      repetitions,
      medians,
      targets: [{ of: 'value', limit: 1.1, against: [FRESHLY_PACKED] }],
    },
  ];
};

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
