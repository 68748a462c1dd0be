import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { compare, timed } from '../measurement.ts';
import type { RepositoryScenario } from './scenario.ts';

const CLONES = 20;

/** As many real clients at once, as when a CI run starts; the clients' own work shares the machine with the server. */
export const parallelClones: RepositoryScenario = async ({ peers, repetitions, scratch }, repository) => {
  const servers = peers.filter((peer) => peer.speaksHttp);
  const medians = await compare(servers, repetitions, async (peer) => {
    const targets = Array.from({ length: CLONES }, (_, index) => join(scratch, `clone-${index}.git`));
    const seconds = await timed(() =>
      Promise.all(
        targets.map((target) => peer.git.output(['clone', '--quiet', '--bare', repository.urlOf(peer), target])),
      ),
    );
    await Promise.all(targets.map((target) => rm(target, { recursive: true })));
    return seconds;
  });
  return [{ scenario: `${CLONES} parallel clones`, repository: repository.label, unit: 's', repetitions, medians }];
};
