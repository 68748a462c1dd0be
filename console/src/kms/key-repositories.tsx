import type { TableProps } from '@cloudscape-design/components/table';
import type { EncryptedRepository } from '../api/codecommit-extensions.ts';
import { repositoryPath } from '../codecommit/repositories.ts';
import { AppLink } from '../elements/app-link.tsx';
import { ResourceTable } from '../elements/resource-table.tsx';
import { UserText } from '../elements/user-text.tsx';
import { useEncryptedRepositories } from './encrypted-repositories.ts';

const COLUMNS: readonly TableProps.ColumnDefinition<EncryptedRepository>[] = [
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
    cell: ({ repositoryDescription = '-' }) => (
      <span className="clamped">
        <UserText>{repositoryDescription}</UserText>
      </span>
    ),
  },
];

/** Which repositories of the Region a key encrypts. */
export function KeyRepositories({ arn }: { readonly arn: string }) {
  const { data, isPending, error } = useEncryptedRepositories(arn);
  return (
    <ResourceTable
      title="Repositories"
      name="repositories"
      description="Encrypted under this key. While it is not enabled, nobody can read them or push to them."
      items={data}
      isLoading={isPending}
      error={error}
      columns={COLUMNS}
      idOf={({ repositoryName = '' }) => repositoryName}
      textOf={({ repositoryName = '' }) => repositoryName}
      empty="No repository is encrypted under this key. Choose it when you create one, or in a repository's settings."
    />
  );
}
