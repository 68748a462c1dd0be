import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryFolder {
  readonly path: string;
  remove(): Promise<void>;
}

const MEMORY = '/dev/shm';
const existing = new Set<string>();

process.on('exit', () => {
  for (const path of existing) {
    try {
      // Processes that were killed a moment ago may still write.
      rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    } catch (error) {
      process.stderr.write(`${path} is left: ${(error as Error).message}\n`);
    }
  }
});

/**
 * A new, empty folder that goes when `remove` is called, at the latest with this process.
 *
 * @param purpose part of the folder's name, for whoever finds one
 * @param options.inMemory on memory-backed storage, where the machine has it
 * @param options.parent in this folder
 */
export async function temporaryFolder(
  purpose: string,
  options: { readonly inMemory?: boolean; readonly parent?: string | undefined } = {},
): Promise<TemporaryFolder> {
  const parent = options.parent ?? (options.inMemory === true && existsSync(MEMORY) ? MEMORY : tmpdir());
  const path = await mkdtemp(join(parent, `codekeep-${purpose}-`));
  existing.add(path);
  return {
    path,
    async remove() {
      // A killed server's git processes may still write for a moment.
      await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
      existing.delete(path);
    },
  };
}
