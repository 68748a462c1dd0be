import { repositoryPath } from '../repositories.ts';

/**
 * Addresses of a repository's pages, as AWS's console forms them: `browse/refs/heads/feature/x/--/src/main.ts`. What
 * names a commit may hold slashes, so `/--/` ends it, and a part of it that is `--` itself is written %2D%2D.
 */

/** A full reference name or a commit ID, and a path below its root; both may be empty. */
export interface CodePlace {
  readonly specifier: string;
  readonly path: string;
}

export type CodePage = 'browse' | 'commits' | 'create' | 'upload' | 'edit' | 'delete';

const BRANCH_PREFIX = 'refs/heads/';
const TAG_PREFIX = 'refs/tags/';
const COMMIT_ID = /^[0-9a-f]{40}$/i;
const END_OF_SPECIFIER = '--';
/** No reference name holds two periods. */
const BETWEEN_COMPARED = '...';

/** Below /console. */
export function codePath(name: string, page: CodePage, { specifier, path }: CodePlace): string {
  const parts = [repositoryPath(name, page)];
  if (specifier !== '') parts.push(encodedSpecifier(specifier));
  if (path !== '') parts.push(END_OF_SPECIFIER, encodedPath(path));
  return parts.join('/');
}

/** @param pathname the address's own, still encoded */
export function codePlaceOf(pathname: string): CodePlace {
  const parts = partsBehindPage(pathname);
  const end = parts.indexOf(END_OF_SPECIFIER);
  const decoded = (some: readonly string[]) => some.map(decodedPart).join('/');
  if (end === -1) return { specifier: decoded(parts), path: '' };
  return { specifier: decoded(parts.slice(0, end)), path: decoded(parts.slice(end + 1)) };
}

export function commitPath(name: string, commitId: string): string {
  return repositoryPath(name, `commit/${commitId}`);
}

export function comparePath(name: string, before: string, after: string): string {
  return repositoryPath(name, `compare/${encodedSpecifier(before)}/${BETWEEN_COMPARED}/${encodedSpecifier(after)}`);
}

/** @param pathname the address's own, still encoded */
export function comparedOf(pathname: string): { readonly before: string; readonly after: string } {
  const parts = partsBehindPage(pathname);
  const middle = parts.indexOf(BETWEEN_COMPARED);
  const decoded = (some: readonly string[]) => some.map(decodedPart).join('/');
  if (middle === -1) return { before: '', after: decoded(parts) };
  return { before: decoded(parts.slice(0, middle)), after: decoded(parts.slice(middle + 1)) };
}

/** The branch that a specifier names in full; undefined for tags and commits, where nothing can be committed. */
export function branchOf(specifier: string): string | undefined {
  return specifier.startsWith(BRANCH_PREFIX) ? specifier.slice(BRANCH_PREFIX.length) : undefined;
}

export function branchSpecifier(branch: string): string {
  return BRANCH_PREFIX + branch;
}

/** Whether it is the whole ID of a commit. */
export function isCommitId(specifier: string): boolean {
  return COMMIT_ID.test(specifier);
}

/** What people call it: a branch's or a tag's short name, the beginning of a commit ID. */
export function shortName(specifier: string): string {
  if (isCommitId(specifier)) return specifier.slice(0, 8);
  if (specifier.startsWith(TAG_PREFIX)) return specifier.slice(TAG_PREFIX.length);
  return branchOf(specifier) ?? specifier;
}

/** The folder that a path lies in; empty for the root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

export function fileNameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** What follows `/console/codecommit/repositories/NAME/PAGE/`. */
function partsBehindPage(pathname: string): readonly string[] {
  return pathname.split('/').slice(6);
}

function encodedSpecifier(specifier: string): string {
  return specifier
    .split('/')
    .map((part) => (part === END_OF_SPECIFIER ? '%2D%2D' : encodedPart(part)))
    .join('/');
}

function encodedPath(path: string): string {
  return path.split('/').map(encodedPart).join('/');
}

/** The router's patterns match no line ends: those of a name stand behind a NUL, which no name can hold. */
function encodedPart(part: string): string {
  const plain = part.toWellFormed().replace(/[\n\r\u2028\u2029]/g, (end) => `\0${codeOf(end)}`);
  return encodeURIComponent(plain);
}

function codeOf(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, '0');
}

function decodedPart(part: string): string {
  try {
    const plain = decodeURIComponent(part);
    return plain.replace(/\0([0-9a-f]{4})/g, (_escape, code) => String.fromCharCode(Number.parseInt(code, 16)));
  } catch {
    return part;
  }
}
