import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type TemporaryFolder, temporaryFolder } from './temporary-folders.ts';

const run = promisify(execFile);

/**
 * A folder that holds no more than so many megabytes.
 *
 * @throws Error where this process may not mount file systems
 */
export async function smallFileSystem(megabytes: number): Promise<TemporaryFolder> {
  const folder = await temporaryFolder('small');
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'codekeep-test', folder.path]);
  } catch (error) {
    await folder.remove();
    throw error;
  }
  return {
    path: folder.path,
    async remove() {
      // Lazily: a server that was killed a moment ago may still hold a file.
      await run('umount', ['--lazy', folder.path]);
      await folder.remove();
    },
  };
}

/** Why small file systems cannot be had here; undefined where they can. */
export async function smallFileSystemSkipReason(): Promise<string | undefined> {
  try {
    await (await smallFileSystem(1)).remove();
    return undefined;
  } catch (error) {
    if (process.env.CODEKEEP_TEST_REQUIRE_ALL === '1') throw error;
    return 'needs to mount file systems';
  }
}
