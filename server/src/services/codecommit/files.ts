import {
  BlobIdDoesNotExistException$,
  FileDoesNotExistException$,
  type FileModeTypeEnum,
  FolderDoesNotExistException$,
  GetBlob$,
  GetBlobCommand,
  GetFile$,
  GetFileCommand,
  GetFolder$,
  GetFolderCommand,
  InvalidPathException$,
} from '@aws-sdk/client-codecommit';
import { type EntryKind, kindOf, pathOfBytes, type TreeEntry } from '../../repositories/tree-object.ts';
import type { Operation } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { specifiedCommit } from './commit-specifiers.ts';
import { filePath, folderPath } from './file-paths.ts';
import { readRepository } from './repository-reading.ts';
import { accessedTarget } from './repository-targets.ts';
import { type CodecommitServices, operation } from './service.ts';

/** CodeCommit's quota on a file that its API reads or writes: 6 MB. */
export const FILE_BYTES = 6_291_456;

export const FILE_MODES: Readonly<Partial<Record<EntryKind, FileModeTypeEnum>>> = {
  file: 'NORMAL',
  executable: 'EXECUTABLE',
  'symbolic link': 'SYMLINK',
};

const getFile = operation(GetFile$, GetFileCommand, {
  target: (services, call, { repositoryName }) => accessedTarget(services, call, repositoryName),
  handle: (services, call, { commitSpecifier, filePath: wanted }, target) =>
    readRepository(services, call, target, async ({ objects }) => {
      const path = filePath(wanted);
      const { commitId, commit } = await specifiedCommit(objects, commitSpecifier);
      const entry = await objects.entryAt(commit.treeId, path);
      const fileMode = entry && FILE_MODES[kindOf(entry)];
      if (entry === undefined || fileMode === undefined) throw fileDoesNotExist(path);
      const fileContent = await objects.blob(entry.objectId, FILE_BYTES);
      if (fileContent === undefined) throw new Error(`Blob ${entry.objectId} is missing`);
      return { commitId, blobId: entry.objectId, filePath: path, fileMode, fileSize: fileContent.length, fileContent };
    }),
});

const getFolder = operation(GetFolder$, GetFolderCommand, {
  target: (services, call, { repositoryName }) => accessedTarget(services, call, repositoryName),
  handle: (services, call, { commitSpecifier, folderPath: wanted }, target) =>
    readRepository(
      services,
      call,
      target,
      async ({ objects }) => {
        const path = folderPath(wanted);
        const { commitId, commit } = await specifiedCommit(objects, commitSpecifier);
        const folder = await objects.entryAt(commit.treeId, path);
        if (folder === undefined || kindOf(folder) !== 'folder') throw folderDoesNotExist(path);
        const entries = await objects.folder(folder.objectId);
        return { commitId, folderPath: path, treeId: folder.objectId, ...contentsOf(path, entries) };
      },
      { tooLarge: InvalidPathException$ },
    ),
});

const getBlob = operation(GetBlob$, GetBlobCommand, {
  target: (services, call, { repositoryName }) => accessedTarget(services, call, repositoryName),
  handle: (services, call, { blobId }, target) =>
    readRepository(services, call, target, async ({ objects }) => {
      const content = await objects.blob(blobId.toLowerCase(), FILE_BYTES);
      if (content === undefined) throw blobDoesNotExist(blobId);
      return { content };
    }),
});

export const fileOperations: readonly Operation<CodecommitServices>[] = [getFile, getFolder, getBlob];

function contentsOf(folder: string, entries: readonly TreeEntry[]) {
  const of = (...kinds: readonly EntryKind[]) => entries.filter((entry) => kinds.includes(kindOf(entry)));
  const paths = ({ name }: TreeEntry) => {
    const relativePath = pathOfBytes(name);
    return { absolutePath: folder === '' ? relativePath : `${folder}/${relativePath}`, relativePath };
  };
  const blob = (entry: TreeEntry) => {
    const fileMode = FILE_MODES[kindOf(entry)];
    return { blobId: entry.objectId, ...paths(entry), ...(fileMode !== undefined && { fileMode }) };
  };
  return {
    subFolders: of('folder').map((entry) => ({ treeId: entry.objectId, ...paths(entry) })),
    files: of('file', 'executable').map(blob),
    symbolicLinks: of('symbolic link').map(blob),
    subModules: of('submodule').map((entry) => ({ commitId: entry.objectId, ...paths(entry) })),
  };
}

export function fileDoesNotExist(path: string): ServiceError {
  return new ServiceError(FileDoesNotExistException$, `File ${path} does not exist`);
}

export function folderDoesNotExist(path: string): ServiceError {
  return new ServiceError(FolderDoesNotExistException$, `Folder ${path} does not exist`);
}

export function blobDoesNotExist(blobId: string): ServiceError {
  return new ServiceError(BlobIdDoesNotExistException$, `Blob ${blobId} does not exist`);
}
