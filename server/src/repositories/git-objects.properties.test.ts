import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GitClient, gitClient } from '../../test/harness/git-client.ts';
import { formatCommit, parseCommit } from './commit-object.ts';
import { newObject, writePack } from './pack-writer.ts';
import { TreeEditor } from './tree-editor.ts';
import { bytesOfPath, canonicalMode, formatTree, parseTree, pathOfBytes, type TreeEntry } from './tree-object.ts';

// What the API reads and writes of Git's objects, beside what git itself makes of the same.

const blob = newObject('blob', Buffer.from('content\n'));
const SPAWNS = { numRuns: 25 };

/** Names that sort oddly beside one another, among others. */
const name = fc
  .oneof(
    fc.constantFrom('a', 'a.b', 'a-', 'a0', 'ab', 'a b', 'A', 'ä', 'a\u0308', '🚀', '\uffff', '-x', '"', '\\', 'a\tb'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
  )
  .filter((text) => !/[/\0]/.test(text) && !['.', '..'].includes(text) && !/git|\u200c|\u200d|~/i.test(text));
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
const mode = fc.constantFrom('100644', '100755', '120000');

let git: GitClient;
let cwd: string;

beforeAll(async () => {
  git = await gitClient();
  cwd = join(git.home, 'objects.git');
  await git.output(['init', '--quiet', '--bare', cwd]);
  await git.output(['hash-object', '-w', '--stdin'], { cwd, input: blob.content });
});
afterAll(() => git.dispose());

describe('trees', () => {
  it('are written as git mktree writes them, and read back', async () => {
    const entries = fc.uniqueArray(
      fc.record({
        name,
        mode: fc.oneof(mode, fc.constantFrom('40000', '160000')),
        objectId: fc.constant('1'.repeat(40)),
      }),
      { selector: (entry) => entry.name, maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(entries, async (given) => {
        const stored = given.map((entry) => ({ ...entry, name: bytesOfPath(entry.name) }));
        const tree = newObject('tree', formatTree(stored));
        const types = { '40000': 'tree', '160000': 'commit' } as Readonly<Record<string, string>>;
        const input = given.map((entry) => {
          return `${canonicalMode(entry)} ${types[entry.mode] ?? 'blob'} ${entry.objectId}\t${entry.name}\0`;
        });
        expect(await git.output(['mktree', '--missing', '-z'], { cwd, input: input.join('') })).toBe(tree.objectId);
        const byName = (list: readonly TreeEntry[]) => new Map(list.map((entry) => [entry.name, entry]));
        expect(byName(parseTree(tree.content))).toEqual(byName(stored));
      }),
      SPAWNS,
    );
  });

  it('keep bytes that are no UTF-8', () => {
    const content = Buffer.concat([Buffer.from('100644 caf\xe9\0', 'latin1'), Buffer.alloc(20, 1)]);
    const [entry] = parseTree(content);
    expect(pathOfBytes(entry?.name ?? '')).toBe('caf\\xE9');
    expect(formatTree(parseTree(content))).toEqual(content);
  });

  it('are refused when they are cut short, wherever', () => {
    const whole = formatTree([{ mode: '100644', name: 'a', objectId: blob.objectId }]);
    for (let length = 1; length < whole.length; length++) {
      expect(() => parseTree(whole.subarray(0, length))).toThrow('cut short');
    }
  });

  it('come out of any puts and removals as out of the index of git', async () => {
    const edit = fc.record({ path, mode, remove: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(edit, { maxLength: 12 }), { maxLength: 3 }), async (commits) => {
        const trees = new Map<string, Buffer>();
        const folder = async (treeId: string) => parseTree(trees.get(treeId) ?? Buffer.alloc(0));
        const files = new Map<string, string>();
        let treeId: string | undefined;
        for (const edits of commits) {
          const editor = await TreeEditor.open({ folder }, treeId);
          for (const { path: at, mode: wanted, remove } of edits) {
            expect((await editor.fileAt(at))?.mode).toBe(files.get(at));
            if (remove) {
              if (files.delete(at)) await editor.remove(at, false);
              continue;
            }
            const names = [...files.keys()];
            const isTaken = names.some((file) => file.startsWith(`${at}/`) || at.startsWith(`${file}/`));
            const put = editor.put(at, wanted, blob.objectId);
            if (isTaken) await expect(put).rejects.toMatchObject({ name: 'PathConflictError' });
            else await put;
            if (!isTaken) files.set(at, wanted);
          }
          const written = editor.write();
          for (const { objectId, content } of written.objects) trees.set(objectId, content);
          ({ treeId } = written);
          const env = { GIT_INDEX_FILE: join(cwd, 'index') };
          const lines = [...files].map(([file, fileMode]) => `${fileMode} ${blob.objectId}\t${file}\0`);
          await git.output(['read-tree', '--empty'], { cwd, env });
          await git.output(['update-index', '-z', '--index-info'], { cwd, env, input: lines.join('') });
          expect(treeId).toBe(await git.output(['write-tree'], { cwd, env }));
        }
      }),
      SPAWNS,
    );
  });
});

describe('commits', () => {
  const person = fc.record({
    name: fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\p{Cc}<>]/gu, '').trim()),
    email: fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\p{Cc}<>]/gu, '').trim()),
    date: fc.nat().map((seconds) => `${seconds} +0000`),
  });
  const id = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 40, maxLength: 40 });

  it('are read back as they were written', () => {
    fc.assert(
      fc.property(
        fc.record({
          treeId: id,
          parents: fc.array(id, { maxLength: 3 }),
          author: person,
          committer: person,
          message: fc.string({ unit: 'grapheme' }).map((text) => `${text}\n`),
        }),
        (commit) => {
          expect(parseCommit(formatCommit(commit))).toEqual({ ...commit, otherHeaders: '' });
        },
      ),
    );
  });

  it('are read in their encoding, with every other header', () => {
    const content = Buffer.from(
      `tree ${'1'.repeat(40)}\nauthor J\xfcrgen <j@example.com> 1 +0100\ncommitter J\xfcrgen <j@example.com> 2 -0100\nencoding ISO-8859-1\ngpgsig -----BEGIN\n line\n \n -----END\n\nGr\xfc\xdfe\n\n`,
      'latin1',
    );
    expect(parseCommit(content)).toEqual({
      treeId: '1'.repeat(40),
      parents: [],
      author: { name: 'Jürgen', email: 'j@example.com', date: '1 +0100' },
      committer: { name: 'Jürgen', email: 'j@example.com', date: '2 -0100' },
      message: 'Grüße\n\n',
      otherHeaders: 'encoding ISO-8859-1\ngpgsig -----BEGIN\n line\n \n -----END',
    });
  });

  it.each([
    ['author A B', { name: 'A B', email: '', date: '' }],
    ['author A <a> <b> 1 +0000', { name: 'A', email: 'a', date: '1 +0000' }],
    ['author <>', { name: '', email: '', date: '' }],
    ['author A <a', { name: 'A <a', email: '', date: '' }],
    ['author', { name: '', email: '', date: '' }],
  ])('are read with %j too', (line, author) => {
    expect(parseCommit(Buffer.from(`tree 1\n${line}`)).author).toEqual(author);
  });
});

describe('packs', () => {
  it('are taken by git index-pack, objects of any size in them', async () => {
    const sizes = fc.array(fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 5000 })), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(sizes, async (lengths) => {
        const objects = [
          ...new Map(
            lengths.map((length) => {
              const object = newObject('blob', Buffer.alloc(length, 'x'));
              return [object.objectId, object];
            }),
          ).values(),
        ];
        const input = await writePack(objects);
        await git.output(['index-pack', '--stdin', '--strict'], { cwd, input });
        for (const { objectId, content } of objects) {
          expect(await git.output(['cat-file', '-s', objectId], { cwd })).toBe(String(content.length));
        }
      }),
      { numRuns: 5 },
    );
  });
});
