import { Buffer } from 'node:buffer';
import { TextDecoder } from 'node:util';

/** Who did something, and when. */
export interface Signature {
  readonly name: string;
  readonly email: string;
  /** As Git stores it: seconds since the epoch and an offset, `1484167798 -0800`. */
  readonly date: string;
}

/** A commit: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects#_git_commit_objects */
export interface CommitObject {
  readonly treeId: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
  /** Every other header as it is stored, such as gpgsig; empty when there is none. */
  readonly otherHeaders: string;
}

const NOBODY: Signature = { name: '', email: '', date: '' };

/** @throws Error when the content is no commit */
export function parseCommit(content: Buffer): CommitObject {
  const end = content.indexOf('\n\n');
  const head = content.subarray(0, end === -1 ? content.length : end);
  const headers = head.toString('latin1').split(/\n(?! )/);
  const decode = decoderOf(headers);
  const parents: string[] = [];
  const others: string[] = [];
  let treeId: string | undefined;
  let author = NOBODY;
  let committer = NOBODY;
  for (const header of headers) {
    const [name = ''] = header.split(' ', 1);
    const value = header.slice(name.length + 1);
    if (name === 'tree') treeId ??= value;
    else if (name === 'parent') parents.push(value);
    else if (name === 'author') author = parseSignature(decode(value));
    else if (name === 'committer') committer = parseSignature(decode(value));
    else if (header !== '') others.push(decode(header));
  }
  if (treeId === undefined) throw new Error('A commit names no tree');
  const message = end === -1 ? '' : decode(content.toString('latin1', end + 2));
  return { treeId, parents, author, committer, message, otherHeaders: others.join('\n') };
}

/** The content of a commit. Names, e-mail addresses and dates must be free of what separates them. */
export function formatCommit({
  treeId,
  parents,
  author,
  committer,
  message,
}: Omit<CommitObject, 'otherHeaders'>): Buffer {
  const headers = [
    `tree ${treeId}`,
    ...parents.map((parent) => `parent ${parent}`),
    `author ${formatSignature(author)}`,
    `committer ${formatSignature(committer)}`,
  ];
  return Buffer.from(`${headers.join('\n')}\n\n${message}`);
}

function formatSignature({ name, email, date }: Signature): string {
  return `${name} <${email}> ${date}`;
}

/** Takes old and odd forms too, as git does. */
function parseSignature(line: string): Signature {
  const open = line.indexOf('<');
  const close = line.indexOf('>', open);
  if (open === -1 || close === -1) return { ...NOBODY, name: line.trim() };
  return {
    name: line.slice(0, open).trim(),
    email: line.slice(open + 1, close),
    date: line.slice(line.lastIndexOf('>') + 1).trim(),
  };
}

/** Reads bytes, one a character, as the commit's `encoding` header says; as UTF-8 where there is none or nobody knows it. */
function decoderOf(headers: readonly string[]): (bytes: string) => string {
  const label = headers.find((header) => header.startsWith('encoding '))?.slice('encoding '.length);
  const decoder = label === undefined ? undefined : decoderNamed(label);
  return (bytes) => {
    const buffer = Buffer.from(bytes, 'latin1');
    return decoder === undefined ? buffer.toString('utf8') : decoder.decode(buffer);
  };
}

function decoderNamed(label: string): TextDecoder | undefined {
  try {
    return new TextDecoder(label);
  } catch {
    return undefined;
  }
}
