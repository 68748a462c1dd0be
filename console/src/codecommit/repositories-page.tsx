import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TableProps } from '@cloudscape-design/components/table';
import { memo } from 'react';
import { AppLink, LinkButton } from '../elements/app-link.tsx';
import { Refusal } from '../elements/refusal.tsx';
import { ResourceTable } from '../elements/resource-table.tsx';
import { useAddressedSorting } from '../elements/table-state.ts';
import { sortableOf } from '../elements/table-view.ts';
import { formatTime } from '../elements/times.ts';
import { UserText } from '../elements/user-text.tsx';
import { visibleText } from '../elements/visible-text.ts';
import { useRegion } from '../frame/addresses.ts';
import { usePage } from '../frame/page-context.ts';
import { CloneUrlMenu } from './clone-url-menu.tsx';
import { repositoryPath } from './repositories.ts';
import { useRepositoryDetails } from './repository-details.ts';
import { useRepositoryNames } from './repository-names.ts';

interface CellProps {
  /** The repository's. */
  readonly name: string;
}

/** Each with a menu, and the browser has to draw a page of them at once. */
const ROWS = 25;

/** The columns that the API sorts by. */
const SORTS = { name: 'repositoryName', 'last-modified': 'lastModifiedDate' } as const;

const COLUMNS: readonly TableProps.ColumnDefinition<string>[] = [
  {
    id: 'name',
    header: 'Name',
    isRowHeader: true,
    sortingField: SORTS.name,
    minWidth: 180,
    width: '30%',
    cell: (name) => <NameLink name={name} />,
  },
  {
    id: 'description',
    header: 'Description',
    minWidth: 220,
    cell: (name) => <Description name={name} />,
  },
  {
    id: 'last-modified',
    header: 'Last modified',
    sortingField: SORTS['last-modified'],
    minWidth: 230,
    width: 230,
    cell: (name) => <LastModified name={name} />,
  },
  {
    id: 'clone-url',
    header: 'Clone URL',
    minWidth: 190,
    width: 190,
    cell: (name) => <CloneUrl name={name} />,
  },
];
const SORTABLE = sortableOf(COLUMNS);

export function Component() {
  usePage('Repositories', [
    { text: 'CodeCommit', path: '/codecommit/repositories' },
    { text: 'Repositories', path: '/codecommit/repositories' },
  ]);
  const region = useRegion();
  const sorting = useAddressedSorting({ sortable: SORTABLE });
  const { names, error, isPending, isComplete } = useRepositoryNames({
    sortBy: sorting?.columnId === 'last-modified' ? SORTS['last-modified'] : SORTS.name,
    order: sorting?.isDescending === true ? 'descending' : 'ascending',
  });
  if (names?.length === 0) return <Welcome region={region} />;
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
      items={names}
      isComplete={isComplete}
      isLoading={isPending}
      error={error}
      columns={COLUMNS}
      isSorted
      pageSize={ROWS}
      idOf={(name) => name}
      textOf={(name) => name}
      empty="No repositories"
    />
  );
}

// While names are still coming, the rows that are shown stay as they are.
const NameLink = memo(({ name }: CellProps) => (
  <AppLink to={repositoryPath(name, 'browse')}>
    <span className="wrapping">{name}</span>
  </AppLink>
));

const Description = memo(({ name }: CellProps) => {
  const { data, error } = useRepositoryDetails(name);
  const text = data?.repositoryDescription ?? (data === undefined ? '' : '-');
  return (
    <span className="two-lines">
      {error === null ? (
        <span className="clamped" title={visibleText(text)}>
          <UserText>{text}</UserText>
        </span>
      ) : (
        <Refusal error={error} />
      )}
    </span>
  );
});

const LastModified = memo(({ name }: CellProps) => {
  const { data, error } = useRepositoryDetails(name);
  return data === undefined && error === null ? '' : formatTime(data?.lastModifiedDate);
});

const CloneUrl = memo(({ name }: CellProps) => {
  const { data } = useRepositoryDetails(name);
  return <CloneUrlMenu repository={data ?? { repositoryName: name }} />;
});

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
