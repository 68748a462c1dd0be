import type { Git } from './git-process.ts';
import type { RepositoryLimits } from './limits.ts';
import type { NodeFolder } from './node-folder.ts';
import { type NewObject, writePack } from './pack-writer.ts';
import { type PushCommits, updateProblems } from './push-commits.ts';
import { Quarantine } from './quarantine.ts';
import type { ReferenceStore } from './reference-store.ts';
import type { ReferenceResult, ReferenceUpdate, RepositoryHandle } from './repository.ts';
import type { WorkingCopies } from './working-copies.ts';

const PACK_HEADER_BYTES = 12;
/** For what the API makes at once: a few MB. */
const TIME_LIMIT_MS = 60_000;

interface ObjectPushOptions {
  readonly git: Git;
  readonly store: ReferenceStore;
  readonly copies: WorkingCopies;
  readonly commits: PushCommits;
  readonly folder: NodeFolder;
  readonly limits: RepositoryLimits;
}

/** Brings objects that this server has made through the door that pushes come through. */
export class ObjectPush {
  readonly #options: ObjectPushOptions;

  constructor(options: ObjectPushOptions) {
    this.#options = options;
  }

  /**
   * Stores objects and moves one reference. What the result reports as done is durable.
   *
   * @throws GitProcessError when git refuses an object, with its reason on standard error
   */
  async push(
    handle: RepositoryHandle,
    objects: readonly NewObject[],
    update: ReferenceUpdate,
  ): Promise<ReferenceResult> {
    const { git, store, copies, commits, folder, limits } = this.#options;
    const reason = updateProblems([update]).get(update);
    if (reason !== undefined) return { name: update.name, ok: false, reason };
    const pack = await writePack([...new Map(objects.map((object) => [object.objectId, object])).values()]);
    const snapshot = await store.snapshot(handle.repositoryId);
    const signal = AbortSignal.timeout(TIME_LIMIT_MS);
    const lease = await copies.lease(handle, snapshot, 'packs');
    try {
      const quarantine = await Quarantine.make(git, lease.copy, folder.folderOf('incoming'));
      try {
        const received = await quarantine.receive(once(pack), pack.subarray(0, PACK_HEADER_BYTES), {
          signal,
          blobBytes: limits.blobBytes,
          endsWithPack: false,
          progress: false,
          onStderr: () => {},
          freeRoom: (bytes) => copies.freeRoom(bytes),
        });
        const results = await commits.commit(handle, snapshot, [update], {
          atomic: true,
          received: received && { quarantine, pack: received },
          signal,
        });
        return results[0] ?? { name: update.name, ok: true };
      } finally {
        await quarantine.remove();
      }
    } finally {
      lease.release();
    }
  }
}

async function* once(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  yield chunk;
}
