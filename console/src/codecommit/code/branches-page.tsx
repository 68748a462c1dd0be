import { DeleteBranchCommand } from '@aws-sdk/client-codecommit';
import Badge from '@cloudscape-design/components/badge';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TableProps } from '@cloudscape-design/components/table';
import { useMemo, useState } from 'react';
import { useParams } from 'react-router';
import { useCodeCommit } from '../../api/codecommit.ts';
import type { Reference } from '../../api/codecommit-extensions.ts';
import { useChange } from '../../api/queries.ts';
import { AppLink } from '../../elements/app-link.tsx';
import { ConfirmModal } from '../../elements/confirm-modal.tsx';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { ResourceTable } from '../../elements/resource-table.tsx';
import { UserText } from '../../elements/user-text.tsx';
import { visibleText } from '../../elements/visible-text.ts';
import { useNotify } from '../../frame/notifications.tsx';
import { repositoryPath } from '../repositories.ts';
import { branchOf } from './code-addresses.ts';
import { useCodePage } from './code-page.tsx';
import { useRepository } from './code-reads.ts';
import { CreateBranch } from './create-branch.tsx';
import { commitColumns, NameLink } from './reference-columns.tsx';
import { useAllReferences, useCommitsOf } from './reference-commits.ts';

export function Component() {
  const { name = '' } = useParams();
  useCodePage(name, 'Branches');
  const standard = useRepository(name).data?.repositoryMetadata?.defaultBranch;
  const { data, error, isPending } = useAllReferences(name, 'BRANCH');
  const commits = useCommitsOf(name, data);
  const [selected, select] = useState<Reference[]>([]);
  const [asked, ask] = useState<'create' | 'delete'>();
  const columns = useMemo(() => columnsOf(name, standard, commits.data), [name, standard, commits.data]);
  const chosen = branchOf(selected[0]?.referenceName ?? '');
  return (
    <SpaceBetween size="m">
      <ErrorAlert error={commits.error} />
      <ResourceTable
        title="Branches"
        headingTag="h1"
        variant="full-page"
        items={data}
        isLoading={isPending}
        error={error}
        columns={columns}
        idOf={({ referenceName = '' }) => referenceName}
        textOf={({ referenceName = '' }) => branchOf(referenceName) ?? ''}
        selection={{ kind: 'single', selected, onSelect: select }}
        empty={
          <>
            No branches: the first commit makes one. See the{' '}
            <AppLink to={repositoryPath(name, 'setup')}>connection steps</AppLink>.
          </>
        }
        actions={
          <>
            <Button
              disabled={chosen === undefined || chosen === standard}
              disabledReason={chosen === undefined ? 'Choose a branch first.' : 'The default branch cannot be deleted.'}
              onClick={() => ask('delete')}
            >
              Delete branch
            </Button>
            <Button variant="primary" disabled={data === undefined || data.length === 0} onClick={() => ask('create')}>
              Create branch
            </Button>
          </>
        }
      />
      {asked === 'create' && <CreateBranch name={name} from={standard} onDone={() => ask(undefined)} />}
      {asked === 'delete' && chosen !== undefined && (
        <Deletion
          name={name}
          branch={chosen}
          onDone={(isDeleted) => {
            ask(undefined);
            if (isDeleted) select([]);
          }}
        />
      )}
    </SpaceBetween>
  );
}

function columnsOf(
  name: string,
  standard: string | undefined,
  commits: Parameters<typeof commitColumns>[1],
): readonly TableProps.ColumnDefinition<Reference>[] {
  return [
    {
      id: 'name',
      header: 'Branch name',
      isRowHeader: true,
      sortingField: 'referenceName',
      minWidth: 190,
      cell: (reference) => (
        <span className="entry-name">
          <NameLink name={name} reference={reference} />
          {branchOf(reference.referenceName ?? '') === standard && <Badge>Default branch</Badge>}
        </span>
      ),
    },
    ...commitColumns(name, commits),
  ];
}

interface DeletionProps {
  readonly name: string;
  readonly branch: string;
  readonly onDone: (isDeleted: boolean) => void;
}

function Deletion({ name, branch, onDone }: DeletionProps) {
  const client = useCodeCommit();
  const notify = useNotify();
  const deletion = useChange(
    () => client.send(new DeleteBranchCommand({ repositoryName: name, branchName: branch })),
    () => {
      notify(`Branch ${visibleText(branch)} deleted.`);
      onDone(true);
    },
  );
  return (
    <ConfirmModal
      title={`Delete ${visibleText(branch)}?`}
      action="Delete"
      typed="delete"
      isPending={deletion.isPending}
      error={deletion.error}
      onConfirm={() => deletion.mutate(undefined)}
      onDismiss={() => onDone(false)}
    >
      Commits that are on no other branch or tag can no longer be reached once <UserText>{branch}</UserText> is gone.
    </ConfirmModal>
  );
}
