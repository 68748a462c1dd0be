import { Buffer } from 'node:buffer';
import { type Advertisements, protocolVersion } from './advertisement.ts';
import type { Git, GitProcess } from './git-process.ts';
import type { RepositoryLimits } from './limits.ts';
import { FLUSH, PacketReader, packet } from './pkt-line.ts';
import type { ReferenceStore } from './reference-store.ts';
import type { RepositoryHandle } from './repository.ts';
import { GitProtocolError } from './repository-errors.ts';
import type { UploadPack, UploadPackRequest } from './upload-pack.ts';
import type { WorkingCopies } from './working-copies.ts';

/** What the client says has no end before the conversation's. */
export interface UploadConversationRequest extends UploadPackRequest {
  readonly body: AsyncIterable<Uint8Array>;
}

interface UploadConversationOptions {
  readonly git: Git;
  readonly store: ReferenceStore;
  readonly advertisements: Advertisements;
  readonly copies: WorkingCopies;
  readonly uploadPack: UploadPack;
  readonly limits: RepositoryLimits;
}

const DELIMITER = Buffer.from('0001');
const RESPONSE_END = Buffer.from('0002');

/**
 * Sends objects over a connection that lasts. Commands of version 2 are independent of one another, so each is answered
 * as a request over HTTP is. Versions 0 and 1 negotiate with a memory: one git serves the whole conversation.
 */
export class UploadConversation {
  readonly #options: UploadConversationOptions;

  constructor(options: UploadConversationOptions) {
    this.#options = options;
  }

  /** Everything that the server says. */
  serve(handle: RepositoryHandle, request: UploadConversationRequest): AsyncGenerator<Uint8Array> {
    const version = protocolVersion('git-upload-pack', request.gitProtocol);
    return version === 2 ? this.#commands(handle, request) : this.#negotiation(handle, request, version);
  }

  async *#commands(handle: RepositoryHandle, request: UploadConversationRequest): AsyncGenerator<Uint8Array> {
    const { store, advertisements, uploadPack, limits } = this.#options;
    const snapshot = await store.snapshot(handle.repositoryId);
    yield advertisements.greeting(handle.repositoryId, snapshot, 'git-upload-pack', 2);
    const reader = new PacketReader(request.body);
    for (;;) {
      let command: Buffer | undefined;
      try {
        command = await readCommand(reader, limits.fetchRequestBytes);
      } catch (error) {
        if (!(error instanceof GitProtocolError)) throw error;
        yield packet(`ERR ${error.message}`);
        return;
      }
      if (command === undefined) return;
      const answer = await uploadPack.answer(handle, { ...request, body: command });
      if (Buffer.isBuffer(answer)) yield answer;
      else yield* answer;
    }
  }

  async *#negotiation(
    handle: RepositoryHandle,
    request: UploadConversationRequest,
    version: 0 | 1,
  ): AsyncGenerator<Uint8Array> {
    const { store, copies, git } = this.#options;
    const snapshot = await store.snapshot(handle.repositoryId);
    const lease = await copies.lease(handle, snapshot, 'packs and references');
    try {
      const process = await git.start({
        kind: 'send',
        repositoryId: handle.repositoryId,
        arguments: ['upload-pack', '.'],
        directory: lease.copy.directory,
        environment: { GIT_PROTOCOL: `version=${version}` },
        signal: request.signal(),
      });
      try {
        request.onFetch?.(true);
        feed(process, request.body).catch(() => process.kill());
        for await (const chunk of process.stdout as AsyncIterable<Uint8Array>) {
          process.progressed();
          yield chunk;
        }
        await process.done;
      } finally {
        process.kill();
        await process.done.catch(() => {});
      }
    } finally {
      lease.release();
    }
  }
}

/** One command of version 2 with its flush; undefined when the client has nothing more to ask. */
async function readCommand(reader: PacketReader, maximum: number): Promise<Buffer | undefined> {
  const packets: Buffer[] = [];
  let length = 0;
  for (;;) {
    const next = await reader.read();
    if (next === undefined && packets.length > 0) throw new GitProtocolError('the request ended before its flush');
    if (next === undefined) return undefined;
    if (next === 'flush') return packets.length === 0 ? undefined : Buffer.concat([...packets, FLUSH]);
    const bytes = next instanceof Buffer ? packet(next) : next === 'delimiter' ? DELIMITER : RESPONSE_END;
    length += bytes.length;
    if (length > maximum) throw new GitProtocolError(`the request is longer than ${maximum} bytes`);
    packets.push(bytes);
  }
}

async function feed(process: GitProcess, body: AsyncIterable<Uint8Array>): Promise<void> {
  const end = process.done.catch(() => {});
  for await (const chunk of body) {
    process.progressed();
    if (process.stdin.write(chunk)) continue;
    await Promise.race([end, new Promise((resolve) => process.stdin.once('drain', resolve))]);
  }
  process.stdin.end();
}
