import {
  BranchDoesNotExistException$,
  BranchNameIsTagNameException$,
  DirectoryNameConflictsWithFileNameException$,
  FileNameConflictsWithDirectoryNameException$,
  FilePathConflictsWithSubmodulePathException$,
  FolderContentSizeLimitExceededException$,
  InvalidBranchNameException$,
  InvalidEmailException$,
  InvalidPathException$,
  ParentCommitDoesNotExistException$,
  ParentCommitIdOutdatedException$,
  ParentCommitIdRequiredException$,
  ValidationException$,
} from '@aws-sdk/client-codecommit';
import { formatCommit, type Signature } from '../../repositories/commit-object.ts';
import { GitProcessError } from '../../repositories/git-process.ts';
import { type NewObject, newObject } from '../../repositories/pack-writer.ts';
import { BRANCH_PREFIX, TAG_PREFIX } from '../../repositories/reference-names.ts';
import type { RepositoryObjects } from '../../repositories/repositories.ts';
import { PathConflictError, TreeEditor } from '../../repositories/tree-editor.ts';
import type { Call } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { FILE_BYTES } from './files.ts';
import type { RepositoryReading } from './repository-reading.ts';
import type { CodecommitServices } from './service.ts';

/** What would end a header of a commit, or what Git takes for the ends of an e-mail address. */
const SEPARATORS = /[\u0000-\u001f\u007f<>]/g;
const FSCK_REASON = /^error: (?:object [0-9a-f]{40}: )?(.+)$/m;

/** Where a commit goes. */
interface BranchTip {
  readonly branchName: string;
  /** Absent where this commit is the first of the repository. */
  readonly commitId?: string;
  readonly treeId?: string;
}

interface CommitDetails {
  readonly author: Signature;
  readonly message: string;
}

/** A commit that has been made. */
interface MadeCommit {
  readonly commitId: string;
  readonly treeId: string;
}

/**
 * The tip of a branch that is to get another commit: as the caller must know it, so that nobody's work is lost.
 *
 * @throws BranchDoesNotExist, BranchNameIsTagName, ParentCommitIdRequired, ParentCommitIdOutdated,
 *   ParentCommitDoesNotExist
 */
export async function branchTip(
  objects: RepositoryObjects,
  branchName: string,
  parentCommitId: string | undefined,
): Promise<BranchTip> {
  const { references } = objects;
  const commitId = references.get(BRANCH_PREFIX + branchName)?.objectId;
  const parentId = parentCommitId?.toLowerCase();
  if (commitId === undefined) {
    if (references.get(TAG_PREFIX + branchName) !== undefined) throw branchNameIsTagName(branchName);
    const isEmpty = !references.references.some(({ name }) => name.startsWith(BRANCH_PREFIX));
    if (!isEmpty) throw branchDoesNotExist(branchName);
    if (parentCommitId !== undefined) throw parentCommitDoesNotExist(parentCommitId);
    return { branchName };
  }
  if (parentCommitId === undefined || parentId === undefined) throw parentCommitIdRequired(branchName);
  if (parentId !== commitId) {
    throw (await objects.commit(parentId)) === undefined
      ? parentCommitDoesNotExist(parentCommitId)
      : parentCommitIdOutdated(parentCommitId);
  }
  const commit = await objects.commit(commitId);
  if (commit === undefined) throw new Error(`Commit ${commitId} is missing`);
  return { branchName, commitId, treeId: commit.treeId };
}

/** The tree at a tip, to be changed. */
export function editTip(objects: RepositoryObjects, { treeId }: BranchTip): Promise<TreeEditor> {
  return TreeEditor.open(objects, treeId);
}

/**
 * Makes a commit of what an editor has and moves the branch there, if it still is where it was.
 *
 * @param files contents that the tree names and that may not be stored
 * @throws ParentCommitIdOutdated and the other exceptions of {@link branchTip}, FolderContentSizeLimitExceeded,
 *   InvalidBranchName, InvalidPath
 */
export async function commitTree(
  services: CodecommitServices,
  { handle }: RepositoryReading,
  tip: BranchTip,
  editor: TreeEditor,
  files: readonly NewObject[],
  { author, message }: CommitDetails,
): Promise<MadeCommit> {
  const { treeId, objects: made } = editor.write();
  refuseLargeFolders(made);
  const parents = tip.commitId === undefined ? [] : [tip.commitId];
  const commit = newObject('commit', formatCommit({ treeId, parents, author, committer: author, message }));
  const update = {
    name: BRANCH_PREFIX + tip.branchName,
    oldObjectId: tip.commitId ?? null,
    newObjectId: commit.objectId,
  };
  const push = services.repositories.pushObjects(handle, [...files, ...made, commit], update);
  const result = await push.catch((error: unknown) => {
    throw refusalByGit(error) ?? error;
  });
  if (result.ok) return { commitId: commit.objectId, treeId };
  // Somebody was faster: the exception is the one that a request after theirs gets.
  await branchTip(await services.repositories.objects(handle), tip.branchName, tip.commitId);
  throw tip.commitId === undefined
    ? new ServiceError(InvalidBranchNameException$, `The specified reference name is not valid: ${result.reason}.`)
    : parentCommitIdOutdated(tip.commitId);
}

/**
 * Who a commit is by: the author and the committer, now.
 *
 * @param fallbackName where the caller names nobody
 * @throws InvalidEmail
 */
export function commitAuthor(
  { environment }: Call,
  name: string | undefined,
  email: string | undefined,
  fallbackName: string,
): Signature {
  if (email !== undefined && email.replaceAll(SEPARATORS, '') !== email) {
    throw new ServiceError(
      InvalidEmailException$,
      'The specified email address contains one or more characters that are not allowed.',
    );
  }
  return {
    // As git does: what cannot be in a name is left out of it.
    name: (name ?? '').replaceAll(SEPARATORS, '').trim() || fallbackName,
    email: (email ?? '').trim(),
    date: `${Math.floor(environment.time.getTime() / 1000)} +0000`,
  };
}

/** The caller's name as CodeCommit writes it into commits: the IAM user's, or else the ARN. CodeCommit User Guide, "Create a commit". */
export function callerName({ principal }: Call): string {
  return principal.userName ?? principal.arn;
}

/** Ends with a line feed, as every message that git makes. Without a message, what the caller would have to write. */
export function commitMessage(message: string | undefined, standard: string): string {
  const text = message === undefined || message === '' ? standard : message;
  if (text.includes('\0')) {
    throw new ServiceError(ValidationException$, 'A commit message cannot contain a NUL character.');
  }
  return text.endsWith('\n') ? text : `${text}\n`;
}

/** Puts a file into a tree, and tells what is in its way in the API's words. */
export async function putEntry(editor: TreeEditor, path: string, mode: string, objectId: string): Promise<void> {
  try {
    await editor.put(path, mode, objectId);
  } catch (error) {
    throw error instanceof PathConflictError ? conflictAt(path, error) : error;
  }
}

export function submoduleConflict(path: string): ServiceError {
  return new ServiceError(
    FilePathConflictsWithSubmodulePathException$,
    `The commit cannot be created because the file path ${path} points to a submodule.`,
  );
}

function conflictAt(path: string, { conflict }: PathConflictError): ServiceError {
  if (conflict === 'submodule') return submoduleConflict(path);
  if (conflict === 'folder') {
    return new ServiceError(
      FileNameConflictsWithDirectoryNameException$,
      `The file ${path} cannot be added because a directory of this name is in the repository.`,
    );
  }
  return new ServiceError(
    DirectoryNameConflictsWithFileNameException$,
    `The file ${path} cannot be added because a directory in its path has the name of a file in the repository.`,
  );
}

function refuseLargeFolders(objects: readonly NewObject[]): void {
  if (objects.every(({ type, content }) => type !== 'tree' || content.length <= FILE_BYTES)) return;
  throw new ServiceError(
    FolderContentSizeLimitExceededException$,
    'The commit cannot be created because at least one of its changes results in a folder whose contents exceed the limit of 6 MB.',
  );
}

/** Names and contents that git keeps out of every repository, such as a harmful .gitmodules. */
function refusalByGit(error: unknown): ServiceError | undefined {
  if (!(error instanceof GitProcessError) || error.status === null) return undefined;
  const reason = FSCK_REASON.exec(error.stderr)?.[1];
  return reason === undefined
    ? undefined
    : new ServiceError(InvalidPathException$, `The specified path is not valid: Git refuses it (${reason}).`);
}

function branchDoesNotExist(branchName: string): ServiceError {
  return new ServiceError(BranchDoesNotExistException$, `Branch ${branchName} does not exist`);
}

function branchNameIsTagName(branchName: string): ServiceError {
  return new ServiceError(
    BranchNameIsTagNameException$,
    `The specified branch name is not valid because it is a tag name: ${branchName}`,
  );
}

function parentCommitIdRequired(branchName: string): ServiceError {
  return new ServiceError(
    ParentCommitIdRequiredException$,
    `A parent commit ID is required: the head commit of branch ${branchName}, as GetBranch tells it.`,
  );
}

function parentCommitIdOutdated(parentCommitId: string): ServiceError {
  return new ServiceError(
    ParentCommitIdOutdatedException$,
    `The parent commit ID ${parentCommitId} is not the current tip of the branch. To view the full commit ID of its current head, use GetBranch.`,
  );
}

function parentCommitDoesNotExist(parentCommitId: string): ServiceError {
  return new ServiceError(
    ParentCommitDoesNotExistException$,
    `The parent commit ID ${parentCommitId} does not exist in the specified branch of the repository.`,
  );
}
