import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GitClient, gitClient } from './git-client.ts';
import { createHistory } from './histories.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary-folders.ts';

const SHAPE = { seed: 3, commits: 2_500, files: 60, binaryBytes: 3_000_000 };

describe('a generated history', () => {
  let folder: TemporaryFolder;
  let git: GitClient;
  let path: string;
  const output = (...args: string[]) => git.output(args, { cwd: path });
  const count = async (...args: string[]) => (await output(...args)).split('\n').filter((line) => line !== '').length;

  beforeAll(async () => {
    folder = await temporaryFolder('histories', { inMemory: true });
    git = await gitClient();
    path = join(folder.path, 'history.git');
    await createHistory(path, SHAPE);
  });

  afterAll(async () => {
    await git.dispose();
    await folder.remove();
  });

  it('is sound', async () => {
    expect(await output('fsck', '--full', '--strict', '--no-dangling')).toBe('');
  });

  it('has the commits asked for, parallel branches and merges, some of three parents', async () => {
    expect(Number(await output('rev-list', '--count', '--all'))).toBeGreaterThan(SHAPE.commits * 0.98);
    expect(await count('rev-list', '--min-parents=2', 'main')).toBeGreaterThan(100);
    expect(await count('rev-list', '--min-parents=3', 'main')).toBeGreaterThan(3);
    expect(await count('for-each-ref', 'refs/heads/feature', 'refs/heads/release')).toBeGreaterThan(10);
  });

  it('has light tags, annotated tags, tags of tags and a tag of a blob', async () => {
    const types = (await output('for-each-ref', '--format=%(objecttype) %(*objecttype)', 'refs/tags')).split('\n');
    expect(new Set(types.map((type) => type.trim()))).toEqual(new Set(['commit', 'tag commit', 'tag tag', 'tag blob']));
  });

  it('has every kind of entry, deep folders and awkward names', async () => {
    const tree = (await output('-c', 'core.quotePath=false', 'ls-tree', '-r', '-z', 'main')).split('\0');
    const modes = new Set(tree.map((entry) => entry.slice(0, 6)).filter((mode) => mode !== ''));
    expect(modes).toEqual(new Set(['100644', '100755', '120000']));
    expect(Math.max(...tree.map((entry) => entry.split('/').length))).toBeGreaterThanOrEqual(9);
    expect(await output('log', '--all', '--format=', '--name-only', '-z')).toContain('docs/日本語/説明.md');
  });

  it('has renames, deletions and big files', async () => {
    expect(await count('log', '--all', '--format=', '-M', '--diff-filter=R', '--name-only')).toBeGreaterThan(10);
    expect(await count('log', '--all', '--format=', '-M', '--diff-filter=D', '--name-only')).toBeGreaterThan(10);
    const sizes = await output('cat-file', '--batch-all-objects', '--batch-check=%(objectsize)');
    expect(Math.max(...sizes.split('\n').map(Number))).toBeGreaterThan(100_000);
  });

  it('is the same for the same shape, and another for another seed', async () => {
    const small = { ...SHAPE, commits: 200 };
    const references = async (name: string, seed: number) => {
      const made = join(folder.path, name);
      await createHistory(made, { ...small, seed });
      return git.output(['for-each-ref'], { cwd: made });
    };
    const first = await references('first', 1);
    expect(await references('again', 1)).toBe(first);
    expect(await references('other', 2)).not.toBe(first);
  });
});
