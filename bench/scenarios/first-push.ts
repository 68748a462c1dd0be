import { randomBytes, randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PackStorage } from '../../server/src/repositories/pack-storage.ts';
import { FileBlobStore } from '../../server/src/storage/blobs/file-blob-store.ts';
import { temporaryFolder } from '../../server/test/harness/temporary-folders.ts';
import { compare, median, type Row, timed, timedOn } from '../measurement.ts';
import { CODEKEEP, OTHER_SERVERS } from '../peers/peer.ts';
import type { RepositoryScenario } from './scenario.ts';

/** All branches and tags into an empty repository. */
export const firstPush: RepositoryScenario = async ({ servers, repetitions }, repository) => {
  const medians = await compare(servers, repetitions, async (peer, repetition) => {
    const name = `${repository.name}-push-${repetition}`;
    const url = await peer.createRepository(name);
    const found = await timedOn(peer, () =>
      peer.git.output(['push', '--quiet', url, 'refs/heads/*:refs/heads/*', 'refs/tags/*:refs/tags/*'], {
        cwd: repository.source,
      }),
    );
    await peer.deleteRepository(name);
    await peer.settled();
    return found;
  });
  const common = { repository: repository.label, repetitions };
  const push: Row = {
    ...common,
    scenario: 'first push of everything',
    unit: 's',
    medians,
    targets: [{ of: 'value', limit: 1.1, against: OTHER_SERVERS }],
  };
  const whole = medians[CODEKEEP]?.value;
  if (whole === undefined) return [push];
  const share = (await storingSeconds(repository.source, repetitions)) / whole;
  return [
    push,
    {
      ...common,
      scenario: 'of that, encryption and flush of the same pack',
      unit: '%',
      medians: { [CODEKEEP]: { value: share * 100 } },
      targets: [{ of: 'value', limit: 5, against: [] }],
    },
  ];
};

/** How long the same pack and its index take to be encrypted and flushed. */
async function storingSeconds(source: string, repetitions: number): Promise<number> {
  const folder = await temporaryFolder('storing');
  const blobs = await FileBlobStore.open(join(folder.path, 'blobs'));
  const storage = new PackStorage(blobs);
  const handle = { repositoryId: randomUUID(), dataKey: randomBytes(32) };
  const packs = join(source, 'objects', 'pack');
  const names = (await readdir(packs)).filter((name) => /\.(pack|idx)$/.test(name));
  const samples: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    const packId = randomUUID();
    const store = (name: string) =>
      storage.store(handle, packId, name.endsWith('.idx') ? 'idx' : 'pack', join(packs, name));
    samples.push(await timed(() => Promise.all(names.map(store))));
    await storage.remove(handle.repositoryId, packId, ['pack', 'idx']);
  }
  await storage.close();
  await folder.remove();
  return median(samples);
}
