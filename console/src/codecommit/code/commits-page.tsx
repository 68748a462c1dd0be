import type { Commit } from '@aws-sdk/client-codecommit';
import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { useMemo } from 'react';
import { useLocation, useNavigate, useParams } from 'react-router';
import { useCodeCommit } from '../../api/codecommit.ts';
import { getCommitHistory } from '../../api/codecommit-extensions.ts';
import { usePages } from '../../api/queries.ts';
import { AppLink, LinkButton } from '../../elements/app-link.tsx';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { CopyButton } from '../../elements/secret.tsx';
import { useTableState } from '../../elements/table-state.ts';
import { formatTime } from '../../elements/times.ts';
import { UserText } from '../../elements/user-text.tsx';
import { useAddress } from '../../frame/addresses.ts';
import { repositoryPath } from '../repositories.ts';
import { codePath, codePlaceOf, commitPath } from './code-addresses.ts';
import { CodePage, Specified } from './code-page.tsx';
import { subjectOf, timeOf } from './commit-texts.ts';
import { PathLinks } from './path-links.tsx';
import { ReferenceSelect } from './reference-select.tsx';

const COMMITS_PER_PAGE = 50;
/** Each is asked for on the way to one that an address names: whoever made it does not keep a browser at that. */
const MOST_PAGES_BEFORE = 100;
/** Git's. */
const IN_ORDER = { sortable: [] };

/** The commits that lead to a branch, a tag or a commit; with a path, those that changed it. */
export function Component() {
  const { name = '' } = useParams();
  const { specifier, path } = codePlaceOf(useLocation().pathname);
  const navigate = useNavigate();
  const address = useAddress();
  return (
    <CodePage
      name={name}
      title="Commits"
      heading="Commits"
      actions={<LinkButton to={repositoryPath(name, 'compare')}>Compare commits</LinkButton>}
    >
      <Specified name={name} specifier={specifier}>
        {(shown) => (
          <SpaceBetween size="m">
            <div className="code-bar">
              <ReferenceSelect
                name={name}
                label="Branch or tag"
                specifier={shown}
                onChange={(chosen) => void navigate(address(codePath(name, 'commits', { specifier: chosen, path })))}
              />
              {path !== '' && <PathLinks name={name} specifier={shown} path={path} />}
            </div>
            <History key={`${shown} ${path}`} name={name} specifier={shown} path={path} />
          </SpaceBetween>
        )}
      </Specified>
    </CodePage>
  );
}

interface HistoryProps {
  readonly name: string;
  readonly specifier: string;
  readonly path: string;
}

function History({ name, specifier, path }: HistoryProps) {
  const client = useCodeCommit();
  const { state, change } = useTableState(IN_ORDER);
  const { page } = state;
  const isWanted = (count: number) => count < page && (count < MOST_PAGES_BEFORE || count === page - 1);
  const { pages, hasMore, error, isPending } = usePages(
    ['codecommit', 'GetCommitHistory', name, specifier, path],
    (nextToken) =>
      getCommitHistory(client, {
        repositoryName: name,
        commitSpecifier: specifier,
        path,
        maxResults: COMMITS_PER_PAGE,
        nextToken,
      }),
    isWanted,
  );
  const columns = useMemo(() => columnsOf(name), [name]);
  const count = pages?.length ?? 0;
  const isAwaited = isPending || (isWanted(count) && hasMore);
  const shown = isAwaited ? page : Math.min(page, count);
  const known = Math.max(count, shown);
  return (
    <Table<Commit>
      items={pages?.[shown - 1]?.commits ?? []}
      columnDefinitions={columns}
      trackBy="commitId"
      wrapLines
      loading={isAwaited && error === null}
      loadingText="Loading commits"
      ariaLabels={{ tableLabel: 'Commits' }}
      header={path !== '' && <Header variant="h2">Commits that changed it</Header>}
      empty={
        error === null ? (
          <Box textAlign="center" padding="m">
            No commits
          </Box>
        ) : (
          <ErrorAlert error={error} />
        )
      }
      pagination={
        // It has its place from the beginning, so that nothing jumps when the commits come.
        <Pagination
          currentPageIndex={shown}
          pagesCount={known}
          openEnd={hasMore && count > 0}
          disabled={count === 0}
          onChange={({ detail }) => change({ page: detail.currentPageIndex })}
        />
      }
    />
  );
}

function columnsOf(name: string): readonly TableProps.ColumnDefinition<Commit>[] {
  return [
    {
      id: 'id',
      header: 'Commit ID',
      minWidth: 120,
      cell: ({ commitId = '' }) => (
        <span className="copyable">
          <CopyButton name={`ID of ${commitId.slice(0, 8)}`} value={commitId} />
          <AppLink to={commitPath(name, commitId)}>
            <code>{commitId.slice(0, 8)}</code>
          </AppLink>
        </span>
      ),
    },
    {
      id: 'message',
      header: 'Commit message',
      isRowHeader: true,
      minWidth: 240,
      cell: ({ message }) => (
        <span className="clamped">
          <UserText>{subjectOf(message)}</UserText>
        </span>
      ),
    },
    {
      id: 'time',
      header: 'Commit date',
      minWidth: 240,
      cell: ({ committer }) => formatTime(timeOf(committer)),
    },
    {
      id: 'author',
      header: 'Author',
      minWidth: 140,
      cell: ({ author }) => (
        <span className="clamped">
          <UserText>{author?.name ?? '-'}</UserText>
        </span>
      ),
    },
    {
      id: 'actions',
      header: 'Actions',
      minWidth: 130,
      cell: ({ commitId = '' }) => (
        <LinkButton
          to={codePath(name, 'browse', { specifier: commitId, path: '' })}
          ariaLabel={`Browse the repository at ${commitId.slice(0, 8)}`}
        >
          Browse
        </LinkButton>
      ),
    },
  ];
}
