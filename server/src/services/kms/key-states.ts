import {
  CancelKeyDeletion$,
  CancelKeyDeletionCommand,
  DisableKey$,
  DisableKeyCommand,
  EnableKey$,
  EnableKeyCommand,
  ScheduleKeyDeletion$,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import type { DatabaseTransaction } from '../../storage/database/row-locks.ts';
import type { KmsKeyRow } from '../../storage/database/schema.ts';
import { invalidState, pendingDeletion, validationException } from './errors.ts';
import { keyTarget, withLockedKey } from './key-targets.ts';
import { operation } from './service.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** KMS API Reference, ScheduleKeyDeletion; wider in the model, which other key stores share. */
const [MIN_WINDOW_DAYS, MAX_WINDOW_DAYS] = [7, 30];

export const enableKey = operation(EnableKey$, EnableKeyCommand, {
  target: (services, call, { KeyId }) => keyTarget(services, call, KeyId),
  handle: async (services, _call, _input, target) => {
    await withLockedKey(services, target, async (transaction, key) => {
      if (key.state === 'PendingDeletion') throw pendingDeletion(target.arn);
      await setState(transaction, key, { state: 'Enabled' });
    });
    return {};
  },
});

export const disableKey = operation(DisableKey$, DisableKeyCommand, {
  target: (services, call, { KeyId }) => keyTarget(services, call, KeyId),
  handle: async (services, _call, _input, target) => {
    await withLockedKey(services, target, async (transaction, key) => {
      if (key.state === 'PendingDeletion') throw pendingDeletion(target.arn);
      await setState(transaction, key, { state: 'Disabled' });
    });
    return {};
  },
});

export const scheduleKeyDeletion = operation(ScheduleKeyDeletion$, ScheduleKeyDeletionCommand, {
  target: (services, call, { KeyId, PendingWindowInDays = MAX_WINDOW_DAYS }) =>
    keyTarget(services, call, KeyId, {
      context: [['kms:ScheduleKeyDeletionPendingWindowInDays', String(PendingWindowInDays)]],
    }),
  handle: async (services, call, { PendingWindowInDays = MAX_WINDOW_DAYS }, target) => {
    if (PendingWindowInDays < MIN_WINDOW_DAYS || PendingWindowInDays > MAX_WINDOW_DAYS) {
      const wanted = `between ${MIN_WINDOW_DAYS} and ${MAX_WINDOW_DAYS}`;
      throw validationException(`PendingWindowInDays should be ${wanted}, but it is ${PendingWindowInDays}`);
    }
    const deletionAt = call.environment.time.getTime() + PendingWindowInDays * DAY_MS;
    await withLockedKey(services, target, async (transaction, key) => {
      if (key.state === 'PendingDeletion') throw pendingDeletion(target.arn);
      await setState(transaction, key, { state: 'PendingDeletion', deletion_at: deletionAt });
    });
    return {
      KeyId: target.arn,
      DeletionDate: new Date(deletionAt),
      KeyState: 'PendingDeletion' as const,
      PendingWindowInDays,
    };
  },
});

/** The key is disabled afterwards, whatever it was before: KMS API Reference, CancelKeyDeletion. */
export const cancelKeyDeletion = operation(CancelKeyDeletion$, CancelKeyDeletionCommand, {
  target: (services, call, { KeyId }) => keyTarget(services, call, KeyId),
  handle: async (services, _call, _input, target) => {
    await withLockedKey(services, target, async (transaction, key) => {
      if (key.state !== 'PendingDeletion') throw invalidState(`${target.arn} is not pending deletion.`);
      await setState(transaction, key, { state: 'Disabled', deletion_at: null });
    });
    return { KeyId: target.arn };
  },
});

async function setState(
  transaction: DatabaseTransaction,
  { key_id: keyId }: KmsKeyRow,
  state: Partial<Pick<KmsKeyRow, 'state' | 'deletion_at'>>,
): Promise<void> {
  await transaction.updateTable('kms_keys').set(state).where('key_id', '=', keyId).execute();
}
