import { ListRepositoriesCommand, type OrderEnum, type SortByEnum } from '@aws-sdk/client-codecommit';
import { useMemo } from 'react';
import { useCodeCommit } from '../api/codecommit.ts';
import { usePages } from '../api/queries.ts';

interface RepositoryOrder {
  readonly sortBy: SortByEnum;
  readonly order: OrderEnum;
}

interface RepositoryNames {
  /** As many as have come, in the order asked for; undefined before the first. */
  readonly names: readonly string[] | undefined;
  readonly isPending: boolean;
  /** Whether all have come. */
  readonly isComplete: boolean;
  readonly error: Error | null;
}

const BY_NAME: RepositoryOrder = { sortBy: 'repositoryName', order: 'ascending' };

/**
 * What the repositories of the Region that the caller may list are called, in the API's order: the first thousand at
 * once, the others one page after another. Until the first of another order have come, those of the last one stay.
 */
export function useRepositoryNames({ sortBy, order } = BY_NAME): RepositoryNames {
  const client = useCodeCommit();
  const { pages, hasMore, ...rest } = usePages(
    ['codecommit', 'ListRepositories', sortBy, order],
    (nextToken) => client.send(new ListRepositoriesCommand({ sortBy, order, nextToken })),
    () => true,
  );
  const names = useMemo(
    () => pages?.flatMap(({ repositories = [] }) => repositories.map(({ repositoryName = '' }) => repositoryName)),
    [pages],
  );
  return { names, isComplete: !hasMore, ...rest };
}
