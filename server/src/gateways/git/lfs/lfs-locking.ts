import type { Principal } from '../../../access/principal.ts';
import type { LfsChange } from '../../../observability/audit/git-sessions.ts';
import type { LfsLock, LfsLocks } from '../../../repositories/lfs-locks.ts';
import { LfsError } from './lfs-error.ts';
import { LOCKS_PER_PAGE, lockListRequest, lockRequest, lockVerifyRequest, unlockRequest } from './lfs-messages.ts';
import { parsed, readQuery } from './lfs-parsing.ts';

/** The locking API: https://github.com/git-lfs/git-lfs/blob/main/docs/api/locking.md */

interface LockingRequest {
  readonly locks: LfsLocks;
  readonly repositoryId: string;
  readonly principal: Principal;
}

interface Answer {
  readonly status: number;
  readonly body: object;
  readonly change?: LfsChange;
}

export async function lock({ locks, repositoryId, principal }: LockingRequest, body: unknown): Promise<Answer> {
  const { path, ref } = parsed(lockRequest, body);
  const wanted = { path, referenceName: ref?.name, ownerId: principal.userId, ownerName: nameOf(principal) };
  const { lock: made, isNew } = await locks.lock(repositoryId, wanted);
  const change = { lfsLock: { id: made.lockId, path } };
  if (isNew) return { status: 201, body: { lock: described(made) }, change };
  throw new LfsError(409, `${path} is already locked by ${made.ownerName}`, { lock: described(made) });
}

export async function listLocks({ locks, repositoryId }: LockingRequest, query: string): Promise<Answer> {
  const { path, id, cursor, refspec, limit = LOCKS_PER_PAGE } = parsed(lockListRequest, readQuery(query));
  const filter = { path, lockId: id, referenceName: refspec, after: cursor, limit: limit + 1 };
  const { page, next } = paged(await locks.list(repositoryId, filter), limit);
  return { status: 200, body: { locks: page.map(described), ...next } };
}

/** Sorts the locks by whose they are, for a client about to push. */
export async function verifyLocks(request: LockingRequest, body: unknown): Promise<Answer> {
  const { cursor, limit = LOCKS_PER_PAGE } = parsed(lockVerifyRequest, body);
  const found = await request.locks.list(request.repositoryId, { after: cursor, limit: limit + 1 });
  const { page, next } = paged(found, limit);
  const isOurs = ({ ownerId }: LfsLock) => ownerId === request.principal.userId;
  return {
    status: 200,
    body: {
      ours: page.filter(isOurs).map(described),
      theirs: page.filter((each) => !isOurs(each)).map(described),
      ...next,
    },
  };
}

export async function unlock(request: LockingRequest, lockId: string, body: unknown): Promise<Answer> {
  const { force = false } = parsed(unlockRequest, body);
  const { locks, repositoryId, principal } = request;
  const [held] = await locks.list(repositoryId, { lockId, limit: 1 });
  if (held === undefined) throw new LfsError(404, 'There is no such lock');
  if (held.ownerId !== principal.userId && !force) {
    throw new LfsError(403, `${held.path} is locked by ${held.ownerName}; only --force takes it from them`);
  }
  await locks.release(repositoryId, lockId);
  const change = { lfsUnlock: { id: lockId, path: held.path, force } };
  return { status: 200, body: { lock: described(held) }, change };
}

function paged(found: readonly LfsLock[], limit: number) {
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return { page, next: found.length > limit && last !== undefined ? { next_cursor: last.lockId } : {} };
}

function described({ lockId, path, ownerName, lockedAt }: LfsLock) {
  return { id: lockId, path, locked_at: lockedAt.toISOString(), owner: { name: ownerName } };
}

/** The IAM user's name; of others the last part of the ARN, as ROLE/SESSION. */
function nameOf({ userName, arn }: Principal): string {
  return userName ?? arn.slice(arn.lastIndexOf(':') + 1).replace(/^[a-z-]+\//, '');
}
