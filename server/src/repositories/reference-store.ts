import type { Transaction } from 'kysely';
import { LRUCache } from 'lru-cache';
import { type Database, localWriteCount } from '../storage/database/database.ts';
import { preparedQuery } from '../storage/database/prepared-query.ts';
import type { DatabaseSchema } from '../storage/database/schema.ts';
import { consumeIntent } from './blob-intents.ts';
import { BRANCH_PREFIX, foldersOf } from './reference-names.ts';
import { type ReferenceChange, SortedReferences } from './reference-snapshot.ts';
import type { Reference, ReferenceResult, ReferenceUpdate } from './repository.ts';
import { RepositoryNotFoundError } from './repository-errors.ts';

/** References of all cached snapshots together; about 200 bytes each. */
const CACHED_REFERENCES = 2_000_000;
/** Well below the parameters that either database takes in one statement. */
const REMEMBERED_STATES = 10_000;
const ROWS_PER_STATEMENT = 500;
const READ_ATTEMPTS = 20;
/** Git's own words for an update that falls with others that may not be made, or cannot as references are now. */
export const ATOMIC_FAILURE = 'atomic push failure';
const ATOMIC_TRANSACTION_FAILURE = 'atomic transaction failed';
const DEFAULT_BRANCH_STAYS = 'deletion of the default branch prohibited';

/** What a caller has just read of the repository's row: saves reading it again. */
export interface RepositoryState {
  readonly generation: number;
  readonly default_branch: string | null;
}

/** An update whose new object is stored, or will be by the same transaction. */
export interface PeeledUpdate extends ReferenceUpdate {
  /** The fully peeled object of an annotated tag, else null. */
  readonly peeledId: string | null;
}

/** A pack whose blobs are stored, to become visible together with the references that need it. */
export interface NewPack {
  readonly packId: string;
  readonly checksum: string;
  readonly files: readonly string[];
  readonly objectCount: number;
  /** Of how many of the objects the deltas have been searched here. */
  readonly searchedObjects: number;
  /** Of the pack file, in bytes. */
  readonly size: number;
}

interface Commit {
  readonly atomic: boolean;
  readonly pack?: NewPack;
}

export interface CommitOutcome {
  readonly results: readonly ReferenceResult[];
  /** Undefined when nothing was changed, and the pack was not taken either. */
  readonly snapshot: SortedReferences | undefined;
}

/** Ends a transaction that changes nothing. */
class NothingCommitted extends Error {}

/** Asked with every request of Git, after whatever has been written. */
const stateOfRepository = preparedQuery(['repositoryId'], (database, { repositoryId }) =>
  database
    .selectFrom('repositories')
    .select(['generation', 'default_branch'])
    .where('repository_id', '=', repositoryId),
);

/** References in the database, with a snapshot cache that one read of the generation validates. */
export class ReferenceStore {
  readonly #database: Database;
  /** With the local write count before they were read; see {@link localWriteCount}. */
  readonly #states = new LRUCache<string, { readonly writes: number; readonly state: RepositoryState }>({
    max: REMEMBERED_STATES,
  });
  readonly #snapshots = new LRUCache<string, SortedReferences>({
    maxSize: CACHED_REFERENCES,
    sizeCalculation: (snapshot) => snapshot.references.length + 1,
  });

  constructor(database: Database) {
    this.#database = database;
  }

  /** The references now, or at the state that the caller has just read. */
  async snapshot(repositoryId: string, seen?: RepositoryState): Promise<SortedReferences> {
    let state = seen ?? (await this.#readState(repositoryId));
    for (let attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
      const cached = this.#matching(repositoryId, state);
      if (cached !== undefined) return cached;
      const references = await readReferences(this.#database, repositoryId);
      const after = await this.#readState(repositoryId);
      // No change between the two reads of the generation: the references are of that generation.
      if (after.generation === state.generation) {
        const snapshot = new SortedReferences(after.generation, after.default_branch, references);
        this.#remember(repositoryId, snapshot);
        return snapshot;
      }
      state = after;
    }
    return this.#database.transaction().execute((transaction) => lockedSnapshot(transaction, repositoryId));
  }

  forget(repositoryId: string): void {
    this.#snapshots.delete(repositoryId);
  }

  /**
   * Moves references by compare-and-swap, all in one transaction that raises the generation and makes `pack` visible.
   * The names must have been checked. Without `atomic`, each update stands for itself.
   *
   * @param updates as a function: called with the references that nobody else changes until the transaction ends
   */
  async commit(
    repositoryId: string,
    updates: readonly PeeledUpdate[] | ((now: SortedReferences) => readonly PeeledUpdate[]),
    commit: Commit,
  ): Promise<CommitOutcome> {
    let results: readonly ReferenceResult[] = [];
    try {
      const snapshot = await this.#database.transaction().execute(async (transaction) => {
        const { before, state } = await this.#lock(transaction, repositoryId);
        const wanted = typeof updates === 'function' ? updates(before) : updates;
        const decided = decide(before, state.default_branch, wanted, commit.atomic);
        results = decided.results;
        if (decided.changes.length === 0) throw new NothingCommitted();
        const defaultBranch = state.default_branch ?? firstBranch(decided.changes);
        await writeChanges(transaction, repositoryId, decided.changes);
        if (commit.pack !== undefined) await insertPack(transaction, repositoryId, commit.pack, 'received');
        if (defaultBranch !== state.default_branch) {
          await transaction
            .updateTable('repositories')
            .set({ default_branch: defaultBranch })
            .where('repository_id', '=', repositoryId)
            .execute();
        }
        return before.patched(state.generation, defaultBranch, decided.changes);
      });
      this.#remember(repositoryId, snapshot);
      return { results, snapshot };
    } catch (error) {
      if (error instanceof NothingCommitted) return { results, snapshot: undefined };
      throw error;
    }
  }

  async #readState(repositoryId: string): Promise<RepositoryState> {
    const writes = localWriteCount(this.#database);
    const remembered = this.#states.get(repositoryId);
    if (remembered !== undefined && remembered.writes === writes) return remembered.state;
    const state = await this.#queryState(repositoryId);
    if (writes !== undefined) this.#states.set(repositoryId, { writes, state });
    return state;
  }

  async #queryState(repositoryId: string): Promise<RepositoryState> {
    const [state] = await stateOfRepository(this.#database, { repositoryId });
    if (state === undefined) throw new RepositoryNotFoundError(repositoryId);
    return state;
  }

  /** Raises the generation, which locks the repository until the transaction ends. */
  async #lock(transaction: Transaction<DatabaseSchema>, repositoryId: string) {
    const state = await raiseGeneration(transaction, repositoryId);
    const cached = this.#snapshots.get(repositoryId);
    if (cached !== undefined && cached.generation === state.generation - 1) return { before: cached, state };
    const references = await readReferences(transaction, repositoryId);
    return { before: new SortedReferences(state.generation - 1, state.default_branch, references), state };
  }

  #matching(repositoryId: string, state: RepositoryState): SortedReferences | undefined {
    const cached = this.#snapshots.get(repositoryId);
    if (cached === undefined || cached.generation < state.generation) return undefined;
    // Newer than what the caller has seen is as true.
    if (cached.generation > state.generation) return cached;
    if (cached.defaultBranch === state.default_branch) return cached;
    const renamed = cached.patched(state.generation, state.default_branch, []);
    this.#remember(repositoryId, renamed);
    return renamed;
  }

  #remember(repositoryId: string, snapshot: SortedReferences): void {
    const cached = this.#snapshots.peek(repositoryId);
    if (cached === undefined || cached.generation <= snapshot.generation) this.#snapshots.set(repositoryId, snapshot);
  }
}

/** Takes the repository's row, so that changes of one repository come one after the other on every node. */
export async function raiseGeneration(
  transaction: Transaction<DatabaseSchema>,
  repositoryId: string,
  modifiedAt: number | undefined = Date.now(),
): Promise<RepositoryState> {
  const state = await transaction
    .updateTable('repositories')
    .set((expression) => ({
      generation: expression('generation', '+', 1),
      ...(modifiedAt !== undefined && { updated_at: modifiedAt }),
    }))
    .where('repository_id', '=', repositoryId)
    .returning(['generation', 'default_branch'])
    .executeTakeFirst();
  if (state === undefined) throw new RepositoryNotFoundError(repositoryId);
  return state;
}

/** Lists a pack, for which an intent was opened before its blobs were stored. @throws RepositoriesBusyError */
export async function insertPack(
  transaction: Transaction<DatabaseSchema>,
  repositoryId: string,
  pack: NewPack,
  source: 'received' | 'compacted',
): Promise<void> {
  await consumeIntent(transaction, pack.packId);
  await transaction
    .insertInto('packs')
    .values({
      pack_id: pack.packId,
      repository_id: repositoryId,
      checksum: pack.checksum,
      source,
      files: pack.files.join(','),
      object_count: pack.objectCount,
      searched_objects: pack.searchedObjects,
      size: pack.size,
      created_at: Date.now(),
      dropped_at: null,
    })
    .execute();
}

async function lockedSnapshot(transaction: Transaction<DatabaseSchema>, repositoryId: string) {
  // Raised for the lock alone: a repository that changes all the time would otherwise never be read whole.
  const state = await raiseGeneration(transaction, repositoryId, undefined);
  return new SortedReferences(state.generation, state.default_branch, await readReferences(transaction, repositoryId));
}

async function readReferences(database: Database, repositoryId: string): Promise<Reference[]> {
  const rows = await database
    .selectFrom('repository_references')
    .select(['reference_name', 'object_id', 'peeled_id'])
    .where('repository_id', '=', repositoryId)
    .orderBy('reference_name')
    .execute();
  return rows.map((row) => ({ name: row.reference_name, objectId: row.object_id, peeledId: row.peeled_id }));
}

function decide(
  before: SortedReferences,
  defaultBranch: string | null,
  updates: readonly PeeledUpdate[],
  atomic: boolean,
): { results: ReferenceResult[]; changes: ReferenceChange[] } {
  const reasons = new Map<PeeledUpdate, string>();
  for (const update of updates) {
    const reason = refusal(before, defaultBranch, update);
    if (reason !== undefined) reasons.set(update, reason);
  }
  const deletions = updates
    .filter((update) => update.newObjectId === null && !reasons.has(update))
    .map(({ name }) => ({ name, reference: null }));
  // Deletions first, so that `a` can make room for `a/b` in one push.
  const names = new NameSpace(before.patched(before.generation, defaultBranch, deletions));
  const changes: ReferenceChange[] = deletions;
  for (const update of updates) {
    const { name, newObjectId: objectId, peeledId } = update;
    if (objectId === null || reasons.has(update)) continue;
    const conflicting = before.get(name) === undefined ? names.conflict(name) : undefined;
    if (conflicting === undefined) {
      names.add(name);
      changes.push({ name, reference: { name, objectId, peeledId } });
    } else {
      reasons.set(update, `'${conflicting}' exists; cannot create '${name}'`);
    }
  }
  const fails = atomic && reasons.size > 0;
  const collateral = [...reasons.values()].includes(DEFAULT_BRANCH_STAYS) ? ATOMIC_FAILURE : ATOMIC_TRANSACTION_FAILURE;
  const results = updates.map((update): ReferenceResult => {
    const reason = reasons.get(update) ?? (fails ? collateral : undefined);
    return reason === undefined ? { name: update.name, ok: true } : { name: update.name, ok: false, reason };
  });
  return { results, changes: fails ? [] : changes };
}

/** The names that exist or are being made, to keep `a` and `a/b` apart. */
class NameSpace {
  readonly #existing: SortedReferences;
  readonly #added = new Set<string>();
  readonly #addedFolders = new Map<string, string>();

  constructor(existing: SortedReferences) {
    this.#existing = existing;
  }

  conflict(name: string): string | undefined {
    return (
      this.#existing.conflictingName(name) ??
      this.#addedFolders.get(name) ??
      foldersOf(name).find((folder) => this.#added.has(folder))
    );
  }

  add(name: string): void {
    this.#added.add(name);
    for (const folder of foldersOf(name)) this.#addedFolders.set(folder, name);
  }
}

function refusal(before: SortedReferences, defaultBranch: string | null, update: PeeledUpdate): string | undefined {
  const { name, oldObjectId, newObjectId } = update;
  const now = before.get(name)?.objectId ?? null;
  if (newObjectId === null && defaultBranch !== null && name === BRANCH_PREFIX + defaultBranch) {
    return DEFAULT_BRANCH_STAYS;
  }
  if (now === oldObjectId) return undefined;
  if (oldObjectId === null) return 'reference already exists';
  return now === null ? 'reference does not exist' : `reference is at ${now} but expected ${oldObjectId}`;
}

/**
 * The default branch of a repository that had none: "the first branch to appear" (CodeCommit User Guide, getting
 * started). Of several that appear in one push Git sends no order of its own, so `main`, then `master`, goes first.
 */
function firstBranch(changes: readonly ReferenceChange[]): string | null {
  const branches = changes
    .filter(({ name, reference }) => reference !== null && name.startsWith(BRANCH_PREFIX))
    .map(({ name }) => name.slice(BRANCH_PREFIX.length));
  return ['main', 'master'].find((name) => branches.includes(name)) ?? branches[0] ?? null;
}

async function writeChanges(
  transaction: Transaction<DatabaseSchema>,
  repositoryId: string,
  changes: readonly ReferenceChange[],
): Promise<void> {
  const deleted = changes.filter(({ reference }) => reference === null).map(({ name }) => name);
  for (let offset = 0; offset < deleted.length; offset += ROWS_PER_STATEMENT) {
    await transaction
      .deleteFrom('repository_references')
      .where('repository_id', '=', repositoryId)
      .where('reference_name', 'in', deleted.slice(offset, offset + ROWS_PER_STATEMENT))
      .execute();
  }
  const rows = changes.flatMap(({ reference }) =>
    reference === null
      ? []
      : [
          {
            repository_id: repositoryId,
            reference_name: reference.name,
            object_id: reference.objectId,
            peeled_id: reference.peeledId,
          },
        ],
  );
  for (let offset = 0; offset < rows.length; offset += ROWS_PER_STATEMENT) {
    await transaction
      .insertInto('repository_references')
      .values(rows.slice(offset, offset + ROWS_PER_STATEMENT))
      .onConflict((conflict) =>
        conflict.columns(['repository_id', 'reference_name']).doUpdateSet((expression) => ({
          object_id: expression.ref('excluded.object_id'),
          peeled_id: expression.ref('excluded.peeled_id'),
        })),
      )
      .execute();
  }
}
