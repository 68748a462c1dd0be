import type { Database } from '../../storage/database/database.ts';
import { lockKey } from '../../storage/database/row-locks.ts';
import type { Sealer } from '../../storage/encryption/sealing.ts';
import { rotateAutomatically } from './key-rotation.ts';

/** Documented in docs/kms.md: how much later than promised a key is rotated or deleted at most. */
const INTERVAL_MS = 60 * 1000;

export interface KeyMaintenanceOptions {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly onWarning: (message: string, error?: unknown) => void;
}

/** The regular round over keys whose time has come: waiting windows that are over, rotations that are due. */
export class KeyMaintenance {
  readonly #options: KeyMaintenanceOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: KeyMaintenanceOptions) {
    this.#options = options;
  }

  /** A round now, and one an interval after the end of each. */
  start(): void {
    this.#running = this.#round().finally(() => {
      if (this.#stopped) return;
      this.#timer = setTimeout(() => this.start(), INTERVAL_MS).unref();
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #round(): Promise<void> {
    try {
      await maintainKeys(this.#options, Date.now());
    } catch (error) {
      this.#options.onWarning('Keys could not be maintained; the next round tries again', error);
    }
  }
}

/**
 * Destroys the keys whose waiting window is over, with their material, aliases and grants, and rotates those that are
 * due. Several nodes may do so at once: each key is looked at again once it is locked.
 *
 * @param now milliseconds since the epoch
 */
export async function maintainKeys(
  { database, sealer }: Pick<KeyMaintenanceOptions, 'database' | 'sealer'>,
  now: number,
): Promise<void> {
  const over = await database
    .selectFrom('kms_keys')
    .select('key_id')
    .where('state', '=', 'PendingDeletion')
    .where('deletion_at', '<=', now)
    .execute();
  for (const { key_id: keyId } of over) await destroyKey(database, keyId, now);
  const due = await database
    .selectFrom('kms_keys')
    .select('key_id')
    .where('state', '=', 'Enabled')
    .where('next_rotation_at', '<=', now)
    .execute();
  for (const { key_id: keyId } of due) await rotateKey(database, sealer, keyId, now);
}

async function destroyKey(database: Database, keyId: string, now: number): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    const key = await lockKey(transaction, keyId);
    if (key?.state !== 'PendingDeletion' || key.deletion_at === null || key.deletion_at > now) return;
    for (const table of ['kms_grants', 'kms_aliases', 'kms_key_materials', 'kms_keys'] as const) {
      await transaction.deleteFrom(table).where('key_id', '=', keyId).execute();
    }
  });
}

async function rotateKey(database: Database, sealer: Sealer, keyId: string, now: number): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    const key = await lockKey(transaction, keyId);
    if (key?.state !== 'Enabled' || key.next_rotation_at === null || key.next_rotation_at > now) return;
    await rotateAutomatically(transaction, sealer, key, now);
  });
}
