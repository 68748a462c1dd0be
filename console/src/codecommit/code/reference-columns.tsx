import type { Commit } from '@aws-sdk/client-codecommit';
import type { TableProps } from '@cloudscape-design/components/table';
import type { Reference } from '../../api/codecommit-extensions.ts';
import { AppLink } from '../../elements/app-link.tsx';
import { formatTime } from '../../elements/times.ts';
import { UserText } from '../../elements/user-text.tsx';
import { codePath, commitPath, shortName } from './code-addresses.ts';
import { subjectOf, timeOf } from './commit-texts.ts';

type Column = TableProps.ColumnDefinition<Reference>;

/** Its name, which leads to its files. */
export function NameLink({ name, reference }: { readonly name: string; readonly reference: Reference }) {
  const { referenceName = '', commitId } = reference;
  const text = (
    <span className="wrapping">
      <UserText>{shortName(referenceName)}</UserText>
    </span>
  );
  if (commitId === undefined) return text;
  return <AppLink to={codePath(name, 'browse', { specifier: referenceName, path: '' })}>{text}</AppLink>;
}

/** What its last commit is, if that is known. */
export function commitColumns(name: string, commits: ReadonlyMap<string, Commit> | undefined): readonly Column[] {
  const commitOf = ({ commitId = '' }: Reference) => commits?.get(commitId);
  return [
    {
      id: 'commit',
      header: 'Last commit ID',
      minWidth: 130,
      cell: ({ commitId }) =>
        commitId === undefined ? (
          '-'
        ) : (
          <AppLink to={commitPath(name, commitId)}>
            <code>{commitId.slice(0, 8)}</code>
          </AppLink>
        ),
    },
    {
      id: 'message',
      header: 'Last commit message',
      minWidth: 170,
      cell: (reference) => (
        <span className="clamped">
          <UserText>{commits === undefined ? '\u00a0' : messageOf(commitOf(reference))}</UserText>
        </span>
      ),
    },
    {
      id: 'time',
      header: 'Commit date',
      minWidth: 240,
      cell: (reference) => formatTime(timeOf(commitOf(reference)?.committer)),
    },
  ];
}

function messageOf(commit: Commit | undefined): string {
  return commit === undefined ? '-' : subjectOf(commit.message);
}
