import {
  DisableKeyRotation$,
  DisableKeyRotationCommand,
  EnableKeyRotation$,
  EnableKeyRotationCommand,
  GetKeyRotationStatus$,
  GetKeyRotationStatusCommand,
  ListKeyRotations$,
  ListKeyRotationsCommand,
  RotateKeyOnDemand$,
  RotateKeyOnDemandCommand,
  type RotationsListEntry,
} from '@aws-sdk/client-kms';
import type { DatabaseTransaction } from '../../storage/database/row-locks.ts';
import type { KmsKeyMaterialRow, KmsKeyRow } from '../../storage/database/schema.ts';
import type { Sealer } from '../../storage/encryption/sealing.ts';
import { limitExceeded, pendingDeletion, unsupported } from './errors.ts';
import { keyMaterialId, newKeyMaterial } from './key-material.ts';
import { enabledKey, existingKey, type KeyTarget, keyTarget, withLockedKey } from './key-targets.ts';
import type { FoundKey } from './keys.ts';
import { page, positionOf } from './pagination.ts';
import { operation } from './service.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** KMS API Reference, EnableKeyRotation. */
const DEFAULT_PERIOD_DAYS = 365;
/** Of one key: KMS API Reference, RotateKeyOnDemand. */
const MAX_ON_DEMAND_ROTATIONS = 25;
/** KMS API Reference, ListKeyRotations. */
const ROTATIONS_PER_PAGE = 100;

export const enableKeyRotation = operation(EnableKeyRotation$, EnableKeyRotationCommand, {
  target: (services, call, { KeyId, RotationPeriodInDays }) =>
    keyTarget(services, call, KeyId, {
      context: RotationPeriodInDays === undefined ? [] : [['kms:RotationPeriodInDays', String(RotationPeriodInDays)]],
    }),
  handle: async (services, call, { RotationPeriodInDays = DEFAULT_PERIOD_DAYS }, target) => {
    requireRotatable(enabledKey(target), target);
    await withLockedKey(services, target, (transaction, { key_id: keyId }) =>
      schedule(transaction, keyId, RotationPeriodInDays, call.environment.time.getTime()),
    );
    return {};
  },
});

export const disableKeyRotation = operation(DisableKeyRotation$, DisableKeyRotationCommand, {
  target: (services, call, { KeyId }) => keyTarget(services, call, KeyId),
  handle: async (services, _call, _input, target) => {
    requireRotatable(enabledKey(target), target);
    await withLockedKey(services, target, (transaction, { key_id: keyId }) =>
      transaction
        .updateTable('kms_keys')
        .set({ rotation_period_days: null, next_rotation_at: null })
        .where('key_id', '=', keyId)
        .execute(),
    );
    return {};
  },
});

/**
 * AWS rotates its managed keys every year and says so here; ours keep their material, and saying more would mislead.
 * A key that waits for its deletion is not rotated: KMS API Reference, GetKeyRotationStatus.
 */
export const getKeyRotationStatus = operation(GetKeyRotationStatus$, GetKeyRotationStatusCommand, {
  target: (services, call, { KeyId }) => keyTarget(services, call, KeyId),
  handle: (_services, _call, _input, target) => {
    const key = existingKey(target);
    // As AWS answers for keys that it never rotates, without their ARN; Terraform's aws_kms_key depends on it.
    if (key.key_spec !== 'SYMMETRIC_DEFAULT') return { KeyRotationEnabled: false };
    const { rotation_period_days: period, next_rotation_at: next, state } = key;
    if (period === null || next === null || state === 'PendingDeletion') {
      return { KeyId: target.arn, KeyRotationEnabled: false };
    }
    return {
      KeyId: target.arn,
      KeyRotationEnabled: true,
      RotationPeriodInDays: period,
      NextRotationDate: new Date(next),
    };
  },
});

export const rotateKeyOnDemand = operation(RotateKeyOnDemand$, RotateKeyOnDemandCommand, {
  target: (services, call, { KeyId }) => keyTarget(services, call, KeyId),
  handle: async (services, call, _input, target) => {
    const rotated = enabledKey(target);
    // AWS gives no message here.
    if (rotated.key_spec !== 'SYMMETRIC_DEFAULT') throw unsupported('');
    requireRotatable(rotated, target);
    await withLockedKey(services, target, async (transaction, key) => {
      if (key.state === 'PendingDeletion') throw pendingDeletion(target.arn);
      const materials = await materialsOf(transaction, key);
      if (materials.filter((each) => each.rotation_type === 'ON_DEMAND').length >= MAX_ON_DEMAND_ROTATIONS) {
        throw limitExceeded(
          `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${target.arn}`,
        );
      }
      await addMaterial(transaction, services.sealer, key, 'ON_DEMAND', call.environment.time.getTime());
    });
    return { KeyId: target.arn };
  },
});

export const listKeyRotations = operation(ListKeyRotations$, ListKeyRotationsCommand, {
  target: (services, call, { KeyId }) => keyTarget(services, call, KeyId),
  handle: async ({ database }, _call, input, target) => {
    const { Limit = ROTATIONS_PER_PAGE, Marker, IncludeKeyMaterial } = input;
    const key = existingKey(target);
    requireSymmetric(key, target);
    const after = positionOf('ListKeyRotations', Marker);
    const materials = await materialsOf(database, key);
    const newest = materials.at(-1)?.version;
    const listed = materials.filter(
      (each) =>
        (each.rotation_type !== null || IncludeKeyMaterial === 'ALL_KEY_MATERIAL') &&
        (after === undefined || each.version > Number(after)),
    );
    const { items, continuation } = page('ListKeyRotations', listed, Limit, ({ version }) => String(version));
    return {
      Rotations: items.map((each) => rotationEntry(target.arn, each, each.version === newest)),
      ...continuation,
    };
  },
});

/** A new material of the key, which encrypts from now on, and when it is rotated by itself. */
export async function rotateAutomatically(
  transaction: DatabaseTransaction,
  sealer: Sealer,
  key: KmsKeyRow,
  now: number,
): Promise<void> {
  if (key.rotation_period_days === null) return;
  await addMaterial(transaction, sealer, key, 'AUTOMATIC', now);
  await schedule(transaction, key.key_id, key.rotation_period_days, now);
}

async function schedule(transaction: DatabaseTransaction, keyId: string, days: number, from: number): Promise<void> {
  await transaction
    .updateTable('kms_keys')
    .set({ rotation_period_days: days, next_rotation_at: from + days * DAY_MS })
    .where('key_id', '=', keyId)
    .execute();
}

async function addMaterial(
  transaction: DatabaseTransaction,
  sealer: Sealer,
  key: KmsKeyRow,
  rotationType: 'AUTOMATIC' | 'ON_DEMAND',
  now: number,
): Promise<void> {
  const newest = (await materialsOf(transaction, key)).at(-1)?.version ?? 0;
  const made = { keyId: key.key_id, keySpec: key.key_spec, version: newest + 1 };
  const material = await newKeyMaterial(sealer, made, now);
  await transaction
    .insertInto('kms_key_materials')
    .values({ ...material, rotation_type: rotationType })
    .execute();
}

/** Oldest first. */
function materialsOf(
  database: Pick<DatabaseTransaction, 'selectFrom'>,
  { key_id: keyId }: Pick<KmsKeyRow, 'key_id'>,
): Promise<Omit<KmsKeyMaterialRow, 'material' | 'public_key'>[]> {
  return database
    .selectFrom('kms_key_materials')
    .select(['key_id', 'version', 'rotation_type', 'created_at'])
    .where('key_id', '=', keyId)
    .orderBy('version')
    .execute();
}

function rotationEntry(
  arn: string,
  {
    key_id: keyId,
    version,
    rotation_type: rotationType,
    created_at: createdAt,
  }: Awaited<ReturnType<typeof materialsOf>>[number],
  isCurrent: boolean,
): RotationsListEntry {
  return {
    KeyId: arn,
    KeyMaterialId: keyMaterialId(keyId, version),
    KeyMaterialState: isCurrent ? 'CURRENT' : 'NON_CURRENT',
    ...(rotationType !== null && { RotationDate: new Date(createdAt), RotationType: rotationType }),
  };
}

/** @throws UnsupportedOperationException for keys that no rotation is for; those of AWS are no affair of their users */
function requireRotatable(key: FoundKey, target: KeyTarget): void {
  requireSymmetric(key, target);
  if (key.manager === 'AWS') throw unsupported(`${target.arn} is an AWS managed key, which AWS rotates.`);
}

function requireSymmetric(key: FoundKey, { arn }: KeyTarget): void {
  if (key.key_spec !== 'SYMMETRIC_DEFAULT') {
    throw unsupported(`${arn} key spec is ${key.key_spec} which is not valid for this operation.`);
  }
}
