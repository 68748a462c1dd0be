import { copyFile, mkdir } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { minimalEnvironment } from './clients.ts';
import { outputOf } from './processes.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary-folders.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** How npm reaches its registry here, and where it keeps what it has fetched. */
const NPM_VARIABLES = /^(HOME|npm_config_(registry|cache|userconfig|cafile)|(https?|no)_proxy|NODE_EXTRA_CA_CERTS)$/i;

/** What a clone of this tree as it is now would hold: no dependencies, nothing that Git ignores. */
export async function freshClone(): Promise<TemporaryFolder> {
  const folder = await temporaryFolder('clone');
  const listed = await outputOf('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: ROOT,
    env: minimalEnvironment(),
  });
  for (const file of listed.split('\0')) {
    if (file === '') continue;
    const target = join(folder.path, file);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(join(ROOT, file), target).catch((error: NodeJS.ErrnoException) => {
      // Listed, but deleted since the last commit.
      if (error.code !== 'ENOENT') throw error;
    });
  }
  return folder;
}

/** The environment of somebody who has installed Node and npm, and nothing of this clone. */
export function machineEnvironment(): NodeJS.ProcessEnv {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  return {
    ...minimalEnvironment(),
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => NPM_VARIABLES.test(name))),
    PATH: folders.join(delimiter),
  };
}
