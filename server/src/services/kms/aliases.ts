import { ListAliases$, ListAliasesCommand } from '@aws-sdk/client-kms';
import type { Call } from '../operation.ts';
import { existingKey, keyTarget } from './key-targets.ts';
import { aliasArn, type FoundKey } from './keys.ts';
import { page, positionOf } from './pagination.ts';
import { type KmsServices, operation, scopeOf } from './service.ts';

/** KMS API Reference, ListAliases: 50 unless the request says otherwise, never more than 100. */
const ALIASES_PER_PAGE = 50;
const MAX_ALIASES_PER_PAGE = 100;

export const listAliases = operation(ListAliases$, ListAliasesCommand, {
  target: (_services, call) => ({ resources: [{ arn: '*', accountId: call.principal.accountId }] }),
  handle: async (services, call, { KeyId, Limit = ALIASES_PER_PAGE, Marker }) => {
    const scope = scopeOf(call);
    const size = Math.min(Limit, MAX_ALIASES_PER_PAGE);
    const after = positionOf('ListAliases', Marker);
    const key = KeyId === undefined ? undefined : await ownKey(services, call, KeyId);
    const rows = await services.database
      .selectFrom('kms_aliases')
      .select(['alias_name', 'key_id', 'created_at'])
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .$if(key !== undefined, (query) => query.where('key_id', '=', key?.key_id ?? ''))
      .$if(after !== undefined, (query) => query.where('alias_name', '>', after ?? ''))
      .orderBy('alias_name')
      .limit(size + 1)
      .execute();
    const { items, continuation } = page('ListAliases', rows, size, (row) => row.alias_name);
    return {
      Aliases: items.map((row) => ({
        AliasName: row.alias_name,
        AliasArn: aliasArn(scope, row.alias_name),
        TargetKeyId: row.key_id,
        CreationDate: new Date(row.created_at),
        LastUpdatedDate: new Date(row.created_at),
      })),
      ...continuation,
    };
  },
});

/** The permission is on the list, not on the key: of another account's keys it must not even tell which exist. */
async function ownKey(services: KmsServices, call: Call, keyId: string): Promise<FoundKey> {
  const target = await keyTarget(services, call, keyId);
  const isOwn = target.key?.account_id === call.principal.accountId;
  return existingKey(isOwn ? target : { ...target, key: undefined });
}
