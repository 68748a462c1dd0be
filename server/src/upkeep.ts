import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, StartupError } from './config.ts';
import { auditKey } from './observability/audit/audit-trail.ts';
import { verifyAuditFiles } from './observability/audit/audit-verification.ts';
import { toldHeads } from './observability/audit/told-heads.ts';
import { untoldChanges } from './observability/audit/untold-changes.ts';
import type { Repositories, RepositoryHandle } from './repositories/repositories.ts';
import { everyRepository } from './services/codecommit/maintenance.ts';
import { openDataKeyForUpkeep } from './services/codecommit/repository-encryption.ts';
import { hasAccount } from './services/iam/accounts.ts';
import { KeyUse } from './services/kms/key-use.ts';
import type { Database } from './storage/database/database.ts';
import { auditFolder, nodeName, openRepositories, openStores, openStoresToRead } from './stores.ts';

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

interface VerifyResult extends UpkeepResult {
  /** The audit files of this folder tell of changes that the database was not told of. */
  readonly isBehindAudit: boolean;
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
 * Checks everything that is stored, and whether the database knows what the audit files of this folder know. Changes
 * nothing of it.
 *
 * @throws StartupError when the data folder cannot be had: a running Codekeep holds it
 */
export async function verifyByHand(config: Config, options: UpkeepOptions): Promise<VerifyResult> {
  let isBehindAudit = false;
  const result = await withRepositories(config, options, {
    async work(repositories, handle) {
      const faults = await repositories.verify(handle);
      if (faults.length > 0) throw new Faults(faults);
      return 'whole';
    },
    async finish(_repositories, database) {
      const untold = await untoldChanges(auditFolder(config), await toldHeads(database));
      if (untold === undefined) return;
      isBehindAudit = true;
      const { count, newest } = untold;
      options.write(`the audit files have ${count} changes that the database was not told of, the last ${newest}`);
    },
  });
  return { ...result, isBehindAudit };
}

/**
 * Checks the chain of the audit trail in the data folder. A server may be running on it.
 *
 * @returns whether it is whole
 * @throws StartupError when it cannot be checked
 */
export async function verifyAuditByHand(config: Config, write: (line: string) => void): Promise<boolean> {
  const { database, rootKey, close } = await openStoresToRead(config);
  try {
    const rows = await database.selectFrom('audit_chains').selectAll().execute();
    const heads = rows.map((row) => ({ chain: row.chain_id, sequence: row.sequence, hash: row.hash, node: row.node }));
    const { files, records, firstSequence, torn, fault } = await verifyAuditFiles(
      auditFolder(config),
      auditKey(rootKey),
      new Map(heads.map((head) => [head.chain, head])),
    );
    const own = heads.find(({ node }) => node === nodeName(config));
    const missing = records === 0 && own !== undefined ? `the files of the chain ${own.chain} are missing` : undefined;
    write(`${records} records in ${files} files${(firstSequence ?? 1) > 1 ? `, from number ${firstSequence} on` : ''}`);
    if (torn) write('the last line is cut, as by a crash: the next start removes it');
    write(fault ?? missing ?? 'whole');
    return (fault ?? missing) === undefined;
  } finally {
    await close();
  }
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
  finish?(repositories: Repositories, database: Database): Promise<void>;
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
    await finish?.(repositories, database);
    return { repositories: found, faulty };
  } finally {
    await repositories?.close();
    await stores.close();
  }
}
