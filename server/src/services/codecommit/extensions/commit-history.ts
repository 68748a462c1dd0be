import { TipsDivergenceExceededException$ } from '@aws-sdk/client-codecommit';
import { z } from 'zod';
import { commitIds } from '../../../repositories/commit-history.ts';
import { specifiedCommit } from '../commit-specifiers.ts';
import { describedCommit } from '../commits.ts';
import { folderPath } from '../file-paths.ts';
import { continuationToken, digestOf, pageSize, positionOf } from '../pagination.ts';
import { readRepository } from '../repository-reading.ts';
import { accessedTarget, existingRepository } from '../repository-targets.ts';
import { operation } from '../service.ts';
import { GetCommitHistory$, GetCommitHistoryCommand } from './schemas.ts';

const PAGE_SIZES = { standard: 100, most: 1000 };

/** The commit that the pages lead back from, and how many commits they have passed. */
const historyPosition = z.tuple([z.string(), z.int().positive()]);

/** The commits that lead to one, newest first. */
export const getCommitHistory = operation(GetCommitHistory$, GetCommitHistoryCommand, {
  target: (services, call, { repositoryName }) => accessedTarget(services, call, repositoryName),
  handle: (services, call, { commitSpecifier, path: wanted = '', maxResults, nextToken }, target) => {
    const { repository_id: repositoryId } = existingRepository(target);
    const size = pageSize(maxResults, PAGE_SIZES);
    const path = folderPath(wanted);
    const listing = ['GetCommitHistory', repositoryId, digestOf(commitSpecifier, path)];
    const position = positionOf(listing, historyPosition, nextToken);
    return readRepository(
      services,
      call,
      target,
      async ({ objects }) => {
        const [specifier = commitSpecifier, skip = 0] = position ?? [];
        const { commitId } = await specifiedCommit(objects, specifier);
        const ids = await commitIds(objects, commitId, { skip, count: size + 1, path });
        const page = ids.slice(0, size);
        const commits = await Promise.all(
          page.map(async (id) => {
            const commit = await objects.commit(id);
            if (commit === undefined) throw new Error(`Commit ${id} is missing`);
            return describedCommit(id, commit);
          }),
        );
        return {
          commitId,
          commits,
          ...(ids.length > page.length && { nextToken: continuationToken(listing, [commitId, skip + page.length]) }),
        };
      },
      { tooMuch: TipsDivergenceExceededException$ },
    );
  },
});
