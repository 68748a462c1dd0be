import { randomBytes, randomUUID } from 'node:crypto';
import { cp, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type PackFile, PackStorage } from '../../server/src/repositories/pack-storage.ts';
import { FileBlobStore } from '../../server/src/storage/blobs/file-blob-store.ts';
import { minimalEnvironment } from '../../server/test/harness/clients.ts';
import { outputOf } from '../../server/test/harness/processes.ts';
import { temporaryFolder } from '../../server/test/harness/temporary-folders.ts';
import { compare, type Row, timed } from '../measurement.ts';
import { CODEKEEP } from '../peers/peer.ts';
import type { RepositoryScenario } from './scenario.ts';

const COPY = 'cp';
const RESOLUTION_MS = 1;

/**
 * A working copy from nothing: every file of the packs decrypted from the store into memory, beside `cp` of the same
 * files from the same disk.
 */
export const hydration: RepositoryScenario = async ({ repetitions, scratch }, repository) => {
  const folder = await temporaryFolder('hydration');
  const storage = new PackStorage(await FileBlobStore.open(join(folder.path, 'blobs')));
  const handle = { repositoryId: randomUUID(), dataKey: randomBytes(32) };
  const packId = randomUUID();
  const plain = join(folder.path, 'plain');
  await cp(join(repository.source, 'objects', 'pack'), plain, { recursive: true });
  const files = (await readdir(plain)).filter((name) => /\.(pack|idx|rev|bitmap)$/.test(name));
  const bytes = (await stat(join(plain, files.find((name) => name.endsWith('.pack')) ?? ''))).size;
  const kindOf = (name: string) => name.slice(name.lastIndexOf('.') + 1) as PackFile;
  for (const name of files) await storage.store(handle, packId, kindOf(name), join(plain, name));
  const target = join(scratch, 'hydrated');
  const holds: number[] = [];
  const ways = [
    {
      name: CODEKEEP,
      async bring() {
        const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
        delay.enable();
        const blobs = files.map((name) => ({ kind: kindOf(name), file: join(target, name) }));
        await storage.fetch(handle, packId, blobs, bytes);
        delay.disable();
        holds.push(delay.max / 1e6);
      },
    },
    {
      name: COPY,
      bring: () => outputOf('cp', [...files.map((name) => join(plain, name)), target], { env: minimalEnvironment() }),
    },
  ];
  const medians = await compare(ways, repetitions, async ({ bring }) => {
    await mkdir(target);
    const value = await timed(bring);
    await rm(target, { recursive: true });
    return { value };
  });
  await storage.close();
  await folder.remove();
  const common = { repository: repository.label, repetitions };
  const rows: Row[] = [
    {
      ...common,
      scenario: 'working copy from nothing',
      unit: 's',
      medians,
      targets: [{ of: 'value', limit: 2, against: [COPY] }],
    },
    {
      ...common,
      scenario: 'the longest that this holds the event loop',
      unit: 'ms',
      medians: { [CODEKEEP]: { value: Math.max(...holds) } },
      targets: [{ of: 'value', limit: 20, against: [] }],
    },
  ];
  return rows;
};
