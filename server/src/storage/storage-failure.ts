/** What is the matter with the storage: it is away, it is full, or it does not read or write. */
export type StorageProblem = 'unavailable' | 'full' | 'broken';

const MESSAGES: Readonly<Record<StorageProblem, string>> = {
  unavailable: 'The database cannot be reached now; try again in a moment',
  full: "The server's disk is full; its operator has to make room",
  broken: "The server's disk cannot be read or written; its operator has to look at it",
};

/** Codes of Node, of SQLite, and of PostgreSQL: its manual, appendix A, "PostgreSQL Error Codes". */
const PROBLEMS: Readonly<Record<string, StorageProblem>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  SQLITE_FULL: 'full',
  // disk_full
  '53100': 'full',
  EIO: 'broken',
  EROFS: 'broken',
  // io_error
  '58030': 'broken',
};

/** What git says when a write fails for want of room. */
const NO_ROOM = /No space left on device|Disk quota exceeded/;

/** A request failed for the sake of the storage, and may succeed later as it is. The message is for clients. */
export class StorageFailure extends Error {
  override readonly name = 'StorageFailure';
  readonly problem: StorageProblem;

  /** @param cause what was seen first */
  constructor(problem: StorageProblem, cause: unknown) {
    super(MESSAGES[problem], { cause });
    this.problem = problem;
  }
}

/** The failure of the storage that an error stands for; undefined for any other error. */
export function storageFailureOf(error: unknown): StorageFailure | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof StorageFailure) return each;
    const code = 'code' in each && typeof each.code === 'string' ? each.code : '';
    const problem = PROBLEMS[code] ?? (code.startsWith('SQLITE_IOERR') ? 'broken' : undefined);
    if (problem !== undefined) return new StorageFailure(problem, error);
    if (NO_ROOM.test(each.message)) return new StorageFailure('full', error);
  }
  return undefined;
}
