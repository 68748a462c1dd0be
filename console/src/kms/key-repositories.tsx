import type { RepositoryMetadata } from '@aws-sdk/client-codecommit';
import type { TableProps } from '@cloudscape-design/components/table';
import { repositoryPath, useRepositories } from '../codecommit/repositories.ts';
import { AppLink } from '../elements/app-link.tsx';
import { ResourceTable } from '../elements/resource-table.tsx';

const COLUMNS: readonly TableProps.ColumnDefinition<RepositoryMetadata>[] = [
  {
    id: 'name',
    header: 'Name',
    isRowHeader: true,
    sortingField: 'repositoryName',
    cell: ({ repositoryName = '' }) => (
      <AppLink to={repositoryPath(repositoryName, 'settings')}>
        <span className="wrapping">{repositoryName}</span>
      </AppLink>
    ),
  },
  {
    id: 'description',
    header: 'Description',
    cell: ({ repositoryDescription = '-' }) => <span className="clamped">{repositoryDescription}</span>,
  },
];

/** Which repositories of the Region a key encrypts. */
export function KeyRepositories({ arn }: { readonly arn: string }) {
  const { items, isPending, isComplete, error } = useRepositories();
  return (
    <ResourceTable
      title="Repositories"
      description="Encrypted under this key. While it is not enabled, nobody can read them or push to them."
      items={items?.filter(({ kmsKeyId }) => kmsKeyId === arn)}
      isLoading={isPending || !isComplete}
      error={error}
      columns={COLUMNS}
      idOf={({ repositoryName = '' }) => repositoryName}
      textOf={({ repositoryName = '' }) => repositoryName}
      empty="No repository is encrypted under this key. Choose it when you create one, or in a repository's settings."
    />
  );
}
