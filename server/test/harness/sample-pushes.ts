import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Repositories, RepositoryHandle } from '../../src/repositories/repositories.ts';
import { type GitClient, gitClient } from './git-client.ts';

/** Objects that real git made, in one pack. */
export interface SampleHistory {
  /** Oldest first, each the parent of the next. */
  readonly commits: readonly [string, string, string];
  readonly tree: string;
  readonly blob: string;
  /** Of the last commit. */
  readonly annotatedTag: string;
  readonly pack: Buffer;
}

const NO_OBJECT = '0'.repeat(40);

/** @param marker makes the objects differ from those of other histories */
export async function sampleHistory(marker: string): Promise<SampleHistory> {
  const git = await gitClient();
  try {
    const cwd = join(git.home, 'history');
    await git.output(['init', '--quiet', cwd]);
    const commit = async (message: string) => {
      await git.output(['commit', '--quiet', '--allow-empty', '-m', `${message} ${marker}`], { cwd });
      return git.output(['rev-parse', 'HEAD'], { cwd });
    };
    const blob = await git.output(['hash-object', '-w', '--stdin'], { cwd, input: marker });
    await git.output(['update-index', '--add', '--cacheinfo', `100644,${blob},file`], { cwd });
    const commits = [await commit('first'), await commit('second'), await commit('third')] as const;
    const tree = await git.output(['rev-parse', 'HEAD^{tree}'], { cwd });
    await git.output(['tag', '-a', '-m', marker, 'annotated'], { cwd });
    const annotatedTag = await git.output(['rev-parse', 'annotated'], { cwd });
    return { commits, tree, blob, annotatedTag, pack: await onePack(git, cwd) };
  } finally {
    await git.dispose();
  }
}

/** Everything of a repository that references reach, as one pack. */
async function onePack(git: GitClient, cwd: string): Promise<Buffer> {
  await git.output(['repack', '-a', '-d', '--quiet'], { cwd });
  const folder = await git.output(['rev-parse', '--git-path', 'objects/pack'], { cwd });
  const packName = (await readdir(join(cwd, folder))).find((name) => name.endsWith('.pack'));
  if (packName === undefined) throw new Error('git made no pack');
  return readFile(join(cwd, folder, packName));
}

/** What a repository of git's holds: its references, and one pack of all that they reach. */
export interface Everything {
  readonly references: Readonly<Record<string, string>>;
  readonly pack: Buffer;
}

export async function everythingOf(git: GitClient, cwd: string): Promise<Everything> {
  const listed = await git.output(['for-each-ref', '--format=%(refname) %(objectname)'], { cwd });
  const references = Object.fromEntries(listed.split('\n').map((line) => line.split(' ') as [string, string]));
  return { references, pack: await onePack(git, cwd) };
}

/** Creates every reference of a repository of git's, with all that they reach, as `git push --mirror` does. */
export async function pushEverything(
  repositories: Repositories,
  handle: RepositoryHandle,
  git: GitClient,
  cwd: string,
): Promise<void> {
  const { references, pack } = await everythingOf(git, cwd);
  await pushReferences(repositories, handle, references, pack);
}

/**
 * Creates references, as the receive-pack request of a Git client does.
 *
 * @param references full name to object id
 * @throws Error with the report unless all were taken
 */
export async function pushReferences(
  repositories: Repositories,
  handle: RepositoryHandle,
  references: Readonly<Record<string, string>>,
  pack: Buffer,
): Promise<void> {
  const commands = Object.entries(references).map(([name, objectId], index) =>
    packet(`${NO_OBJECT} ${objectId} ${name}${index === 0 ? '\0report-status atomic' : ''}`),
  );
  const body = [Buffer.from(`${commands.join('')}0000`), pack];
  const response = repositories.receivePack(handle, {
    body: chunksOf(body),
    signal: new AbortController().signal,
    denial: () => undefined,
  });
  const report = await text(response);
  if (!report.includes('unpack ok') || report.includes('ng ')) throw new Error(`Push failed: ${report}`);
}

function packet(content: string): string {
  return (Buffer.byteLength(content) + 4).toString(16).padStart(4, '0') + content;
}

async function* chunksOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
