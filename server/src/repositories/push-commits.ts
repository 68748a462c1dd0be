import { randomUUID } from 'node:crypto';
import type { Database } from '../storage/database/database.ts';
import { dropIntent, openIntent } from './blob-intents.ts';
import type { ObjectReaders } from './objects.ts';
import type { PackStorage } from './pack-storage.ts';
import type { Quarantine, ReceivedPack } from './quarantine.ts';
import { BRANCH_PREFIX, referenceNameProblem } from './reference-names.ts';
import type { SortedReferences } from './reference-snapshot.ts';
import {
  ATOMIC_FAILURE,
  type CommitOutcome,
  type NewPack,
  type PeeledUpdate,
  type ReferenceStore,
} from './reference-store.ts';
import type { ObjectInfo, ReferenceResult, ReferenceUpdate, RepositoryHandle } from './repository.ts';
import type { WorkingCopies } from './working-copies.ts';
import { listedPack } from './working-copy.ts';

interface PushCommitsOptions {
  readonly database: Database;
  readonly store: ReferenceStore;
  readonly storage: PackStorage;
  readonly copies: WorkingCopies;
  readonly readers: ObjectReaders;
  /** Told after each pack that came in. */
  readonly onPushed: (handle: RepositoryHandle) => void;
  readonly onWarning: (message: string, error?: unknown) => void;
}

/** A pack that came with the updates and has passed quarantine's checks. */
interface Received {
  readonly quarantine: Quarantine;
  readonly pack: ReceivedPack;
}

interface CommitOptions {
  readonly atomic: boolean;
  readonly received?: Received | undefined;
  /** Gives up as long as nothing has been committed. */
  readonly signal?: AbortSignal;
}

/** The last steps of every change of references: tips checked, the pack made safe, one transaction. */
export class PushCommits {
  readonly #options: PushCommitsOptions;

  constructor(options: PushCommitsOptions) {
    this.#options = options;
  }

  /**
   * Moves references, each for itself or all or none. Names must have passed {@link updateProblems}. When this
   * resolves, what the results say is safe.
   */
  async commit(
    handle: RepositoryHandle,
    snapshot: SortedReferences,
    updates: readonly ReferenceUpdate[],
    options: CommitOptions,
  ): Promise<readonly ReferenceResult[]> {
    const checked = await this.#checkTips(handle, snapshot, updates, options.received);
    const peeled = checked.map(({ update }) => update);
    const problems = new Map(
      checked.flatMap(({ update, problem }) => (problem === undefined ? [] : [[update, problem]])),
    );
    const sound = options.atomic && problems.size > 0 ? [] : peeled.filter((update) => !problems.has(update));
    const done = sound.length === 0 ? [] : (await this.#store(handle, sound, options)).results;
    return mergeResults(peeled, problems, sound, done);
  }

  /** Deletes a reference wherever it is now; `objectId` is where it was, absent when there was none. */
  async deleteReference(
    repositoryId: string,
    name: string,
  ): Promise<{ readonly result: ReferenceResult; readonly objectId?: string }> {
    let objectId: string | undefined;
    const { results } = await this.#withoutPack(
      repositoryId,
      (now) => {
        objectId = now.get(name)?.objectId;
        return objectId === undefined ? [] : [{ name, oldObjectId: objectId, newObjectId: null, peeledId: null }];
      },
      { atomic: true },
    );
    return { result: results[0] ?? { name, ok: true }, ...(objectId !== undefined && { objectId }) };
  }

  async #checkTips(
    handle: RepositoryHandle,
    snapshot: SortedReferences,
    updates: readonly ReferenceUpdate[],
    received: Received | undefined,
  ): Promise<readonly CheckedUpdate[]> {
    const tips = [...new Set(updates.flatMap(({ newObjectId }) => (newObjectId === null ? [] : [newObjectId])))];
    const peeled = new Map(received === undefined ? [] : await received.quarantine.peel(received.pack, tips));
    for (const tip of tips) {
      if (peeled.has(tip)) continue;
      const found = await this.#options.readers.find(handle, snapshot, tip, true);
      if (found !== undefined) peeled.set(tip, found);
    }
    return updates.map((update) => checkTip(update, peeled));
  }

  /** Makes the pack safe, then moves the references: after this nothing of the push can be lost. */
  async #store(
    handle: RepositoryHandle,
    updates: readonly PeeledUpdate[],
    { atomic, received, signal }: CommitOptions,
  ): Promise<CommitOutcome> {
    const { store, storage, database } = this.#options;
    const { repositoryId } = handle;
    if (received === undefined) return this.#withoutPack(repositoryId, updates, { atomic });
    const { quarantine, pack } = received;
    const newPack: NewPack = { packId: randomUUID(), ...pack, searchedObjects: 0 };
    const files = ['pack', ...pack.files] as const;
    let outcome: CommitOutcome = { results: [], snapshot: undefined };
    await openIntent(database, { blobId: newPack.packId, repositoryId, kind: 'pack' });
    try {
      await Promise.all(
        files.map((kind) => storage.store(handle, newPack.packId, kind, quarantine.fileOf(pack, kind), signal)),
      );
      signal?.throwIfAborted();
      outcome = await store.commit(repositoryId, updates, { atomic, pack: newPack });
    } finally {
      // What a failed commit leaves is collected later all the same; a commit may also have succeeded unheard.
      if (outcome.results.length > 0 && outcome.snapshot === undefined) {
        await storage.remove(repositoryId, newPack.packId, files);
        await dropIntent(database, newPack.packId);
      }
    }
    const { snapshot } = outcome;
    if (snapshot !== undefined) {
      await this.#adopt(newPack, quarantine.packFolder, snapshot, repositoryId);
      this.#options.onPushed(handle);
    }
    return outcome;
  }

  async #withoutPack(...[repositoryId, updates, commit]: Parameters<ReferenceStore['commit']>): Promise<CommitOutcome> {
    const { store, copies } = this.#options;
    const outcome = await store.commit(repositoryId, updates, commit);
    const { snapshot } = outcome;
    if (snapshot !== undefined) await copies.change(repositoryId, async (copy) => copy.packsUnchangedBy(snapshot));
    return outcome;
  }

  async #adopt(pack: NewPack, folder: string, snapshot: SortedReferences, repositoryId: string): Promise<void> {
    const listed = listedPack(pack);
    try {
      await this.#options.copies.change(repositoryId, async (copy) => {
        await copy.adopt(listed, folder);
        copy.packsUnchangedBy(snapshot);
      });
    } catch (error) {
      // The push is safe; the next use of the repository brings the pack from the store.
      this.#options.copies.forget(repositoryId);
      this.#options.onWarning('A received pack could not be moved into the working copy', error);
    }
  }
}

interface CheckedUpdate {
  readonly update: PeeledUpdate;
  /** Why the reference cannot go where it should. */
  readonly problem: string | undefined;
}

function checkTip(update: ReferenceUpdate, peeled: ReadonlyMap<string, ObjectInfo>): CheckedUpdate {
  const { name, newObjectId } = update;
  if (newObjectId === null) return { update: { ...update, peeledId: null }, problem: undefined };
  const found = peeled.get(newObjectId);
  const peeledId = found === undefined || found.objectId === newObjectId ? null : found.objectId;
  let problem: string | undefined;
  if (found === undefined) problem = 'missing necessary objects';
  else if (name.startsWith(BRANCH_PREFIX) && (peeledId !== null || found.type !== 'commit')) {
    problem = 'a branch must point to a commit';
  }
  return { update: { ...update, peeledId }, problem };
}

/** Why updates cannot be tried at all, in the order of the checks: permission, name, once only. */
export function updateProblems(
  updates: readonly ReferenceUpdate[],
  denial: (name: string) => string | undefined = () => undefined,
): Map<ReferenceUpdate, string> {
  const refused = new Map<ReferenceUpdate, string>();
  const counts = new Map<string, number>();
  for (const { name } of updates) counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const update of updates) {
    const { name, newObjectId } = update;
    const reason =
      denial(name) ??
      // A name that is not allowed any more can still be deleted.
      (newObjectId === null ? undefined : referenceNameProblem(name)) ??
      ((counts.get(name) ?? 0) > 1 ? 'multiple updates for one reference' : undefined);
    if (reason !== undefined) refused.set(update, reason);
  }
  return refused;
}

/**
 * One result for each update, in their order: its problem, what became of it, or that it fell with the others.
 * `done` are the results of `sound`, position by position; empty when an atomic change was not tried.
 */
export function mergeResults(
  updates: readonly ReferenceUpdate[],
  problems: ReadonlyMap<ReferenceUpdate, string>,
  sound: readonly ReferenceUpdate[],
  done: readonly ReferenceResult[],
): readonly ReferenceResult[] {
  const results = new Map(sound.map((update, index) => [update, done[index]]));
  return updates.map(
    (update) => results.get(update) ?? { name: update.name, ok: false, reason: problems.get(update) ?? ATOMIC_FAILURE },
  );
}
