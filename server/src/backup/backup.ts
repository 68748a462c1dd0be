import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sql } from 'kysely';
import { type Config, StartupError } from '../config.ts';
import { auditFileNames, linesOf } from '../observability/audit/audit-files.ts';
import { isTold, type ToldHeads, toldHeads } from '../observability/audit/told-heads.ts';
import { lfsBlobName, packBlobName } from '../storage/blobs/blob-names.ts';
import { dropHold, takeHold } from '../storage/database/backup-holds.ts';
import { type Database, openDatabaseToRead } from '../storage/database/database.ts';
import { flushFolder, isSystemError, writeFlushed } from '../storage/durability.ts';
import { auditFolder, openStoresToRead } from '../stores.ts';
import { described, MANIFEST, manifestOf } from './manifest.ts';

const DATABASE = 'codekeep.sqlite';
const UNFINISHED = '.unfinished';
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

export interface BackupResult {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Copies an installation on SQLite while a server may be running on it: the database at one moment, then the blobs that it
 * lists, the audit files as far as it knows them, and the local authority. Never the root key. What the folder has already
 * is not copied again. The manifest comes last, so that one that was cut off is never taken for whole.
 *
 * @throws StartupError
 */
export async function backUp(config: Config, to: string): Promise<BackupResult> {
  if (config.database !== undefined) {
    throw new StartupError('backup is for SQLite; docs/configuration.md tells the order of copies with PostgreSQL');
  }
  const { database, rootKey, close } = await openStoresToRead(config);
  try {
    await mkdir(to, { recursive: true, mode: FOLDER_MODE });
    await rm(join(to, MANIFEST), { force: true });
    await rm(join(to, UNFINISHED), { recursive: true, force: true });
    await mkdir(join(to, UNFINISHED), { mode: FOLDER_MODE });
    const hold = await takeHold(database);
    const paths = await copyAll(config, database, to).catch(async (error: unknown) => {
      await dropHold(database, hold);
      throw error;
    });
    if (!(await dropHold(database, hold))) {
      throw new StartupError('the backup took longer than 12 hours: what it lists may have been removed meanwhile');
    }
    const files = [];
    for (const path of [...paths].sort()) files.push(await described(to, path));
    await removeOthers(to, new Set(paths));
    const manifest = manifestOf({ version: 1, madeAt: new Date().toISOString(), files }, rootKey);
    await publish(to, MANIFEST, (path) => writeFlushed(path, manifest, FILE_MODE));
    await rm(join(to, UNFINISHED), { recursive: true });
    return { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
  } finally {
    await close();
  }
}

/** @returns the paths of what is backed up */
async function copyAll(config: Config, database: Database, to: string): Promise<readonly string[]> {
  await publish(to, DATABASE, async (path) => {
    await sql`vacuum into ${sql.lit(path)}`.execute(database);
  });
  const snapshot = openDatabaseToRead({ sqliteFile: join(to, DATABASE) });
  let blobs: readonly string[];
  let audit: readonly string[];
  try {
    blobs = await listedBlobs(snapshot);
    audit = await copyAudit(auditFolder(config), snapshot, to);
  } finally {
    await snapshot.destroy();
  }
  for (const suffix of ['-wal', '-shm']) await rm(join(to, DATABASE + suffix), { force: true });
  const others = [...blobs, ...(await filesOf(config.data, 'tls'))];
  for (const path of others) await copyOnce(config.data, path, to);
  return [DATABASE, ...audit, ...others];
}

async function listedBlobs(snapshot: Database): Promise<readonly string[]> {
  const packs = await snapshot
    .selectFrom('packs')
    .select(['repository_id', 'pack_id', 'files'])
    .where('dropped_at', 'is', null)
    .execute();
  const objects = await snapshot
    .selectFrom('lfs_objects')
    .innerJoin('repositories', 'repositories.repository_id', 'lfs_objects.repository_id')
    .select(['lfs_objects.repository_id', 'blob_id'])
    .execute();
  return [
    'installation.json',
    ...packs.flatMap(({ repository_id: repositoryId, pack_id: packId, files }) =>
      ['pack', ...files.split(',')].map((kind) => packBlobName(repositoryId, packId, kind)),
    ),
    ...objects.map(({ repository_id: repositoryId, blob_id: blobId }) => lfsBlobName(repositoryId, blobId)),
  ].map((name) => `blobs/${name}`);
}

/** The lines that the database was told of: it tells of the newest of each chain. */
async function copyAudit(folder: string, snapshot: Database, to: string): Promise<readonly string[]> {
  if (!existsSync(folder)) return [];
  const heads = await toldHeads(snapshot);
  const copied: string[] = [];
  for (const name of await auditFileNames(folder)) {
    const path = join('audit', name);
    await publish(to, path, (file) => writeFlushed(file, knownLines(join(folder, name), heads), FILE_MODE));
    copied.push(path);
  }
  return copied;
}

async function* knownLines(path: string, heads: ToldHeads): AsyncGenerator<Uint8Array> {
  for await (const { text, line } of linesOf(path)) {
    if (line !== undefined && isTold(line, heads)) yield Buffer.from(`${text}\n`);
  }
}

async function filesOf(root: string, folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(join(root, folder), { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => join(folder, name));
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return [];
    throw error;
  }
}

/** Blobs never change, so that one of the same name and length is the same. */
async function copyOnce(root: string, path: string, to: string): Promise<void> {
  const { size } = await stat(join(root, path));
  const present = await stat(join(to, path)).catch(() => undefined);
  if (path.startsWith('blobs/') && present?.size === size) return;
  await publish(to, path, (file) => writeFlushed(file, createReadStream(join(root, path)), FILE_MODE));
}

async function publish(to: string, path: string, make: (file: string) => Promise<void>): Promise<void> {
  const file = join(to, path);
  const unfinished = join(to, UNFINISHED, 'file');
  await rm(unfinished, { force: true });
  await mkdir(dirname(file), { recursive: true, mode: FOLDER_MODE });
  await make(unfinished);
  await rename(unfinished, file);
  await flushFolder(dirname(file));
}

/** What earlier backups into this folder have left. */
async function removeOthers(to: string, paths: ReadonlySet<string>): Promise<void> {
  const entries = await readdir(to, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name).slice(to.length + 1);
    if (!paths.has(path) && !path.startsWith(UNFINISHED)) await rm(join(to, path));
  }
}
