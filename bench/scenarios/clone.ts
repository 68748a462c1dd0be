import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { compare, timed } from '../measurement.ts';
import type { RepositoryScenario } from './scenario.ts';

/** End to end with the real client: `git clone --bare` into memory. */
export const clone: RepositoryScenario = async ({ peers, repetitions, scratch }, repository) => {
  const medians = await compare(peers, repetitions, async (peer) => {
    const target = join(scratch, 'clone.git');
    const seconds = await timed(() => peer.git.output(['clone', '--quiet', '--bare', repository.urlOf(peer), target]));
    await rm(target, { recursive: true });
    return seconds;
  });
  return [{ scenario: 'clone', repository: repository.label, unit: 's', repetitions, medians }];
};
