import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gitClient } from '../server/test/harness/git-client.ts';
import { createHistory, type HistoryShape } from '../server/test/harness/histories.ts';

/** Kept over runs, because the large ones take minutes to make. */
const KEPT = join(tmpdir(), 'codekeep-bench-histories');

/** Of about 10, 80 and 300 MB. */
export const HISTORIES = {
  small: { seed: 1, commits: 2_000, files: 40, binaryBytes: 0 },
  medium: { seed: 2, commits: 8_500, files: 1_000, binaryBytes: 18_000_000 },
  large: { seed: 2, commits: 20_000, files: 3_000, binaryBytes: 150_000_000 },
} satisfies Record<string, HistoryShape>;
export type Size = keyof typeof HISTORIES;

/** A bare repository of that size as `git gc` leaves it, with a bitmap. @returns its path */
export async function historyOf(size: Size): Promise<string> {
  const shape = HISTORIES[size];
  const digest = createHash('sha256').update(JSON.stringify(shape)).digest('hex').slice(0, 16);
  const path = join(KEPT, `${size}-${digest}.git`);
  if (await exists(path)) return path;
  await mkdir(KEPT, { recursive: true });
  const making = await mkdtemp(join(KEPT, 'making-'));
  try {
    const repository = join(making, 'history.git');
    await createHistory(repository, shape);
    const git = await gitClient();
    await git.output(['gc', '--quiet', '--prune=now'], { cwd: repository });
    await git.dispose();
    await rename(repository, path);
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return path;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
