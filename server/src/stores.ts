import { createHash, timingSafeEqual } from 'node:crypto';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Config, StartupError, workingCopyFolder } from './config.ts';
import { lockDataFolder } from './data-folder.ts';
import { AuditTrail } from './observability/audit/audit-trail.ts';
import { Repositories, type RepositoriesOptions } from './repositories/repositories.ts';
import { bindBlobStore } from './storage/blob-store-marker.ts';
import { FileBlobStore } from './storage/blobs/file-blob-store.ts';
import { type Database, type DatabaseLocation, openDatabase, openDatabaseToRead } from './storage/database/database.ts';
import { RootKey } from './storage/encryption/root-key.ts';
import { Sealer } from './storage/encryption/sealing.ts';

/** Everything that outlives the process, opened and locked. */
export interface Stores {
  readonly database: Database;
  readonly blobs: FileBlobStore;
  readonly rootKey: RootKey;
  readonly sealer: Sealer;
  close(): Promise<void>;
}

/**
 * Opens the data folder, its database and its blobs.
 *
 * @throws StartupError when one of them cannot be had
 */
export async function openStores(config: Config): Promise<Stores> {
  const lock = lockDataFolder(config.data);
  let database: Database | undefined;
  try {
    const blobs = await startupStep('the blob store', () =>
      FileBlobStore.open(join(config.data, 'blobs'), ownerOf(config)),
    );
    const opened = await startupStep('the database', () => openDatabase(databaseLocation(config), waiting(config)));
    database = opened;
    const rootKey = await startupStep('the root key', () => openRootKey(config, opened));
    await startupStep('the blob store', () => bindBlobStore(opened, blobs, rootKey));
    return {
      database: opened,
      blobs,
      rootKey,
      sealer: new Sealer(rootKey),
      close: async () => {
        await opened.destroy();
        lock.release();
      },
    };
  } catch (error) {
    await database?.destroy();
    lock.release();
    throw error;
  }
}

/**
 * The database and the root key of an installation, for reading: a server may be running on it.
 *
 * @throws StartupError when there is no installation, or one of them cannot be had
 */
export async function openStoresToRead(config: Config): Promise<Pick<Stores, 'database' | 'rootKey' | 'close'>> {
  // A mistyped folder must not be made.
  if (!existsSync(join(config.data, 'lock'))) throw new StartupError(`there is no data folder in ${config.data}`);
  const database = openDatabaseToRead(databaseLocation(config));
  try {
    const rootKey = await startupStep('the root key', () => openRootKey(config, database));
    return { database, rootKey, close: () => database.destroy() };
  } catch (error) {
    await database.destroy();
    throw error;
  }
}

/**
 * The Git side of what is stored.
 *
 * @throws StartupError when git is too old, or there is no place for working copies
 */
export async function openRepositories(
  config: Config,
  { database, blobs }: Stores,
  onWarning: (message: string, error?: unknown) => void,
  watch: Pick<RepositoriesOptions, 'onDamage' | 'onNoRoom'> = {},
): Promise<Repositories> {
  try {
    return await Repositories.open({
      database,
      blobs,
      workingCopyRoot: workingCopyFolder(config),
      nodeName: nodeName(config),
      onWarning,
      ...watch,
    });
  } catch (error) {
    throw new StartupError((error as Error).message);
  }
}

/**
 * The audit trail in the data folder.
 *
 * @throws StartupError when its files cannot be had
 */
export function openAuditTrail(
  config: Config,
  { database, rootKey }: Stores,
  onWarning: (message: string, error?: unknown) => void,
): Promise<AuditTrail> {
  const options = { folder: auditFolder(config), database, rootKey, nodeName: nodeName(config), onWarning };
  return startupStep('the audit trail', () => AuditTrail.open(options));
}

/** Where the files of the audit trail are. */
export function auditFolder({ data }: Config): string {
  return join(data, 'audit');
}

/** Of this process among those of one database: one process holds a data folder at a time. */
export function nodeName({ data }: Config): string {
  return `${hostname()} ${data}`;
}

/** The node's name as part of a path. */
function ownerOf(config: Config): string {
  return createHash('sha256').update(nodeName(config)).digest('hex').slice(0, 16);
}

/** Where the metadata of an installation live. */
export function databaseLocation({ data, database, databaseConnections }: Config): DatabaseLocation {
  return database === undefined
    ? { sqliteFile: join(data, 'codekeep.sqlite') }
    : { postgresqlUrl: database, connections: databaseConnections };
}

function waiting({ databaseWait }: Config) {
  return {
    waitMs: databaseWait * 1_000,
    onWaiting: () => process.stderr.write(`codekeep: waiting up to ${databaseWait} s for the database\n`),
  };
}

/** The root key, once it is known to be the one that everything here is sealed under. */
async function openRootKey(config: Config, database: Database): Promise<RootKey> {
  const installation = await database.selectFrom('installation').select('root_key_check').executeTakeFirst();
  const file = config.rootKeyFile ?? join(config.data, 'root.key');
  if (installation !== undefined && config.rootKey === undefined && !existsSync(file)) {
    throw new StartupError(`the root key file ${file} is missing, and without it nothing here can be read: restore it`);
  }
  const rootKey = config.rootKey === undefined ? await RootKey.fromFile(file) : RootKey.fromBase64(config.rootKey);
  const check = rootKey.derive('root key check');
  const stored = installation?.root_key_check ?? (await storeRootKeyCheck(database, check));
  if (!timingSafeEqual(check, stored))
    throw new StartupError('the root key is not the one that the data were made with');
  return rootKey;
}

/** The first of several nodes that start at once wins; the others must have the same key. */
async function storeRootKeyCheck(database: Database, check: Buffer): Promise<Buffer> {
  await database
    .insertInto('installation')
    .values({ installation_id: 1, root_key_check: check, blob_store_id: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const { root_key_check } = await database
    .selectFrom('installation')
    .select('root_key_check')
    .executeTakeFirstOrThrow();
  return root_key_check;
}

async function startupStep<T>(what: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof StartupError) throw error;
    throw new StartupError(`cannot open ${what}: ${(error as Error).message}`);
  }
}
