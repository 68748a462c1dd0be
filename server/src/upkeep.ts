import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, StartupError } from './config.ts';
import type { Repositories, RepositoryHandle } from './repositories/repositories.ts';
import { everyRepository } from './services/codecommit/maintenance.ts';
import { openDataKeyForUpkeep } from './services/codecommit/repository-encryption.ts';
import { KeyUse } from './services/kms/key-use.ts';
import { hasAccount, openRepositories, openStores } from './stores.ts';

export interface UpkeepOptions {
  /** Of one repository, in whatever Region; absent: every repository. */
  readonly repository?: string;
  /** Takes one line for each repository as soon as it is done. */
  readonly write: (line: string) => void;
}

/** What went wrong, by how many repositories. */
export interface UpkeepResult {
  readonly repositories: number;
  readonly faulty: number;
}

/**
 * Compacts repositories now, and removes garbage that is older than its grace period.
 *
 * @throws StartupError when the data folder cannot be had: a running Codekeep holds it and maintains it by itself
 */
export async function maintainByHand(config: Config, options: UpkeepOptions): Promise<UpkeepResult> {
  return withRepositories(config, options, {
    async work(repositories, handle) {
      return (await repositories.compact(handle, 'by hand')) ? 'compacted' : 'nothing to do';
    },
    finish: (repositories) => repositories.collectGarbage(),
  });
}

/**
 * Checks everything that is stored. Changes nothing of it.
 *
 * @throws StartupError when the data folder cannot be had: a running Codekeep holds it
 */
export async function verifyByHand(config: Config, options: UpkeepOptions): Promise<UpkeepResult> {
  return withRepositories(config, options, {
    async work(repositories, handle) {
      const faults = await repositories.verify(handle);
      if (faults.length > 0) throw new Faults(faults);
      return 'whole';
    },
  });
}

class Faults extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(faults.join('; '));
    this.faults = faults;
  }
}

interface Upkeep {
  /** @returns what to tell of the repository */
  work(repositories: Repositories, handle: RepositoryHandle): Promise<string>;
  finish?(repositories: Repositories): Promise<void>;
}

async function withRepositories(
  config: Config,
  { repository, write }: UpkeepOptions,
  { work, finish }: Upkeep,
): Promise<UpkeepResult> {
  // A mistyped folder must not be made.
  if (!existsSync(join(config.data, 'lock'))) throw new StartupError(`there is no data folder in ${config.data}`);
  const stores = await openStores(config);
  let repositories: Repositories | undefined;
  try {
    const { database, sealer } = stores;
    if (!(await hasAccount(database))) throw new StartupError(`no account in ${config.data} yet`);
    // What failed is told with its repository.
    repositories = await openRepositories(config, stores, () => {});
    const keys = new KeyUse(database, sealer);
    let found = 0;
    let faulty = 0;
    for await (const row of everyRepository(database, repository)) {
      found++;
      const name = `${row.repository_name} (${row.region})`;
      try {
        write(`${name}: ${await work(repositories, await openDataKeyForUpkeep(keys, row))}`);
      } catch (error) {
        faulty++;
        const faults = error instanceof Faults ? error.faults : [(error as Error).message];
        for (const fault of faults) write(`${name}: ${fault}`);
      }
    }
    if (repository !== undefined && found === 0) throw new StartupError(`there is no repository ${repository}`);
    await finish?.(repositories);
    return { repositories: found, faulty };
  } finally {
    await repositories?.close();
    await stores.close();
  }
}
