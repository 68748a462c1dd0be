import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { StartupError } from './config.ts';
import { makePrivateFolder } from './storage/folders.ts';

/** Holds a data folder for this process alone, until it is released or the process ends in any way. */
export interface DataFolderLock {
  release(): void;
}

/**
 * Makes the data folder (mode 0700) if there is none, and locks it.
 *
 * @throws StartupError when the folder cannot be written or another process holds it
 */
export function lockDataFolder(path: string): DataFolderLock {
  try {
    makePrivateFolder(path);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new StartupError(`cannot write to the data folder ${path}: ${(error as Error).message}`);
  }
  // SQLite's lock is the kernel's, so it goes with the process however that ends; Node has no flock of its own.
  let lock: BetterSqlite3.Database | undefined;
  try {
    lock = new BetterSqlite3(join(path, 'lock'), { timeout: 0 });
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock?.close();
    if (error instanceof BetterSqlite3.SqliteError && error.code.startsWith('SQLITE_BUSY')) {
      throw new StartupError(`the data folder ${path} is in use by another Codekeep process`);
    }
    throw new StartupError(`cannot lock the data folder ${path}: ${(error as Error).message}`);
  }
  const held = lock;
  return { release: () => held.close() };
}
