import { isAllowed } from '../../../access/authorization.ts';
import { continuationToken, positionOf } from '../pagination.ts';
import { listingTarget, namePosition, REPOSITORIES_PER_PAGE } from '../repository-listing.ts';
import { repositoryResource, scopeOf } from '../repository-targets.ts';
import { operation } from '../service.ts';
import { ListRepositoriesForEncryptionKey$, ListRepositoriesForEncryptionKeyCommand } from './schemas.ts';

/**
 * The repositories that a key encrypts, whatever its state: those under a key that is disabled or about to be deleted can
 * be told of by no operation of AWS's, and are what its keeper has to know. A caller is told of those that GetRepository
 * would tell them of, so a page may hold fewer than there are.
 */
export const listRepositoriesForEncryptionKey = operation(
  ListRepositoriesForEncryptionKey$,
  ListRepositoriesForEncryptionKeyCommand,
  {
    action: 'codecommit:ListRepositories',
    target: listingTarget,
    handle: async ({ database }, call, { kmsKeyId, nextToken }) => {
      const { accountId, region } = scopeOf(call);
      const listing = ['ListRepositoriesForEncryptionKey', accountId, region, kmsKeyId];
      const [after = ''] = positionOf(listing, namePosition, nextToken) ?? [];
      const rows = await database
        .selectFrom('repositories')
        .selectAll()
        .where('kms_key_arn', '=', kmsKeyId)
        .where('account_id', '=', accountId)
        .where('region', '=', region)
        .where('repository_name', '>', after)
        .orderBy('repository_name')
        .limit(REPOSITORIES_PER_PAGE + 1)
        .execute();
      const page = rows.slice(0, REPOSITORIES_PER_PAGE);
      const last = page.at(-1);
      return {
        repositories: page
          .filter((row) => {
            const resource = repositoryResource({ accountId, region, repositoryName: row.repository_name }, row);
            return isAllowed(call.principal, call.environment, 'codecommit:GetRepository', resource);
          })
          .map((row) => ({
            repositoryName: row.repository_name,
            repositoryId: row.repository_id,
            ...(row.description !== null && { repositoryDescription: row.description }),
          })),
        ...(rows.length > page.length &&
          last !== undefined && { nextToken: continuationToken(listing, [last.repository_name]) }),
      };
    },
  },
);
