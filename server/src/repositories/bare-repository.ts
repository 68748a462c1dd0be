import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesOfText } from './byte-names.ts';
import type { Reference } from './repository.ts';

/**
 * Blobs above bigFileThreshold are streamed, not held in memory. Nothing is flushed: a working copy is a cache. Any id can
 * be asked for, in every protocol version alike: version 2 serves them whatever is set, and commits without a
 * reference are meant to be fetched by id.
 */
const CONFIGURATION = `[core]
\trepositoryFormatVersion = 0
\tbare = true
\thooksPath = /dev/null
\tlogAllRefUpdates = false
\tbigFileThreshold = 64m
\tdeltaBaseCacheLimit = 96m
\tfsync = none
\tmultiPackIndex = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
[pack]
\twindowMemory = 256m
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
[receive]
\tadvertisePushOptions = true
[transfer]
\tadvertiseSID = false
`;
/** What HEAD names where there is no branch yet; never shown to a client. */
const UNBORN_BRANCH = 'main';

/** Makes an empty bare repository that git runs on, with every setting that Codekeep relies on. */
export async function initialiseBareRepository(directory: string): Promise<void> {
  await mkdir(join(directory, 'objects', 'pack'), { recursive: true, mode: 0o700 });
  await mkdir(join(directory, 'objects', 'info'));
  await mkdir(join(directory, 'refs'));
  await writeFile(join(directory, 'config'), CONFIGURATION);
  await writeHead(directory, null);
}

/** Points HEAD at a branch; readers see the old or the new. */
export async function writeHead(directory: string, defaultBranch: string | null): Promise<void> {
  await replaceFile(join(directory, 'HEAD'), `ref: refs/heads/${defaultBranch ?? UNBORN_BRANCH}\n`);
}

/** Writes all references at once; readers see the old or the new. `references` must be in the order of the names' bytes. */
export async function writePackedReferences(directory: string, references: readonly Reference[]): Promise<void> {
  const lines = ['# pack-refs with: peeled fully-peeled sorted \n'];
  for (const { name, objectId, peeledId } of references) {
    lines.push(peeledId === null ? `${objectId} ${name}\n` : `${objectId} ${name}\n^${peeledId}\n`);
  }
  await replaceFile(join(directory, 'packed-refs'), lines.join(''));
}

async function replaceFile(file: string, content: string): Promise<void> {
  const unfinished = `${file}.unfinished`;
  await writeFile(unfinished, bytesOfText(content), 'latin1');
  await rename(unfinished, file);
}
