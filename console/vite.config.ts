import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { chunkGroups } from './chunks.ts';

export default defineConfig({
  base: '/console/',
  plugins: [react(), precompress()],
  worker: { format: 'es' },
  build: {
    // The pages' content security policy allows no data: URLs but those of images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1_000,
    // Tells the test of the pages' weight which files each needs.
    manifest: true,
    rolldownOptions: { output: { codeSplitting: { groups: chunkGroups() } } },
  },
});

/** Puts a `.br` and a `.gz` beside every file that gets smaller by it, so that the server compresses nothing. */
function precompress(): Plugin {
  const compressions = [
    ['.br', promisify(brotliCompress)],
    ['.gz', promisify(gzip)],
  ] as const;
  return {
    name: 'precompress',
    apply: 'build',
    async writeBundle({ dir }) {
      if (dir === undefined) throw new Error('The build has no output folder');
      const files = (await readdir(dir, { recursive: true })).filter((file) => /\.(js|css|html|svg)$/.test(file));
      await Promise.all(
        files.flatMap((file) =>
          compressions.map(async ([suffix, compress]) => {
            const path = join(dir, file);
            await writeFile(path + suffix, await compress(await readFile(path)));
          }),
        ),
      );
    },
  };
}
