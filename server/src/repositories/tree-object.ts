import { Buffer } from 'node:buffer';
import { bytesOfText, textOfBytes } from './byte-names.ts';

const SPACE = 0x20;
const OBJECT_ID_BYTES = 20;

export type EntryKind = 'folder' | 'file' | 'executable' | 'symbolic link' | 'submodule';

/** An entry of a tree: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects#_tree_objects */
export interface TreeEntry {
  /** Octal, as it is stored: 100644, 40000. */
  readonly mode: string;
  /** Bytes, one a character: names need not be UTF-8, and what is written back must be what was read. */
  readonly name: string;
  readonly objectId: string;
}

export const MODES = { folder: '40000', file: '100644', executable: '100755' } as const;

/** What Git makes of a mode; old histories have others, such as 100664. */
export function kindOf({ mode }: Pick<TreeEntry, 'mode'>): EntryKind {
  const bits = Number.parseInt(mode, 8);
  switch (bits & 0o170000) {
    case 0o040000:
      return 'folder';
    case 0o120000:
      return 'symbolic link';
    case 0o160000:
      return 'submodule';
    default:
      return (bits & 0o100) === 0 ? 'file' : 'executable';
  }
}

/** Six digits, as Git's diffs show a mode. */
export function canonicalMode(entry: Pick<TreeEntry, 'mode'>): string {
  switch (kindOf(entry)) {
    case 'folder':
      return '040000';
    case 'symbolic link':
      return '120000';
    case 'submodule':
      return '160000';
    case 'executable':
      return MODES.executable;
    case 'file':
      return MODES.file;
  }
}

/** @throws Error when the content is no tree */
export function parseTree(content: Buffer): readonly TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let position = 0; position < content.length; ) {
    const space = content.indexOf(SPACE, position);
    const end = content.indexOf(0, space);
    const next = end + 1 + OBJECT_ID_BYTES;
    if (space === -1 || end === -1 || next > content.length) throw new Error('A tree is cut short');
    entries.push({
      mode: content.toString('latin1', position, space),
      name: content.toString('latin1', space + 1, end),
      objectId: content.toString('hex', end + 1, next),
    });
    position = next;
  }
  return entries;
}

/** The content of a tree of these entries, which may come in any order. */
export function formatTree(entries: Iterable<TreeEntry>): Buffer {
  const sorted = [...entries].sort((a, b) => compareBytes(sortKey(a), sortKey(b)));
  return Buffer.concat(
    sorted.flatMap(({ mode, name, objectId }) => [
      Buffer.from(`${mode} ${name}\0`, 'latin1'),
      Buffer.from(objectId, 'hex'),
    ]),
  );
}

/** Orders entries as trees and paths do: a folder as if its name ended with a slash. */
export function sortKey(entry: Pick<TreeEntry, 'mode' | 'name'>): string {
  return kindOf(entry) === 'folder' ? `${entry.name}/` : entry.name;
}

/** Orders strings of bytes. */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** A path as trees hold it: its bytes, one a character. The path is in the form of {@link pathOfBytes}. */
export function bytesOfPath(path: string): string {
  return bytesOfText(path);
}

/** The text that stands for bytes that need not be UTF-8. */
export function pathOfBytes(bytes: string): string {
  return textOfBytes(bytes);
}
