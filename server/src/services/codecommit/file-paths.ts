import { InvalidPathException$, PathRequiredException$ } from '@aws-sdk/client-codecommit';
import { isTextOfBytes } from '../../repositories/byte-names.ts';
import { bytesOfPath } from '../../repositories/tree-object.ts';
import { ServiceError } from '../service-error.ts';

/** CodeCommit's quota: folders that a file may lie in, one in the other. */
const FOLDERS_MAXIMUM = 20;
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;
/** What HFS+ drops from names, so that `.g\u200cit` is `.git` there. */
const HFS_IGNORABLE = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/**
 * The path of a file to read, as trees hold it: without the slash that it may begin with.
 *
 * @throws PathRequired, InvalidPath
 */
export function filePath(path: string): string {
  const plain = withoutLeadingSlash(path);
  if (plain === '') throw new ServiceError(PathRequiredException$, 'The path of a file is required.');
  refuseImpossible(path, plain);
  return plain;
}

/**
 * The path of a folder to read; empty for the root, which may also be written as a slash.
 *
 * @throws InvalidPath
 */
export function folderPath(path: string): string {
  if (path === '' || path === '/') return '';
  const plain = withoutLeadingSlash(path).replace(/\/$/, '');
  refuseImpossible(path, plain);
  return plain;
}

/**
 * The path of a file to write: beyond {@link filePath}, nothing that a checkout on some system takes for something else.
 *
 * @throws PathRequired, InvalidPath
 */
export function writtenPath(path: string): string {
  const plain = filePath(path);
  if (CONTROL_CHARACTER.test(plain)) throw invalidPath('it contains a control character');
  if (!plain.isWellFormed()) throw invalidPath('it is not valid Unicode');
  const names = plain.split('/');
  if (names.length - 1 > FOLDERS_MAXIMUM) throw invalidPath(`it has more than ${FOLDERS_MAXIMUM} folders`);
  if (names.some((name) => isGitFolder(Buffer.from(bytesOfPath(name), 'latin1').toString())))
    throw invalidPath('a part of it is a name that Git keeps to itself');
  return plain;
}

function withoutLeadingSlash(path: string): string {
  return path.startsWith('/') ? path.slice(1) : path;
}

function refuseImpossible(path: string, plain: string): void {
  if (path.includes('\0')) throw invalidPath('it contains a NUL character');
  if (!isTextOfBytes(plain)) throw invalidPath('it has an escape of a byte that needs none');
  for (const name of plain.split('/')) {
    if (name === '') throw invalidPath('a part of it is empty');
    if (name === '.' || name === '..') throw invalidPath('no part of it can be . or ..');
  }
}

/** The names that `git fsck` takes for `.git`: as it is on file systems of Windows and macOS too. */
function isGitFolder(name: string): boolean {
  const [first = ''] = name.replaceAll(HFS_IGNORABLE, '').toLowerCase().split(/[\\:]/, 1);
  const plain = first.replace(/[ .]+$/, '');
  return plain === '.git' || plain === 'git~1';
}

function invalidPath(problem: string): ServiceError {
  return new ServiceError(InvalidPathException$, `The specified path is not valid: ${problem}.`);
}
