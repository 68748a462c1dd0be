import {
  type Commit,
  GetFileCommand,
  type GetFileOutput,
  GetFolderCommand,
  type GetFolderOutput,
  GetRepositoryCommand,
  type RepositoryMetadata,
} from '@aws-sdk/client-codecommit';
import { useCodeCommit } from '../../api/codecommit.ts';
import { getCommitHistory, getReferences, type Reference } from '../../api/codecommit-extensions.ts';
import { useRead } from '../../api/queries.ts';
import { branchSpecifier } from './code-addresses.ts';

export function useRepository(name: string) {
  const client = useCodeCommit();
  return useRead(['codecommit', 'GetRepository', name], () =>
    client.send(new GetRepositoryCommand({ repositoryName: name })),
  );
}

/** What a page shows that names no commit: the default branch; undefined where the repository is empty. */
export function defaultSpecifier(repository: RepositoryMetadata | undefined): string | undefined {
  const branch = repository?.defaultBranch;
  return branch === undefined ? undefined : branchSpecifier(branch);
}

export interface References {
  readonly references: readonly Reference[];
  /** There are others that the API gives only to who asks more narrowly. */
  readonly hasMore: boolean;
}

/** Branches and tags that contain a text: as many as one answer of the API holds. */
export function useReferences(name: string, nameContains: string, isEnabled: boolean) {
  const client = useCodeCommit();
  return useRead(
    ['codecommit', 'GetReferences', name, nameContains],
    async (): Promise<References> => {
      const { references = [], nextToken } = await getReferences(client, { repositoryName: name, nameContains });
      return { references, hasMore: nextToken !== undefined };
    },
    { enabled: isEnabled },
  );
}

export type CodeEntry =
  | { readonly kind: 'folder'; readonly folder: GetFolderOutput }
  | { readonly kind: 'file'; readonly file: GetFileOutput };

/** The folder or file at a path: no address tells which it is. */
export function useEntry(name: string, commitSpecifier: string, path: string) {
  const client = useCodeCommit();
  const of = { repositoryName: name, commitSpecifier };
  return useRead(['codecommit', 'GetFolder', name, commitSpecifier, path], async (): Promise<CodeEntry> => {
    try {
      return { kind: 'folder', folder: await client.send(new GetFolderCommand({ ...of, folderPath: path })) };
    } catch (error) {
      if ((error as Error).name !== 'FolderDoesNotExistException' || path === '') throw error;
      return { kind: 'file', file: await client.send(new GetFileCommand({ ...of, filePath: path })) };
    }
  });
}

/** The newest commit that changed a file. */
export function useLastCommit(name: string, commitSpecifier: string, path: string) {
  const client = useCodeCommit();
  return useRead(
    ['codecommit', 'GetCommitHistory', name, commitSpecifier, path, 1],
    async (): Promise<Commit | null> => {
      const answer = await getCommitHistory(client, { repositoryName: name, commitSpecifier, path, maxResults: 1 });
      return answer.commits?.[0] ?? null;
    },
  );
}
