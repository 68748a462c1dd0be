import { randomUUID } from 'node:crypto';
import { type Database, isUniqueViolation } from '../storage/database/database.ts';
import type { LfsLockRow } from '../storage/database/schema.ts';

export interface LfsLock {
  readonly lockId: string;
  readonly path: string;
  readonly ownerId: string;
  readonly ownerName: string;
  readonly lockedAt: Date;
}

interface NewLock {
  readonly path: string;
  /** Full; undefined when the client told none. */
  readonly referenceName: string | undefined;
  readonly ownerId: string;
  readonly ownerName: string;
}

/** Which locks are asked for; `after` is the ID of the last one of the page before. */
export interface LockFilter {
  readonly path?: string | undefined;
  readonly lockId?: string | undefined;
  readonly referenceName?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

/** The locks of Git LFS: at most one on a path of a repository. */
export class LfsLocks {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @returns the new lock, or the one that is in its way */
  async lock(repositoryId: string, wanted: NewLock): Promise<{ readonly lock: LfsLock; readonly isNew: boolean }> {
    for (;;) {
      const row = {
        lock_id: randomUUID(),
        repository_id: repositoryId,
        path: wanted.path,
        reference_name: wanted.referenceName ?? null,
        owner_id: wanted.ownerId,
        owner_name: wanted.ownerName,
        locked_at: Date.now(),
      };
      try {
        await this.#database.insertInto('lfs_locks').values(row).execute();
        return { lock: lockOf(row), isNew: true };
      } catch (error) {
        if (!isUniqueViolation(error)) throw error;
      }
      const [lock] = await this.list(repositoryId, { path: wanted.path, limit: 1 });
      // Else it was released meanwhile.
      if (lock !== undefined) return { lock, isNew: false };
    }
  }

  /** Locks in the order of their IDs. */
  async list(repositoryId: string, { path, lockId, referenceName, after, limit }: LockFilter): Promise<LfsLock[]> {
    let query = this.#database.selectFrom('lfs_locks').selectAll().where('repository_id', '=', repositoryId);
    if (path !== undefined) query = query.where('path', '=', path);
    if (lockId !== undefined) query = query.where('lock_id', '=', lockId);
    if (referenceName !== undefined) query = query.where('reference_name', '=', referenceName);
    if (after !== undefined) query = query.where('lock_id', '>', after);
    return (await query.orderBy('lock_id').limit(limit).execute()).map(lockOf);
  }

  async release(repositoryId: string, lockId: string): Promise<void> {
    await this.#database
      .deleteFrom('lfs_locks')
      .where('repository_id', '=', repositoryId)
      .where('lock_id', '=', lockId)
      .execute();
  }
}

function lockOf(row: LfsLockRow): LfsLock {
  return {
    lockId: row.lock_id,
    path: row.path,
    ownerId: row.owner_id,
    ownerName: row.owner_name,
    lockedAt: new Date(row.locked_at),
  };
}
