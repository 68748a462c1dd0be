import { randomUUID } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Config, StartupError } from '../config.ts';
import { openDatabaseToRead } from '../storage/database/database.ts';
import { flushFolder, isSystemError, writeFlushed } from '../storage/durability.ts';
import { RootKey } from '../storage/encryption/root-key.ts';
import type { BackupResult } from './backup.ts';
import { BackupError, described, MANIFEST, readManifest } from './manifest.ts';

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
/** A file of a backup stays below its folder. */
const SAFE_PATH = /^(codekeep\.sqlite|(audit|tls|blobs)\/(?!.*\.\.)[\w./-]+)$/;

/**
 * Makes a data folder of a backup. It appears whole, with every file as it was backed up, or not at all. Sessions, leases
 * and uploads of the moment of the backup are ended.
 *
 * @param config names the new data folder, and the root key by its file or variable
 * @throws StartupError
 */
export async function restore(config: Config, from: string): Promise<BackupResult> {
  await requireEmpty(config.data);
  const rootKey = await rootKeyOf(config);
  const folder = `${resolve(config.data)}.${randomUUID()}.unfinished`;
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  try {
    const { files } = await readManifest(from, rootKey);
    for (const file of files) await copyChecked(from, file, folder);
    await endWhatRan(folder);
    // By this file commands know a data folder.
    await writeFlushed(join(folder, 'lock'), '', FILE_MODE);
    await rmdir(config.data).catch(ignoreMissing);
    await rename(folder, config.data);
    await flushFolder(dirname(resolve(config.data)));
    return { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error instanceof BackupError ? new StartupError(error.message) : error;
  }
}

async function requireEmpty(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: unknown) => {
    ignoreMissing(error);
    return [];
  });
  if (entries.length > 0) throw new StartupError(`${folder} is not empty: restore makes a new data folder`);
}

async function rootKeyOf({ rootKey, rootKeyFile }: Config): Promise<RootKey> {
  if (rootKey !== undefined) return RootKey.fromBase64(rootKey);
  // One that is missing would be made.
  if (rootKeyFile !== undefined && existsSync(rootKeyFile)) return RootKey.fromFile(rootKeyFile);
  if (rootKeyFile !== undefined) throw new StartupError(`there is no root key file ${rootKeyFile}`);
  throw new StartupError('a backup has no root key: name it by --root-key-file or CODEKEEP_ROOT_KEY');
}

async function copyChecked(
  from: string,
  file: Awaited<ReturnType<typeof readManifest>>['files'][number],
  to: string,
): Promise<void> {
  const { path } = file;
  if (!SAFE_PATH.test(path)) throw new BackupError(`${path} is no path of a backup`);
  await mkdir(dirname(join(to, path)), { recursive: true, mode: FOLDER_MODE });
  try {
    await writeFlushed(join(to, path), createReadStream(join(from, path)), FILE_MODE);
  } catch (error) {
    throw isSystemError(error, 'ENOENT') ? new BackupError(`the backup lacks ${path}`) : error;
  }
  const copied = await described(to, path);
  if (copied.bytes !== file.bytes || copied.sha256 !== file.sha256) {
    throw new BackupError(`${path} is not what was backed up: it differs from ${MANIFEST}`);
  }
}

async function endWhatRan(folder: string): Promise<void> {
  const database = openDatabaseToRead({ sqliteFile: join(folder, 'codekeep.sqlite') });
  try {
    for (const table of ['console_sessions', 'maintenance_leases', 'blob_intents', 'backup_holds'] as const) {
      await database.deleteFrom(table).execute();
    }
  } finally {
    await database.destroy();
  }
}

function ignoreMissing(error: unknown): void {
  if (!isSystemError(error, 'ENOENT')) throw error;
}
