import { Buffer } from 'node:buffer';
import { PassThrough } from 'node:stream';
import { SealedMessageError } from '../storage/encryption/messages.ts';
import { storageFailureOf } from '../storage/storage-failure.ts';
import { type Git, GitProcessError } from './git-process.ts';
import type { RepositoryLimits } from './limits.ts';
import type { NodeFolder } from './node-folder.ts';
import { PacketReader } from './pkt-line.ts';
import { mergeResults, type PushCommits, updateProblems } from './push-commits.ts';
import { PushReport } from './push-report.ts';
import { Quarantine, type ReceivedPack } from './quarantine.ts';
import { type ReceiveRequest, readReceiveRequest } from './receive-commands.ts';
import type { ReferenceStore } from './reference-store.ts';
import type { ReferenceResult, ReferenceUpdate, RepositoryHandle } from './repository.ts';
import { GitProtocolError, RepositoriesBusyError, RepositoryNotFoundError } from './repository-errors.ts';
import type { WorkingCopies } from './working-copies.ts';

export interface ReceivePackRequest {
  /** The request's body, unpacked. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
  /** Why the caller may not update a reference, in one line; undefined when they may. */
  readonly denial: (referenceName: string) => string | undefined;
  /** The body goes on after the request, whose end is the end of the pack: clients wait for the report before they end it. */
  readonly lasts?: boolean;
  /** Told what became of a push that asked for anything, before the client is. */
  readonly onPushed?: (references: readonly PushedReference[]) => Promise<void>;
}

/** What became of an update. */
interface PushedReference extends ReferenceUpdate {
  /** The new object has not the old one among its ancestors. Told of updates that were tried only. */
  readonly forced: boolean;
  /** Why it was refused; absent when it was done. */
  readonly reason?: string;
}

interface ReceivePackOptions {
  readonly git: Git;
  readonly store: ReferenceStore;
  readonly copies: WorkingCopies;
  readonly commits: PushCommits;
  readonly folder: NodeFolder;
  readonly limits: RepositoryLimits;
  readonly onWarning: (message: string, error?: unknown) => void;
}

const INTERNAL_ERROR = 'internal error';
const EMPTY = Buffer.alloc(0);

/**
 * Receives a push: commands, authorisation reference by reference, the pack into quarantine, checks, the stores, one
 * transaction, and only then the report.
 */
export class ReceivePack {
  readonly #options: ReceivePackOptions;

  constructor(options: ReceivePackOptions) {
    this.#options = options;
  }

  /** The response's body; a failure of the push is a report in it. */
  serve(handle: RepositoryHandle, request: ReceivePackRequest): AsyncIterable<Uint8Array> {
    const output = new PassThrough();
    this.#receive(handle, request, output).then(
      () => output.end(),
      (error: unknown) => output.destroy(error instanceof Error ? error : new Error(String(error))),
    );
    return output;
  }

  async #receive(handle: RepositoryHandle, request: ReceivePackRequest, output: PassThrough): Promise<void> {
    const reader = new PacketReader(request.body);
    const received = await readReceiveRequest(reader, this.#options.limits.referenceUpdatesPerPush);
    if (received === undefined) return;
    const report = new PushReport(output, received.capabilities);
    let packIsRead = false;
    const forced = new Set<string>();
    const finish = async (unpack: string, results: readonly ReferenceResult[]) => {
      await request.onPushed?.(pushedReferences(received.updates, results, forced));
      report.finish(unpack, results);
    };
    try {
      const results = await this.#perform(handle, request, received, reader, report, forced);
      packIsRead = results.some(({ ok }) => ok);
      await finish('ok', results);
    } catch (error) {
      if (request.signal.aborted || reader.sourceFailed) throw error;
      const reason = reasonOf(error);
      if (reason === INTERNAL_ERROR || isOurs(error)) this.#options.onWarning('A push failed', error);
      await endOfBody(request, reader);
      await finish(
        reason,
        received.updates.map(({ name }) => ({ name, ok: false, reason: 'unpacker error' })),
      );
    } finally {
      report.close();
    }
    // The report is on its way; a client that still sends its pack reads it after that.
    if (request.lasts && !packIsRead && announcesPack(received)) await drain(reader);
  }

  async #perform(
    handle: RepositoryHandle,
    request: ReceivePackRequest,
    received: ReceiveRequest,
    reader: PacketReader,
    report: PushReport,
    forced: Set<string>,
  ): Promise<readonly ReferenceResult[]> {
    if (received.problem !== undefined) throw new GitProtocolError(received.problem);
    const atomic = received.capabilities.has('atomic');
    const problems = updateProblems(received.updates, request.denial);
    const sound = atomic && problems.size > 0 ? [] : received.updates.filter((update) => !problems.has(update));
    if (sound.length === 0) await endOfBody(request, reader);
    const done = sound.length === 0 ? [] : await this.#update(handle, request, sound, reader, report, atomic, forced);
    return mergeResults(received.updates, problems, sound, done);
  }

  async #update(
    handle: RepositoryHandle,
    request: ReceivePackRequest,
    updates: readonly ReferenceUpdate[],
    reader: PacketReader,
    report: PushReport,
    atomic: boolean,
    forced: Set<string>,
  ): Promise<readonly ReferenceResult[]> {
    const { store, copies, commits, git, folder, limits } = this.#options;
    const bringsPack = updates.some(({ newObjectId }) => newObjectId !== null);
    const header = bringsPack || !request.lasts ? await reader.peek(12) : EMPTY;
    const snapshot = await store.snapshot(handle.repositoryId);
    if (header.length === 0 || !bringsPack) {
      await endOfBody(request, reader);
      return commits.commit(handle, snapshot, updates, { atomic });
    }
    const lease = await copies.lease(handle, snapshot, 'packs');
    try {
      const quarantine = await Quarantine.make(git, lease.copy, folder.folderOf('incoming'));
      try {
        const pack = await quarantine.receive(reader.rest(), header, {
          signal: request.signal,
          blobBytes: limits.blobBytes,
          endsWithPack: request.lasts === true,
          progress: report.showsProgress,
          onStderr: (chunk) => report.progress(withoutPaths(chunk.toString(), folder.path)),
          freeRoom: (bytes) => copies.freeRoom(bytes),
        });
        request.signal.throwIfAborted();
        if (request.onPushed !== undefined) await findForced(quarantine, pack, updates, forced);
        const received = pack === undefined ? undefined : { quarantine, pack };
        return await commits.commit(handle, snapshot, updates, { atomic, received, signal: request.signal });
      } finally {
        await quarantine.remove();
      }
    } finally {
      lease.release();
    }
  }
}

/** Names of the references whose history an update does not only add to. */
async function findForced(
  quarantine: Quarantine,
  pack: ReceivedPack | undefined,
  updates: readonly ReferenceUpdate[],
  forced: Set<string>,
): Promise<void> {
  for (const { name, oldObjectId, newObjectId } of updates) {
    if (oldObjectId === null || newObjectId === null) continue;
    if (!(await quarantine.isDescendant(pack, newObjectId, oldObjectId))) forced.add(name);
  }
}

function pushedReferences(
  updates: readonly ReferenceUpdate[],
  results: readonly ReferenceResult[],
  forced: ReadonlySet<string>,
): readonly PushedReference[] {
  return updates.map((update, position) => {
    const result = results[position];
    return {
      ...update,
      forced: forced.has(update.name),
      ...(result?.ok === false && { reason: result.reason }),
    };
  });
}

/** A refusal that the client can do nothing about. */
function isOurs(error: unknown): boolean {
  return error instanceof RepositoriesBusyError || storageFailureOf(error) !== undefined;
}

/** What the client is told when nothing of the push is taken. */
function reasonOf(error: unknown): string {
  const storage = storageFailureOf(error);
  if (storage !== undefined) return storage.message;
  if (error instanceof GitProtocolError || error instanceof RepositoriesBusyError) return error.message;
  if (error instanceof RepositoryNotFoundError) return 'the repository has been deleted';
  if (error instanceof SealedMessageError) return 'an encryption integrity check failed';
  if (error instanceof GitProcessError) return 'index-pack abnormal exit';
  return INTERNAL_ERROR;
}

/** Error messages of git name files of this machine. */
function withoutPaths(text: string, folder: string): Buffer {
  return Buffer.from(text.replaceAll(folder, '…'));
}

/** A client sends a pack unless it only deletes: https://git-scm.com/docs/gitprotocol-pack */
function announcesPack({ updates, problem }: ReceiveRequest): boolean {
  return problem !== undefined || updates.some(({ newObjectId }) => newObjectId !== null);
}

/** A body that lasts has no end before the report. */
async function endOfBody(request: ReceivePackRequest, reader: PacketReader): Promise<void> {
  if (!request.lasts) await drain(reader);
}

/** Reads what the client still sends, without keeping it: clients read the answer only then. */
async function drain(reader: PacketReader): Promise<void> {
  for await (const _ of reader.rest());
}
