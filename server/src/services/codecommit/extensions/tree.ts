import { InvalidPathException$ } from '@aws-sdk/client-codecommit';
import { lastCommits } from '../../../repositories/last-commits.ts';
import {
  type EntryKind,
  kindOf,
  pathOfBytes,
  type TreeEntry as StoredEntry,
} from '../../../repositories/tree-object.ts';
import { specifiedCommit } from '../commit-specifiers.ts';
import { describedCommit } from '../commits.ts';
import { folderPath } from '../file-paths.ts';
import { FILE_MODES, folderDoesNotExist } from '../files.ts';
import { readRepository } from '../repository-reading.ts';
import { accessedTarget } from '../repository-targets.ts';
import { operation } from '../service.ts';
import { GetTree$, GetTreeCommand, type TreeEntry } from './schemas.ts';

const TYPES: Readonly<Record<EntryKind, NonNullable<TreeEntry['type']>>> = {
  folder: 'FOLDER',
  file: 'FILE',
  executable: 'FILE',
  'symbolic link': 'SYMBOLIC_LINK',
  submodule: 'SUBMODULE',
};

/** One level of a folder, each entry with the commit that last changed it. */
export const getTree = operation(GetTree$, GetTreeCommand, {
  target: (services, call, { repositoryName }) => accessedTarget(services, call, repositoryName),
  handle: (services, call, { commitSpecifier, folderPath: wanted = '' }, target) =>
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
        const changedBy = await lastCommits(objects, commitId, path, entries);
        const commits = [...new Set(changedBy.values())].map(async (id) => {
          const found = await objects.commit(id);
          return found === undefined ? [] : [describedCommit(id, found)];
        });
        return {
          commitId,
          treeId: folder.objectId,
          folderPath: path,
          entries: foldersFirst(entries).map((entry) => described(entry, path, changedBy.get(entry.name))),
          lastCommits: (await Promise.all(commits)).flat(),
        };
      },
      { tooLarge: InvalidPathException$ },
    ),
});

function foldersFirst(entries: readonly StoredEntry[]): readonly StoredEntry[] {
  const isFolder = (entry: StoredEntry) => kindOf(entry) === 'folder';
  return [...entries.filter(isFolder), ...entries.filter((entry) => !isFolder(entry))];
}

function described(entry: StoredEntry, folder: string, lastCommitId: string | undefined): TreeEntry {
  const relativePath = pathOfBytes(entry.name);
  const fileMode = FILE_MODES[kindOf(entry)];
  return {
    absolutePath: folder === '' ? relativePath : `${folder}/${relativePath}`,
    relativePath,
    type: TYPES[kindOf(entry)],
    objectId: entry.objectId,
    ...(fileMode !== undefined && { fileMode }),
    ...(lastCommitId !== undefined && { lastCommitId }),
  };
}
