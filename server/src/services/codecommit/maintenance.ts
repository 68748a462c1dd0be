import type { Repositories } from '../../repositories/repositories.ts';
import type { Database } from '../../storage/database/database.ts';
import type { RepositoryRow } from '../../storage/database/schema.ts';
import { removeClosedAccounts } from '../iam/account-removal.ts';
import type { KeyUse } from '../kms/key-use.ts';
import { destroyRepository } from './repositories.ts';
import { openDataKeyForUpkeep } from './repository-encryption.ts';

/** Documented in docs/maintenance.md. */
const INTERVAL_MS = 60 * 60 * 1000;
const ROWS_AT_ONCE = 200;

export interface MaintenanceOptions {
  readonly database: Database;
  readonly repositories: Repositories;
  readonly keys: KeyUse;
  readonly onWarning: (message: string, error?: unknown) => void;
  readonly intervalMs?: number;
}

type MaintainedRepository = Pick<
  RepositoryRow,
  'repository_id' | 'repository_name' | 'account_id' | 'region' | 'kms_key_arn' | 'data_key'
>;

/**
 * The regular round over every repository, also when nobody pushes: what closed accounts have left goes, garbage goes, packs
 * become few.
 */
export class Maintenance {
  readonly #options: MaintenanceOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: MaintenanceOptions) {
    this.#options = options;
  }

  /** A round now, and one an interval after the end of each. */
  start(): void {
    this.#running = this.#round().finally(() => {
      if (this.#stopped) return;
      this.#timer = setTimeout(() => this.start(), this.#options.intervalMs ?? INTERVAL_MS).unref();
    });
  }

  /** Resolves when the compaction that runs, if any, has given up. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#options.repositories.stopCompactions();
    await this.#running;
  }

  async #round(): Promise<void> {
    const { repositories, onWarning, database, keys } = this.#options;
    const services = { database, destroyRepository: (id: string) => destroyRepository({ database, repositories }, id) };
    await removeClosedAccounts(services, Date.now(), () => this.#stopped).catch((error: unknown) => {
      onWarning('Data of a closed account could not be removed; the next round tries again', error);
    });
    await repositories.collectGarbage().catch((error: unknown) => {
      onWarning('Garbage could not be collected; the next round tries again', error);
    });
    try {
      for await (const row of everyRepository(database)) {
        if (this.#stopped) return;
        if (!(await repositories.needsCompaction(row.repository_id))) continue;
        await this.#compact(row, repositories, keys);
      }
    } catch (error) {
      onWarning('Maintenance was cut off; the next round tries again', error);
    }
  }

  async #compact(row: MaintainedRepository, repositories: Repositories, keys: KeyUse): Promise<void> {
    let handle: Awaited<ReturnType<typeof openDataKeyForUpkeep>>;
    try {
      handle = await openDataKeyForUpkeep(keys, row);
    } catch (error) {
      // A key that is disabled keeps everybody out, upkeep too.
      this.#options.onWarning(`Repository ${row.repository_name} cannot be opened for maintenance`, error);
      return;
    }
    // It has warned; one repository that fails must not keep the others waiting.
    await repositories.compact(handle, 'round').catch(() => {});
  }
}

/**
 * Every repository, or those of a name in whatever account and Region, without holding all rows at once.
 */
export async function* everyRepository(database: Database, name?: string): AsyncGenerator<MaintainedRepository> {
  let after = '';
  for (;;) {
    let query = database
      .selectFrom('repositories')
      .select(['repository_id', 'repository_name', 'account_id', 'region', 'kms_key_arn', 'data_key'])
      .where('repository_id', '>', after)
      .orderBy('repository_id')
      .limit(ROWS_AT_ONCE);
    if (name !== undefined) query = query.where('repository_name', '=', name);
    const rows = await query.execute();
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS_AT_ONCE) return;
    after = last.repository_id;
  }
}
