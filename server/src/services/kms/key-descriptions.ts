import {
  type CustomerMasterKeySpec,
  DescribeKey$,
  DescribeKeyCommand,
  type KeyMetadata,
  type KeySpec,
  type KeyUsageType,
  ListKeys$,
  ListKeysCommand,
  UpdateKeyDescription$,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import type { KmsKeyRow } from '../../storage/database/schema.ts';
import { pendingDeletion } from './errors.ts';
import { keyMaterialId } from './key-material.ts';
import { keyAlgorithms } from './key-specs.ts';
import { existingKey, keyOrAliasTarget, keyTarget, withLockedKey } from './key-targets.ts';
import { keyArn } from './keys.ts';
import { page, positionOf } from './pagination.ts';
import { operation, scopeOf } from './service.ts';

/** KMS API Reference, ListKeys. */
const KEYS_PER_PAGE = 100;

export const describeKey = operation(DescribeKey$, DescribeKeyCommand, {
  target: (services, call, { KeyId }) => keyOrAliasTarget(services, call, KeyId),
  handle: async ({ database }, _call, _input, target) => {
    const key = existingKey(target);
    const { version } = await database
      .selectFrom('kms_key_materials')
      .select((eb) => eb.fn.max('version').as('version'))
      .where('key_id', '=', key.key_id)
      .executeTakeFirstOrThrow();
    return { KeyMetadata: keyMetadata(key, version) };
  },
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

export const updateKeyDescription = operation(UpdateKeyDescription$, UpdateKeyDescriptionCommand, {
  target: (services, call, { KeyId }) => keyTarget(services, call, KeyId),
  handle: async (services, _call, { Description }, target) => {
    await withLockedKey(services, target, async (transaction, { key_id: keyId, state }) => {
      if (state === 'PendingDeletion') throw pendingDeletion(target.arn);
      await transaction.updateTable('kms_keys').set({ description: Description }).where('key_id', '=', keyId).execute();
    });
    return {};
  },
});

/** @param version of the newest material */
export function keyMetadata(key: KmsKeyRow, version: number): KeyMetadata {
  const { key_id: keyId, account_id: accountId, region, key_spec: keySpec, key_usage: keyUsage } = key;
  return {
    AWSAccountId: accountId,
    KeyId: keyId,
    Arn: keyArn({ accountId, region }, keyId),
    CreationDate: new Date(key.created_at),
    Enabled: key.state === 'Enabled',
    Description: key.description,
    KeyUsage: keyUsage as KeyUsageType,
    KeyState: key.state,
    ...(key.deletion_at === null ? {} : { DeletionDate: new Date(key.deletion_at) }),
    Origin: 'AWS_KMS',
    KeyManager: key.manager,
    CustomerMasterKeySpec: keySpec as CustomerMasterKeySpec,
    KeySpec: keySpec as KeySpec,
    ...keyAlgorithms(keySpec, keyUsage),
    MultiRegion: false,
    ...(keySpec === 'SYMMETRIC_DEFAULT' && { CurrentKeyMaterialId: keyMaterialId(keyId, version) }),
  };
}
