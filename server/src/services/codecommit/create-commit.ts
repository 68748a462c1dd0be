import {
  CreateCommit$,
  CreateCommitCommand,
  type DeleteFileEntry,
  FileContentAndSourceFileSpecifiedException$,
  FileContentSizeLimitExceededException$,
  FileEntryRequiredException$,
  type FileMetadata,
  InvalidFileModeException$,
  MaximumFileEntriesExceededException$,
  NoChangeException$,
  type PutFileEntry,
  PutFileEntryConflictException$,
  RestrictedSourceFileException$,
  SamePathRequestException$,
  type SetFileModeEntry,
  SourceFileOrContentRequiredException$,
} from '@aws-sdk/client-codecommit';
import { type NewObject, newObject } from '../../repositories/pack-writer.ts';
import type { RepositoryObjects } from '../../repositories/repositories.ts';
import { FOLDER_KEEPER, type TreeEditor } from '../../repositories/tree-editor.ts';
import { kindOf, type TreeEntry } from '../../repositories/tree-object.ts';
import type { Operation } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import {
  branchTip,
  callerName,
  commitAuthor,
  commitMessage,
  commitTree,
  editTip,
  putEntry,
  submoduleConflict,
} from './branch-commits.ts';
import { changedBranchTarget } from './branches.ts';
import { writtenPath } from './file-paths.ts';
import { keptMode, storedMode } from './file-writes.ts';
import { FILE_MODES, fileDoesNotExist } from './files.ts';
import { readRepository } from './repository-reading.ts';
import { type CodecommitServices, operation } from './service.ts';

/** CodeCommit's quota on the files of one commit. */
const ENTRIES_MAXIMUM = 100;
/** CodeCommit's quota on the content of one request: 7 MB. */
const CONTENT_BYTES = 7_340_032;

const createCommit = operation(CreateCommit$, CreateCommitCommand, {
  target: (services, call, input) => changedBranchTarget(services, call, input),
  handle: (services, call, input, target) => {
    const changes = readChanges(input);
    const author = commitAuthor(call, input.authorName, input.email, callerName(call));
    const message = commitMessage(input.commitMessage, standardMessage(changes));
    return readRepository(services, call, target, async (reading) => {
      const tip = await branchTip(reading.objects, input.branchName, input.parentCommitId);
      const editor = await editTip(reading.objects, tip);
      const { files, ...summary } = await apply(reading.objects, tip.treeId, editor, changes);
      if (editor.write().treeId === tip.treeId) throw noChange();
      const made = await commitTree(services, reading, tip, editor, files, { author, message });
      return { ...made, ...summary };
    });
  },
});

export const createCommitOperations: readonly Operation<CodecommitServices>[] = [createCommit];

interface Put {
  readonly path: string;
  readonly mode: string | undefined;
  readonly source: Buffer | { readonly path: string; readonly isMove: boolean };
}

/** What a request asks for, each path at most once. */
interface Changes {
  readonly puts: readonly Put[];
  readonly deletions: readonly string[];
  readonly modes: readonly { readonly path: string; readonly mode: string }[];
  readonly keepEmptyFolders: boolean;
}

interface ChangesInput {
  readonly putFiles?: readonly PutFileEntry[] | undefined;
  readonly deleteFiles?: readonly DeleteFileEntry[] | undefined;
  readonly setFileModes?: readonly SetFileModeEntry[] | undefined;
  readonly keepEmptyFolders?: boolean | undefined;
}

function readChanges({ putFiles = [], deleteFiles = [], setFileModes = [], keepEmptyFolders }: ChangesInput): Changes {
  const count = putFiles.length + deleteFiles.length + setFileModes.length;
  if (count === 0) throw fileEntryRequired();
  if (count > ENTRIES_MAXIMUM) throw tooManyEntries();
  const puts = putFiles.map(readPut);
  const deletions = deleteFiles.map(({ filePath = '' }) => writtenPath(filePath));
  const modes = setFileModes.map(({ filePath = '', fileMode = '' }) => ({
    path: writtenPath(filePath),
    mode: storedMode(fileMode),
  }));
  const contentBytes = puts.reduce((sum, { source }) => sum + (Buffer.isBuffer(source) ? source.length : 0), 0);
  if (contentBytes > CONTENT_BYTES) throw tooMuchContent();
  const moved = puts.flatMap(({ source }) => (!Buffer.isBuffer(source) && source.isMove ? [source.path] : []));
  refuseRepeatedPaths([...puts.map(({ path }) => path), ...deletions, ...modes.map(({ path }) => path), ...moved]);
  refuseFilesInFiles(puts.map(({ path }) => path));
  return { puts, deletions, modes, keepEmptyFolders: keepEmptyFolders === true };
}

function readPut({ filePath = '', fileMode, fileContent, sourceFile }: PutFileEntry): Put {
  const path = writtenPath(filePath);
  const mode = fileMode === undefined ? undefined : storedMode(fileMode);
  if (fileContent !== undefined && sourceFile !== undefined) throw contentAndSource(path);
  if (fileContent !== undefined) return { path, mode, source: Buffer.from(fileContent) };
  if (sourceFile === undefined) throw sourceOrContentRequired(path);
  const sourcePath = writtenPath(sourceFile.filePath ?? '');
  if (sourcePath.split('/').at(-1) === FOLDER_KEEPER) throw restrictedSource(sourcePath);
  return { path, mode, source: { path: sourcePath, isMove: sourceFile.isMove === true } };
}

/** Makes room first: what is deleted or moved away is in nobody's way. Sources are those of the parent commit. */
async function apply(objects: RepositoryObjects, treeId: string | undefined, editor: TreeEditor, changes: Changes) {
  const before = await editTip(objects, { branchName: '', ...(treeId !== undefined && { treeId }) });
  const fileBefore = async (path: string): Promise<TreeEntry> => {
    const entry = await before.fileAt(path);
    if (entry === undefined) throw fileDoesNotExist(path);
    if (kindOf(entry) === 'submodule') throw submoduleConflict(path);
    return entry;
  };
  const files: NewObject[] = [];
  const summary = {
    filesAdded: [] as FileMetadata[],
    filesUpdated: [] as FileMetadata[],
    filesDeleted: [] as FileMetadata[],
  };
  const moved = changes.puts.flatMap(({ source }) => (!Buffer.isBuffer(source) && source.isMove ? [source.path] : []));
  for (const path of [...changes.deletions, ...moved]) {
    summary.filesDeleted.push(metadata(path, await fileBefore(path)));
    await editor.remove(path, changes.keepEmptyFolders);
  }
  for (const { path, mode: wanted, source } of changes.puts) {
    const present = await before.fileAt(path);
    const entry = Buffer.isBuffer(source) ? writtenEntry(source, files) : await fileBefore(source.path);
    const mode = wanted ?? (Buffer.isBuffer(source) ? keptMode(present) : entry.mode);
    await putEntry(editor, path, mode, entry.objectId);
    const isSame = present?.objectId === entry.objectId && present.mode === mode;
    const list = present === undefined ? summary.filesAdded : summary.filesUpdated;
    if (!isSame) list.push(metadata(path, { mode, objectId: entry.objectId }));
  }
  for (const { path, mode } of changes.modes) {
    const entry = await fileBefore(path);
    if (kindOf(entry) === 'symbolic link') throw linkHasNoMode(path);
    await putEntry(editor, path, mode, entry.objectId);
    if (entry.mode !== mode) summary.filesUpdated.push(metadata(path, { mode, objectId: entry.objectId }));
  }
  return { files, ...summary };
}

function writtenEntry(content: Buffer, files: NewObject[]): { readonly objectId: string; readonly mode: string } {
  const blob = newObject('blob', content);
  files.push(blob);
  return { objectId: blob.objectId, mode: keptMode(undefined) };
}

function metadata(path: string, { mode, objectId }: Pick<TreeEntry, 'mode' | 'objectId'>): FileMetadata {
  const fileMode = FILE_MODES[kindOf({ mode })];
  return { absolutePath: path, blobId: objectId, ...(fileMode !== undefined && { fileMode }) };
}

function standardMessage({ puts, deletions, modes }: Changes): string {
  const count = puts.length + deletions.length + modes.length;
  if (count > 1) return `Changed ${count} files`;
  const [path = ''] = [...puts.map((put) => put.path), ...deletions, ...modes.map((mode) => mode.path)];
  return `${deletions.length === 1 ? 'Deleted' : 'Changed'} ${path}`;
}

function refuseRepeatedPaths(paths: readonly string[]): void {
  const repeated = paths.find((path, index) => paths.indexOf(path) !== index);
  if (repeated === undefined) return;
  throw new ServiceError(
    SamePathRequestException$,
    `The commit cannot be created because more than one of its changes concerns the file path ${repeated}.`,
  );
}

function refuseFilesInFiles(paths: readonly string[]): void {
  const inner = paths.find((path) => paths.some((other) => path.startsWith(`${other}/`)));
  if (inner === undefined) return;
  throw new ServiceError(
    PutFileEntryConflictException$,
    `The commit cannot be created because ${inner} is in a folder that the commit names as a file.`,
  );
}

function fileEntryRequired(): ServiceError {
  return new ServiceError(
    FileEntryRequiredException$,
    'The commit cannot be created because no files have been specified as added, updated, or changed.',
  );
}

function tooManyEntries(): ServiceError {
  return new ServiceError(
    MaximumFileEntriesExceededException$,
    `The number of specified files to change exceeds ${ENTRIES_MAXIMUM}, the most of a single commit. Consider using a Git client for these changes.`,
  );
}

function tooMuchContent(): ServiceError {
  return new ServiceError(
    FileContentSizeLimitExceededException$,
    'The combined file content change size is more than 7 MB. Consider making these changes using a Git client.',
  );
}

function contentAndSource(path: string): ServiceError {
  return new ServiceError(
    FileContentAndSourceFileSpecifiedException$,
    `The commit cannot be created because both a source file and file content have been specified for ${path}.`,
  );
}

function sourceOrContentRequired(path: string): ServiceError {
  return new ServiceError(
    SourceFileOrContentRequiredException$,
    `The commit cannot be created because neither a source file nor file content has been specified for ${path}.`,
  );
}

function restrictedSource(path: string): ServiceError {
  return new ServiceError(
    RestrictedSourceFileException$,
    `The commit cannot be created because one of the changes specifies copying or moving a ${FOLDER_KEEPER} file: ${path}.`,
  );
}

function linkHasNoMode(path: string): ServiceError {
  return new ServiceError(
    InvalidFileModeException$,
    `The specified file mode permission is not valid: ${path} is a symbolic link.`,
  );
}

function noChange(): ServiceError {
  return new ServiceError(
    NoChangeException$,
    'The commit cannot be created because no changes will be made to the repository as a result of this commit.',
  );
}
