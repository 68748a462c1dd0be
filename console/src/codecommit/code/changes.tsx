import { GetDifferencesCommand } from '@aws-sdk/client-codecommit';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';
import { useMemo, useState } from 'react';
import { useCodeCommit } from '../../api/codecommit.ts';
import { useRead } from '../../api/queries.ts';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { Loading } from '../../frame/loading.tsx';
import { ChangedFile } from './changed-file.tsx';
import { type DiffView, useDiffView } from './diff-view.ts';
import { type FileChange, fileChanges, pathOf } from './file-changes.ts';

interface ChangesProps {
  readonly name: string;
  /** Absent: everything is new. */
  readonly before: string | undefined;
  readonly after: string;
}

const FILES_PER_STEP = 50;
/** The API's page. */
const MOST_FILES = 1_000;

/** What differs between two commits, file by file. */
export function Changes({ name, before, after }: ChangesProps) {
  const { data, error } = useDifferences(name, before, after);
  const [view, setView] = useDiffView();
  const [hidesSpace, setHidesSpace] = useState(false);
  const [shown, setShown] = useState(FILES_PER_STEP);
  if (error !== null) return <ErrorAlert error={error} />;
  if (data === undefined) return <Loading what="changes" />;
  if (data.changes.length === 0) return <Box>There are no differences.</Box>;
  const left = data.changes.length - shown;
  return (
    <SpaceBetween size="m">
      <div className="code-bar">
        <Box variant="h2">{countOf(data.changes)}</Box>
        <SegmentedControl
          label="Layout of changes"
          selectedId={view}
          options={[
            { id: 'unified', text: 'Unified' },
            { id: 'split', text: 'Split' },
          ]}
          onChange={({ detail }) => setView(detail.selectedId as DiffView)}
        />
        <Toggle checked={hidesSpace} onChange={({ detail }) => setHidesSpace(detail.checked)}>
          Hide whitespace changes
        </Toggle>
      </div>
      {data.hasMore && (
        <Alert type="info">
          More than {MOST_FILES.toLocaleString('en')} files differ: these are the first of them.
        </Alert>
      )}
      {data.changes.slice(0, shown).map((change) => (
        <ChangedFile
          key={`${change.kind} ${pathOf(change)}`}
          name={name}
          after={after}
          change={change}
          view={view}
          hidesSpace={hidesSpace}
        />
      ))}
      {left > 0 && (
        <Button onClick={() => setShown(shown + FILES_PER_STEP)}>
          Show {Math.min(left, FILES_PER_STEP)} more of {left} files
        </Button>
      )}
    </SpaceBetween>
  );
}

interface Differences {
  readonly changes: readonly FileChange[];
  readonly hasMore: boolean;
}

function useDifferences(name: string, before: string | undefined, after: string) {
  const client = useCodeCommit();
  const answer = useRead(['codecommit', 'GetDifferences', name, before, after], () =>
    client.send(
      new GetDifferencesCommand({
        repositoryName: name,
        beforeCommitSpecifier: before,
        afterCommitSpecifier: after,
        MaxResults: MOST_FILES,
      }),
    ),
  );
  const { differences, NextToken } = answer.data ?? {};
  const data = useMemo(
    (): Differences | undefined =>
      differences && { changes: fileChanges(differences), hasMore: NextToken !== undefined },
    [differences, NextToken],
  );
  return { data, error: answer.error };
}

function countOf(changes: readonly FileChange[]): string {
  return changes.length === 1 ? '1 changed file' : `${changes.length.toLocaleString('en')} changed files`;
}
