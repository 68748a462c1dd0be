import { bytesOfText, isTextOfBytes, withoutByteEscapes } from './byte-names.ts';

export const NULL_OBJECT_ID = '0'.repeat(40);
export const BRANCH_PREFIX = 'refs/heads/';
export const TAG_PREFIX = 'refs/tags/';

const OBJECT_ID = /^[0-9a-f]{40}$/;
/** What `git check-ref-format` forbids anywhere: control characters, DEL, and the characters of revision syntax. */
const FORBIDDEN_CHARACTER = /[\u0000-\u0020\u007f~^:?*[\\]/;
/** CodeCommit's quota on the length of a branch name, in characters; a byte that is not UTF-8 takes four. */
const BRANCH_NAME_MAXIMUM = 256;
/** A packet's room, and the longest name that a packed-refs line of any Git reads. */
const REFERENCE_NAME_MAXIMUM_BYTES = 1024;

/** True for a full SHA-1 object id in lower case. */
export function isObjectId(text: string): boolean {
  return OBJECT_ID.test(text);
}

/**
 * Why a full reference name, as `textOfBytes` gives it, cannot be stored, or undefined when it can: the rules of
 * `git check-ref-format` and of `git receive-pack` (below `refs/`, at least two levels), and CodeCommit's rules for what is below `refs/heads/`.
 */
export function referenceNameProblem(name: string): string | undefined {
  if (bytesOfText(name).length > REFERENCE_NAME_MAXIMUM_BYTES) {
    return `the reference name is longer than ${REFERENCE_NAME_MAXIMUM_BYTES} bytes`;
  }
  if (!name.startsWith('refs/') || name.indexOf('/', 'refs/'.length) === -1) return 'funny refname';
  if (name.startsWith(BRANCH_PREFIX)) return branchNameProblem(name.slice(BRANCH_PREFIX.length));
  return formatProblem(name);
}

/**
 * Why a short branch name is not allowed, or undefined when it is: CodeCommit's quotas page ("Branch names") and
 * `git check-ref-format`.
 */
export function branchNameProblem(name: string): string | undefined {
  const length = [...name].length;
  if (length === 0 || length > BRANCH_NAME_MAXIMUM) {
    return `a branch name has between 1 and ${BRANCH_NAME_MAXIMUM} characters`;
  }
  if (OBJECT_ID.test(name.toLowerCase())) return 'a branch name cannot be 40 hexadecimal characters';
  if (name === 'HEAD') return 'a branch cannot be named HEAD';
  return formatProblem(name);
}

function formatProblem(name: string): string | undefined {
  if (name === '@') return 'a reference name cannot be "@"';
  if (name.startsWith('/') || name.endsWith('/')) return 'a reference name cannot begin or end with a slash';
  if (name.endsWith('.')) return 'a reference name cannot end with a dot';
  if (name.includes('//')) return 'a reference name cannot contain "//"';
  if (name.includes('..')) return 'a reference name cannot contain ".."';
  if (name.includes('@{')) return 'a reference name cannot contain "@{"';
  if (!isTextOfBytes(name) || FORBIDDEN_CHARACTER.test(withoutByteEscapes(name))) {
    return 'a reference name cannot contain spaces, control characters or any of ~ ^ : ? * [ \\';
  }
  if (!name.isWellFormed()) return 'a reference name must be well-formed Unicode';
  for (const component of name.split('/')) {
    if (component.startsWith('.')) return 'no part of a reference name can begin with a dot';
    if (component.endsWith('.lock')) return 'no part of a reference name can end with ".lock"';
  }
  return undefined;
}

/** The folders that a name stands in, shortest first: `refs`, `refs/heads`. */
export function foldersOf(name: string): string[] {
  const folders: string[] = [];
  for (let slash = name.indexOf('/'); slash !== -1; slash = name.indexOf('/', slash + 1)) {
    folders.push(name.slice(0, slash));
  }
  return folders;
}

/** Orders the texts of reference names by their UTF-8 bytes, as both databases do; negative, zero or positive. */
export function compareReferenceNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const difference = utf8Rank(a.charCodeAt(index)) - utf8Rank(b.charCodeAt(index));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** UTF-16 puts surrogates below U+E000, but what they stand for comes after U+FFFF. */
function utf8Rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
