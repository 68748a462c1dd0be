import type { Commit, GetFolderOutput } from '@aws-sdk/client-codecommit';
import Icon, { type IconProps } from '@cloudscape-design/components/icon';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TableProps } from '@cloudscape-design/components/table';
import { useMemo } from 'react';
import { useCodeCommit } from '../../api/codecommit.ts';
import { getTree } from '../../api/codecommit-extensions.ts';
import { useRead } from '../../api/queries.ts';
import { AppLink } from '../../elements/app-link.tsx';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { ResourceTable } from '../../elements/resource-table.tsx';
import { formatTime } from '../../elements/times.ts';
import { UserText } from '../../elements/user-text.tsx';
import { codePath, commitPath } from './code-addresses.ts';
import { subjectOf, timeOf } from './commit-texts.ts';
import { Readme } from './readme.tsx';

interface FolderViewProps {
  readonly name: string;
  readonly specifier: string;
  readonly folder: GetFolderOutput;
}

interface Entry {
  readonly path: string;
  readonly text: string;
  readonly kind: 'folder' | 'file' | 'symbolic link' | 'submodule';
  /** undefined while it is looked for, null where it is not known. */
  readonly lastCommit: Commit | null | undefined;
}

const ICONS: Readonly<Record<Entry['kind'], IconProps.Name>> = {
  folder: 'folder',
  file: 'file',
  'symbolic link': 'redo',
  submodule: 'share',
};
const ENTRIES_PER_PAGE = 100;

export function FolderView({ name, specifier, folder }: FolderViewProps) {
  const lastCommits = useLastCommits(name, folder);
  const entries = useMemo(() => entriesOf(folder, lastCommits.data), [folder, lastCommits.data]);
  const columns = useMemo(() => columnsOf(name, specifier), [name, specifier]);
  return (
    <SpaceBetween size="m">
      <ErrorAlert error={lastCommits.error} />
      <ResourceTable
        title="Files"
        items={entries}
        isLoading={false}
        error={null}
        columns={columns}
        idOf={({ path }) => path}
        textOf={({ text }) => text}
        pageSize={ENTRIES_PER_PAGE}
        empty="The folder is empty."
      />
      <Readme name={name} specifier={specifier} folder={folder} />
    </SpaceBetween>
  );
}

/** After the list, which needs no history. */
function useLastCommits(name: string, { commitId, folderPath }: GetFolderOutput) {
  const client = useCodeCommit();
  return useRead(['codecommit', 'GetTree', name, commitId, folderPath], async () => {
    const tree = await getTree(client, { repositoryName: name, commitSpecifier: commitId, folderPath });
    const commits = new Map(tree.lastCommits?.map((commit) => [commit.commitId, commit]));
    return new Map(
      tree.entries?.map((entry) => [entry.relativePath ?? '', commits.get(entry.lastCommitId ?? '') ?? null]),
    );
  });
}

function entriesOf(folder: GetFolderOutput, lastCommits: ReadonlyMap<string, Commit | null> | undefined): Entry[] {
  const of = (kind: Entry['kind'], items: { absolutePath?: string; relativePath?: string }[] | undefined) =>
    items?.map(({ absolutePath = '', relativePath = '' }) => ({
      path: absolutePath,
      text: relativePath,
      kind,
      lastCommit: lastCommits === undefined ? undefined : (lastCommits.get(relativePath) ?? null),
    })) ?? [];
  const files = [
    ...of('file', folder.files),
    ...of('symbolic link', folder.symbolicLinks),
    ...of('submodule', folder.subModules),
  ];
  return [...of('folder', folder.subFolders), ...files.sort((a, b) => (a.text < b.text ? -1 : 1))];
}

function columnsOf(name: string, specifier: string): readonly TableProps.ColumnDefinition<Entry>[] {
  return [
    {
      id: 'name',
      header: 'Name',
      isRowHeader: true,
      minWidth: 160,
      width: '36%',
      cell: ({ path, text, kind }) => (
        <span className="entry-name">
          <Icon name={ICONS[kind]} ariaLabel={kind} />
          {kind === 'submodule' ? (
            <UserText>{text}</UserText>
          ) : (
            <AppLink to={codePath(name, 'browse', { specifier, path })}>
              <UserText>{text}</UserText>
            </AppLink>
          )}
        </span>
      ),
    },
    {
      id: 'last-commit',
      header: 'Last commit',
      minWidth: 180,
      width: '38%',
      cell: ({ lastCommit }) =>
        lastCommit ? (
          <span className="clipped">
            <AppLink to={commitPath(name, lastCommit.commitId ?? '')}>
              <UserText>{subjectOf(lastCommit.message)}</UserText>
            </AppLink>
          </span>
        ) : (
          <span className="clipped">{lastCommit === null ? '-' : '\u00a0'}</span>
        ),
    },
    {
      id: 'changed',
      header: 'Changed',
      minWidth: 240,
      width: '26%',
      cell: ({ lastCommit }) => (
        <span className="clipped">{lastCommit ? formatTime(timeOf(lastCommit.committer)) : '\u00a0'}</span>
      ),
    },
  ];
}
