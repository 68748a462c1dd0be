import {
  BatchGetRepositoriesCommand,
  type CodeCommitClient,
  ListRepositoriesCommand,
  type RepositoryMetadata,
} from '@aws-sdk/client-codecommit';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { useCodeCommit } from '../api/codecommit.ts';
import { useRegion } from '../frame/addresses.ts';
import { BATCH } from './repository-details.ts';

const BATCHES_AT_ONCE = 4;

/** Names of at most a thousand repositories, with what BatchGetRepositories tells of each, and the token of the next page. */
async function repositoryPage(client: CodeCommitClient, nextToken: string | undefined) {
  const page = await client.send(new ListRepositoriesCommand({ nextToken }));
  const pairs = page.repositories ?? [];
  const names = pairs.map(({ repositoryName = '' }) => repositoryName);
  const described = new Map<string, RepositoryMetadata>();
  const batches = Array.from({ length: Math.ceil(names.length / BATCH) }, (_, index) =>
    names.slice(index * BATCH, (index + 1) * BATCH),
  );
  const workers = Array.from({ length: BATCHES_AT_ONCE }, async () => {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      const { repositories = [] } = await client.send(new BatchGetRepositoriesCommand({ repositoryNames: batch }));
      for (const repository of repositories) described.set(repository.repositoryName ?? '', repository);
    }
  });
  await Promise.all(workers);
  return {
    items: pairs.map((pair): RepositoryMetadata => described.get(pair.repositoryName ?? '') ?? pair),
    nextToken: page.nextToken,
  };
}

interface Repositories {
  /** As many as have come; undefined before the first. */
  readonly items: readonly RepositoryMetadata[] | undefined;
  readonly isPending: boolean;
  /** Whether all have come. */
  readonly isComplete: boolean;
  readonly error: Error | null;
}

/**
 * The repositories of the Region that the caller may list, for who looks for something in the details of each: a list
 * that only shows them takes {@link useRepositoryNames}.
 */
export function useRepositories(): Repositories {
  const client = useCodeCommit();
  const { data, error, isPending, hasNextPage, isFetching, fetchNextPage } = useInfiniteQuery({
    queryKey: [useRegion(), 'codecommit', 'ListRepositories', 'described'],
    queryFn: ({ pageParam }) => repositoryPage(client, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextToken }) => nextToken,
  });
  useEffect(() => {
    if (hasNextPage && !isFetching && error === null) void fetchNextPage();
  }, [hasNextPage, isFetching, error, fetchNextPage]);
  const items = useMemo(() => data?.pages.flatMap((page) => page.items), [data]);
  return { items, isPending, isComplete: data !== undefined && !hasNextPage, error };
}

/** The address of a repository's page below /console. */
export function repositoryPath(name: string, page: string): string {
  return `/codecommit/repositories/${encodeURIComponent(name)}/${page}`;
}

/** The URL that git-remote-codecommit takes. */
export function cloneUrlGrc(region: string, name: string): string {
  return `codecommit::${region}://${name}`;
}
