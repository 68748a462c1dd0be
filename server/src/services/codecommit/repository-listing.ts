import { ListRepositories$, ListRepositoriesCommand, type SortByEnum } from '@aws-sdk/client-codecommit';
import { z } from 'zod';
import type { Database } from '../../storage/database/database.ts';
import type { RepositoryRow } from '../../storage/database/schema.ts';
import type { Call } from '../operation.ts';
import { isRepositoryName } from './arns.ts';
import { continuationToken, positionOf } from './pagination.ts';
import { scopeOf } from './repository-targets.ts';
import { operation } from './service.ts';

/** CodeCommit API Reference, "ListRepositories", which takes no maxResults. */
export const REPOSITORIES_PER_PAGE = 1000;

/** Where a page by name begins. */
export const namePosition = z.tuple([z.string().refine(isRepositoryName)]);
/** Of repositories modified in the same millisecond, the id decides. */
const datePosition = z.tuple([z.int().nonnegative(), z.uuid()]);

/** What a listing asks the right to: no repository in particular. */
export function listingTarget(_services: unknown, { principal: { accountId } }: Call) {
  return { resources: [{ arn: '*', accountId }] };
}

export const listRepositories = operation(ListRepositories$, ListRepositoriesCommand, {
  target: listingTarget,
  handle: async ({ database }, call, { sortBy = 'repositoryName', order = 'ascending', nextToken }) => {
    const { accountId, region } = scopeOf(call);
    const listing = ['ListRepositories', accountId, region, sortBy, order];
    const page = { accountId, region, listing, isDescending: order === 'descending', nextToken };
    const rows = sortBy === 'repositoryName' ? await byName(database, page) : await byDate(database, page);
    const shown = rows.slice(0, REPOSITORIES_PER_PAGE);
    const last = shown.at(-1);
    return {
      repositories: shown.map((row) => ({ repositoryName: row.repository_name, repositoryId: row.repository_id })),
      ...(rows.length > shown.length &&
        last !== undefined && { nextToken: continuationToken(listing, positionsBySort[sortBy](last)) }),
    };
  },
});

type ListedRow = Pick<RepositoryRow, 'repository_id' | 'repository_name' | 'updated_at'>;

interface Page {
  readonly accountId: string;
  readonly region: string;
  readonly listing: readonly string[];
  readonly isDescending: boolean;
  readonly nextToken: string | undefined;
}

const positionsBySort: Readonly<Record<SortByEnum, (row: ListedRow) => readonly (string | number)[]>> = {
  repositoryName: (row) => [row.repository_name],
  lastModifiedDate: (row) => [row.updated_at, row.repository_id],
};

/** The rows of a page, and one more if there is one. */
function byName(database: Database, page: Page): Promise<ListedRow[]> {
  const [after] = positionOf(page.listing, namePosition, page.nextToken) ?? [];
  const query = listed(database, page).orderBy('repository_name', page.isDescending ? 'desc' : 'asc');
  if (after === undefined) return query.execute();
  return query.where('repository_name', page.isDescending ? '<' : '>', after).execute();
}

function byDate(database: Database, page: Page): Promise<ListedRow[]> {
  const after = positionOf(page.listing, datePosition, page.nextToken);
  const direction = page.isDescending ? 'desc' : 'asc';
  const query = listed(database, page).orderBy('updated_at', direction).orderBy('repository_id', direction);
  if (after === undefined) return query.execute();
  return query
    .where(({ eb, refTuple, tuple }) =>
      eb(refTuple('updated_at', 'repository_id'), page.isDescending ? '<' : '>', tuple(...after)),
    )
    .execute();
}

function listed(database: Database, { accountId, region }: Page) {
  return database
    .selectFrom('repositories')
    .select(['repository_id', 'repository_name', 'updated_at'])
    .where('account_id', '=', accountId)
    .where('region', '=', region)
    .limit(REPOSITORIES_PER_PAGE + 1);
}
