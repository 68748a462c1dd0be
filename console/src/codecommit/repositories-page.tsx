import type { RepositoryMetadata } from '@aws-sdk/client-codecommit';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TableProps } from '@cloudscape-design/components/table';
import { AppLink, LinkButton } from '../elements/app-link.tsx';
import { ResourceTable } from '../elements/resource-table.tsx';
import { formatTime } from '../elements/times.ts';
import { UserText } from '../elements/user-text.tsx';
import { visibleText } from '../elements/visible-text.ts';
import { useRegion } from '../frame/addresses.ts';
import { usePage } from '../frame/page-context.ts';
import { CloneUrlMenu } from './clone-url-menu.tsx';
import { repositoryPath, useRepositories } from './repositories.ts';

const COLUMNS: readonly TableProps.ColumnDefinition<RepositoryMetadata>[] = [
  {
    id: 'name',
    header: 'Name',
    isRowHeader: true,
    sortingField: 'repositoryName',
    minWidth: 180,
    maxWidth: 320,
    cell: ({ repositoryName = '' }) => (
      <AppLink to={repositoryPath(repositoryName, 'browse')}>
        <span className="wrapping">{repositoryName}</span>
      </AppLink>
    ),
  },
  {
    id: 'description',
    header: 'Description',
    minWidth: 200,
    cell: ({ repositoryDescription = '-' }) => (
      <span className="clamped" title={visibleText(repositoryDescription)}>
        <UserText>{repositoryDescription}</UserText>
      </span>
    ),
  },
  {
    id: 'last-modified',
    header: 'Last modified',
    sortingField: 'lastModifiedDate',
    minWidth: 200,
    cell: ({ lastModifiedDate }) => formatTime(lastModifiedDate),
  },
  {
    id: 'clone-url',
    header: 'Clone URL',
    minWidth: 150,
    cell: (repository) => <CloneUrlMenu repository={repository} />,
  },
];

export function Component() {
  usePage('Repositories', [
    { text: 'CodeCommit', path: '/codecommit/repositories' },
    { text: 'Repositories', path: '/codecommit/repositories' },
  ]);
  const region = useRegion();
  const { items, error, isPending, isComplete } = useRepositories();
  if (items?.length === 0) return <Welcome region={region} />;
  return (
    <ResourceTable
      title="Repositories"
      headingTag="h1"
      variant="full-page"
      actions={
        <LinkButton variant="primary" to="/codecommit/repository/create">
          Create repository
        </LinkButton>
      }
      items={items}
      isComplete={isComplete}
      isLoading={isPending}
      error={error}
      columns={COLUMNS}
      idOf={({ repositoryName = '' }) => repositoryName}
      textOf={({ repositoryName = '', repositoryDescription = '' }) => `${repositoryName} ${repositoryDescription}`}
      empty="No repositories"
    />
  );
}

/** Where the Region has no repository yet. */
function Welcome({ region }: { readonly region: string }) {
  return (
    <ContentLayout
      header={
        <Header variant="h1" description="Private Git repositories, encrypted at rest under keys that you control">
          Welcome to CodeCommit
        </Header>
      }
    >
      <Container header={<Header variant="h2">Create your first repository</Header>}>
        <SpaceBetween size="m">
          <Box>
            There is no repository in {region} yet. Create one, then connect to it with Git over HTTPS or SSH: the next
            page tells how.
          </Box>
          <LinkButton variant="primary" to="/codecommit/repository/create">
            Create repository
          </LinkButton>
        </SpaceBetween>
      </Container>
    </ContentLayout>
  );
}
