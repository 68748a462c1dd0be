import {
  DescribeKey$,
  DescribeKeyCommand,
  GetKeyRotationStatus$,
  GetKeyRotationStatusCommand,
  ListKeys$,
  ListKeysCommand,
  ListResourceTags$,
  ListResourceTagsCommand,
} from '@aws-sdk/client-kms';
import { existingKey, keyOrAliasTarget, keyTarget } from './key-targets.ts';
import { type FoundKey, keyArn } from './keys.ts';
import { page, positionOf } from './pagination.ts';
import { operation, scopeOf } from './service.ts';

/** KMS API Reference, ListKeys. */
const KEYS_PER_PAGE = 100;

export const describeKey = operation(DescribeKey$, DescribeKeyCommand, {
  target: (services, call, { KeyId }) => keyOrAliasTarget(services, call, KeyId),
  handle: (_services, _call, _input, target) => ({ KeyMetadata: metadata(existingKey(target)) }),
});

export const listKeys = operation(ListKeys$, ListKeysCommand, {
  target: (_services, call) => ({ resources: [{ arn: '*', accountId: call.principal.accountId }] }),
  handle: async ({ database }, call, { Limit: size = KEYS_PER_PAGE, Marker }) => {
    const scope = scopeOf(call);
    const after = positionOf('ListKeys', Marker);
    const rows = await database
      .selectFrom('kms_keys')
      .select('key_id')
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .$if(after !== undefined, (query) => query.where('key_id', '>', after ?? ''))
      .orderBy('key_id')
      .limit(size + 1)
      .execute();
    const { items, continuation } = page('ListKeys', rows, size, ({ key_id: keyId }) => keyId);
    return {
      Keys: items.map(({ key_id: keyId }) => ({ KeyId: keyId, KeyArn: keyArn(scope, keyId) })),
      ...continuation,
    };
  },
});

/** AWS managed keys have no tags, and there are no others yet. */
export const listResourceTags = operation(ListResourceTags$, ListResourceTagsCommand, {
  target: (services, call, { KeyId }) => keyTarget(services, call, KeyId),
  handle: (_services, _call, _input, target) => {
    existingKey(target);
    return { Tags: [], Truncated: false };
  },
});

/** AWS rotates its managed keys every year and says so here; ours keep their material, and saying more would mislead. */
export const getKeyRotationStatus = operation(GetKeyRotationStatus$, GetKeyRotationStatusCommand, {
  target: (services, call, { KeyId }) => keyTarget(services, call, KeyId),
  handle: (_services, _call, _input, target) => {
    existingKey(target);
    return { KeyId: target.arn, KeyRotationEnabled: false };
  },
});

function metadata(key: FoundKey) {
  const { key_id: keyId, account_id: accountId, region } = key;
  return {
    AWSAccountId: accountId,
    KeyId: keyId,
    Arn: keyArn({ accountId, region }, keyId),
    CreationDate: new Date(key.created_at),
    Enabled: key.state === 'Enabled',
    Description: key.description,
    KeyUsage: 'ENCRYPT_DECRYPT' as const,
    KeyState: key.state,
    ...(key.deletion_at === null ? {} : { DeletionDate: new Date(key.deletion_at) }),
    Origin: 'AWS_KMS' as const,
    KeyManager: key.manager,
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT' as const,
    KeySpec: 'SYMMETRIC_DEFAULT' as const,
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT' as const],
    MultiRegion: false,
  };
}
