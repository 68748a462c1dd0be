import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { type Advertisements, type ProtocolVersion, protocolVersion } from './advertisement.ts';
import { cloneRequest, normalisedRequest } from './clone-request.ts';
import { type Git, type GitProcess, GitProcessError, refusedFetch } from './git-process.ts';
import type { RepositoryLimits } from './limits.ts';
import { FLUSH, packet } from './pkt-line.ts';
import type { OutputReceiver } from './program-starter.ts';
import type { SortedReferences } from './reference-snapshot.ts';
import type { ReferenceStore } from './reference-store.ts';
import type { RepositoryHandle } from './repository.ts';
import { GitProtocolError } from './repository-errors.ts';
import type { Producer, ResponseCache } from './response-cache.ts';
import type { WorkingCopies } from './working-copies.ts';

export interface UploadPackRequest {
  /** The client's Git-Protocol header. */
  readonly gitProtocol: string | undefined;
  /** The request's body, unpacked; a Buffer where it is there as a whole. */
  readonly body: Buffer | AsyncIterable<Uint8Array>;
  /** Aborted when the client has gone; asked for only where objects are sent. */
  readonly signal: () => AbortSignal;
  /** Told when objects are asked for; `last`: the answer has them whatever the client has said that it has. */
  readonly onFetch?: (last: boolean) => void;
}

interface UploadPackOptions {
  readonly git: Git;
  readonly store: ReferenceStore;
  readonly advertisements: Advertisements;
  readonly copies: WorkingCopies;
  readonly cache: ResponseCache;
  readonly limits: RepositoryLimits;
}

/** Sends objects: git's own upload-pack on the working copy, one stateless round a request. */
export class UploadPack {
  readonly #options: UploadPackOptions;

  constructor(options: UploadPackOptions) {
    this.#options = options;
  }

  /** The response's body, at once where no git is needed. Errors that Git can show are in it, as an `ERR` packet. */
  async answer(handle: RepositoryHandle, request: UploadPackRequest): Promise<Buffer | AsyncGenerator<Uint8Array>> {
    const { store, advertisements, limits } = this.#options;
    try {
      const body = await readWhole(request.body, limits.fetchRequestBytes);
      if (body.length === 0 || body.equals(FLUSH)) return NOTHING;
      const version = protocolVersion('git-upload-pack', request.gitProtocol);
      const snapshot = await store.snapshot(handle.repositoryId);
      const listed = version === 2 ? await advertisements.answer(handle.repositoryId, snapshot, body) : undefined;
      if (listed !== undefined) return listed;
      request.onFetch?.(endsNegotiation(body));
      return this.#fetch(handle, snapshot, version, body, request.signal());
    } catch (error) {
      if (error instanceof GitProtocolError) return packet(`ERR ${error.message}`);
      throw error;
    }
  }

  /**
   * After a compaction: makes the answer to a clone of everything before anybody asks, if there is room for it. What was
   * answered before is as true, but may be several times as long.
   */
  async warm(handle: RepositoryHandle, signal: AbortSignal): Promise<void> {
    const { store, copies, cache, limits } = this.#options;
    const { repositoryId } = handle;
    cache.forget(repositoryId);
    const snapshot = await store.snapshot(repositoryId);
    const body = cloneRequest(snapshot);
    const bytes = copies.packsOf(repositoryId).reduce((sum, pack) => sum + pack.bytes, 0);
    if (body === undefined || cache.keptBytes + bytes > limits.responseCacheBytes) return;
    const answer = this.#fetch(handle, snapshot, 2, body, signal);
    while (!(await answer.next()).done);
  }

  async *#fetch(
    handle: RepositoryHandle,
    snapshot: SortedReferences,
    version: ProtocolVersion,
    body: Buffer,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const produce = (receive: OutputReceiver) => this.#start(handle, snapshot, version, body, receive);
    yield* this.#options.cache.read(handle.repositoryId, keyOf(version, body, snapshot), produce, signal);
  }

  async #start(
    handle: RepositoryHandle,
    snapshot: SortedReferences,
    version: ProtocolVersion,
    body: Buffer,
    onOutput: OutputReceiver,
  ): Promise<Producer> {
    const lease = await this.#options.copies.lease(handle, snapshot, 'packs and references');
    try {
      const process = await this.#options.git.start({
        kind: 'send',
        repositoryId: handle.repositoryId,
        arguments: ['upload-pack', '--stateless-rpc', '.'],
        directory: lease.copy.directory,
        environment: { GIT_PROTOCOL: `version=${version}` },
        onOutput,
      });
      process.stdin.end(body);
      const done = ended(process, (refusal) => onOutput(packet(`ERR ${refusal}`))).finally(() => lease.release());
      done.catch(() => {});
      return { done, progressed: process.progressed, stop: process.kill };
    } catch (error) {
      lease.release();
      throw error;
    }
  }
}

/**
 * git ends with a status when it refuses a request, and has told the client why, or only its standard error: between two
 * packets, as it writes them whole. Only when it was ended is the response cut.
 */
async function ended(process: GitProcess, tell: (refusal: string) => Promise<void> | undefined): Promise<void> {
  try {
    await process.done;
  } catch (error) {
    if (!(error instanceof GitProcessError) || error.status === null) throw error;
    const refusal = refusedFetch(error);
    if (refusal !== undefined) await tell(refusal);
  }
}

async function readWhole(body: UploadPackRequest['body'], maximum: number): Promise<Buffer> {
  const tooLong = () => new GitProtocolError(`the request is longer than ${maximum} bytes`);
  if (Buffer.isBuffer(body)) {
    if (body.length > maximum) throw tooLong();
    return body;
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maximum) throw tooLong();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

const NOTHING = Buffer.alloc(0);
const DONE = packet('done\n');
const DONE_BARE = packet('done');

/** True when the client has said all: then the response does not say what the server has beside what is wanted. */
function endsNegotiation(body: Buffer): boolean {
  const tail = body.subarray(-64);
  return tail.includes(DONE) || tail.includes(DONE_BARE);
}

/**
 * What the response depends on: the request itself; the tags, when tags come along with what they point to; everything,
 * when the history is cut at a reference or the client asks which of its commits are here. Wants are object ids, so a
 * push elsewhere changes nothing.
 */
function keyOf(version: ProtocolVersion, body: Buffer, snapshot: SortedReferences): string {
  const hash = createHash('sha256')
    .update(`${version} `)
    .update(version === 2 ? normalisedRequest(body) : body);
  if (body.includes('include-tag')) hash.update(snapshot.tagsDigest());
  if (body.includes('deepen-not') || !endsNegotiation(body)) hash.update(`generation ${snapshot.generation}`);
  return hash.digest('base64');
}
