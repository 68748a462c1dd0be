import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/harness/temporary-folders.ts';
import { FlushMeanwhile, withFile } from './durability.ts';

const MIB = 1024 * 1024;

describe('FlushMeanwhile', () => {
  it('ends when all that was written meanwhile is in the file', async () => {
    const folder = await temporaryFolder('flush');
    try {
      const path = join(folder.path, 'long');
      await withFile(await open(path, 'wx'), async (file) => {
        const flush = new FlushMeanwhile(file.fd);
        for (let piece = 0; piece < 20; piece++) {
          await file.write(Buffer.alloc(MIB, piece));
          flush.written(MIB);
        }
        await flush.end();
      });
      expect((await readFile(path)).length).toBe(20 * MIB);
    } finally {
      await folder.remove();
    }
  });

  it('fails where the disk does not take it', async () => {
    // What is no file on a disk cannot be flushed.
    await withFile(await open('/dev/null', 'w'), async (file) => {
      const flush = new FlushMeanwhile(file.fd);
      flush.written(20 * MIB);
      await flush.settled();
      await expect(flush.end()).rejects.toThrow('EINVAL');
    });
  });
});
