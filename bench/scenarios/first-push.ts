import { compare, timed } from '../measurement.ts';
import type { RepositoryScenario } from './scenario.ts';

/** All branches and tags into an empty repository. */
export const firstPush: RepositoryScenario = async ({ peers, repetitions }, repository) => {
  const medians = await compare(peers, repetitions, async (peer, repetition) => {
    const name = `${repository.name}-push-${repetition}`;
    const url = await peer.createRepository(name);
    const seconds = await timed(() =>
      peer.git.output(['push', '--quiet', url, 'refs/heads/*:refs/heads/*', 'refs/tags/*:refs/tags/*'], {
        cwd: repository.source,
      }),
    );
    await peer.deleteRepository(name);
    return seconds;
  });
  return [{ scenario: 'first push of everything', repository: repository.label, unit: 's', repetitions, medians }];
};
