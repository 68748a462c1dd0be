import {
  keepPreviousData,
  QueryCache,
  QueryClient,
  type UseQueryResult,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useRegion } from '../frame/addresses.ts';

const SESSION_ENDED = ['ExpiredTokenException', 'ExpiredToken', 'NotSignedIn'];
export const SESSION_KEY = ['session'];

/** Asks who is signed in again as soon as any request finds the session ended: the frame then shows the sign-in page. */
export function createQueryClient(): QueryClient {
  const onError = (error: Error) => {
    if (SESSION_ENDED.includes(error.name)) void client.resetQueries({ queryKey: SESSION_KEY });
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: (error, query) => query.queryKey[0] !== SESSION_KEY[0] && onError(error) }),
    defaultOptions: { queries: { retry: false, staleTime: 10_000 }, mutations: { onError } },
  });
  return client;
}

/**
 * What the API answers, kept by Region and `key` while a page shows it.
 *
 * @param key the service, the operation and its input: `['iam', 'GetUser', userName]`
 */
export function useRead<Output>(
  key: readonly [service: string, operation: string, ...input: unknown[]],
  read: () => Promise<Output>,
  { enabled = true, isReadOnce = false }: ReadOptions = {},
): UseQueryResult<Output, Error> {
  return useQuery({
    queryKey: [useRegion(), ...key],
    queryFn: read,
    enabled,
    ...(isReadOnce && { staleTime: 'static', gcTime: 0 }),
  });
}

interface Pages<Page> {
  /** Those that have come, from the first one on; undefined before it. */
  readonly pages: readonly Page[] | undefined;
  readonly isPending: boolean;
  /** Whether others follow them. */
  readonly hasMore: boolean;
  readonly error: Error | null;
}

/**
 * The pages of a list that the API gives one after another, each for the token of the one before. Until the first of
 * another list have come, those of the last one stay. One that was refused is asked for again when it is wanted anew.
 *
 * @param key as that of {@link useRead}
 * @param isWanted whether, of a list of which so many pages are there, the next is wanted too
 */
export function usePages<Page extends { readonly nextToken?: string | undefined }>(
  key: readonly [service: string, operation: string, ...input: unknown[]],
  read: (nextToken: string | undefined) => Promise<Page>,
  isWanted: (count: number) => boolean,
): Pages<Page> {
  const list = useInfiniteQuery({
    queryKey: [useRegion(), ...key],
    queryFn: ({ pageParam }) => read(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextToken }) => nextToken,
    placeholderData: keepPreviousData,
  });
  const { data, isPending, isPlaceholderData, hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = list;
  const isMoreWanted = hasNextPage && isWanted(data?.pages.length ?? 0);
  // What was refused before the page came to be shown is over, too.
  const [over, setOver] = useState(list.error);
  if (isFetchNextPageError && !isMoreWanted && list.error !== over) setOver(list.error);
  const error = list.error === over ? null : list.error;
  const isNextWanted = isMoreWanted && !isFetching && error === null;
  useEffect(() => {
    if (isNextWanted) void fetchNextPage();
  }, [isNextWanted, fetchNextPage]);
  return { pages: data?.pages, isPending, hasMore: data === undefined || hasNextPage || isPlaceholderData, error };
}

interface ReadOptions {
  readonly enabled?: boolean;
  /** Changes do not have it read anew, as of what they delete. */
  readonly isReadOnce?: boolean;
}

interface ChangeOptions {
  /** Whether `onDone` leaves the page: what that shows, which may be gone, is not read again. */
  readonly leavesPage?: boolean;
}

/**
 * A change by the API. Nothing that was read before is shown after it: what the page shows is read anew before `onDone`,
 * anything else when a page next asks for it.
 */
export function useChange<Input, Output>(
  change: (input: Input) => Promise<Output>,
  onDone?: (output: Output, input: Input) => void,
  { leavesPage = false }: ChangeOptions = {},
) {
  const queries = useQueryClient();
  return useMutation<Output, Error, Input>({
    mutationFn: change,
    onSuccess: async (output, input) => {
      queries.removeQueries({ predicate: (query) => query.getObserversCount() === 0 });
      await queries.invalidateQueries(leavesPage ? { refetchType: 'none' } : {});
      onDone?.(output, input);
    },
  });
}
