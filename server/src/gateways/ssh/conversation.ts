import type { Socket } from 'node:net';
import type { Connection, ServerChannel } from 'ssh2';

/** Pieces that a chunk is sent in: what may wait for one channel beside the socket's own buffer. */
const PIECE_BYTES = 256 * 1024;

/** The client left before it had everything. */
class ConversationEndedError extends Error {
  override readonly name = 'ConversationEndedError';
}

/**
 * One command and its two streams. ssh2 takes what it is given whether the socket has room or not, and keeps it all
 * during a key exchange; {@link send} waits for both, so that little waits for a slow client.
 */
export class Conversation {
  readonly #channel: ServerChannel;
  readonly #connection: Connection;
  readonly #socket: Socket;
  readonly #ended = new AbortController();
  readonly #idle: NodeJS.Timeout;
  /** The client has gone. */
  readonly abandon: () => void;
  #sentAnything = false;
  #finished = false;

  constructor(channel: ServerChannel, connection: Connection, socket: Socket, idleMs: number) {
    this.#channel = channel;
    this.#connection = connection;
    this.#socket = socket;
    this.abandon = () => {
      clearTimeout(this.#idle);
      this.#ended.abort(new ConversationEndedError('The client closed the connection'));
    };
    this.#idle = setTimeout(() => socket.destroy(), idleMs);
    channel.on('error', this.abandon).once('close', this.abandon);
    channel.stderr.on('error', () => {});
    socket.once('close', this.abandon);
    this.#ended.signal.addEventListener('abort', () => socket.off('close', this.abandon));
  }

  /** Aborted when the client has gone, and at the end. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  get sentAnything(): boolean {
    return this.#sentAnything;
  }

  /** Bytes that the client has sent and that nobody has read yet. */
  get unreadBytes(): number {
    return this.#channel.readableLength;
  }

  /** What the client says, until it has said everything or has gone. */
  async *received(): AsyncGenerator<Uint8Array> {
    while (!this.signal.aborted) {
      const chunk = this.#channel.read() as Buffer | null;
      if (chunk !== null) {
        this.#idle.refresh();
        yield chunk;
      } else if (this.#channel.readableEnded) {
        return;
      } else {
        await this.#until((settle) => onEvents(this.#channel, ['readable', 'end', 'close'], settle)).catch(() => {});
      }
    }
    if (!this.#finished) throw this.signal.reason;
  }

  /**
   * Sends bytes at the client's pace.
   *
   * @throws ConversationEndedError
   */
  async send(chunk: Uint8Array): Promise<void> {
    for (let offset = 0; offset < chunk.length; offset += PIECE_BYTES) {
      const piece = chunk.subarray(offset, offset + PIECE_BYTES);
      this.signal.throwIfAborted();
      this.#sentAnything = true;
      const before = this.#socket.bytesWritten;
      await this.#until((settle) => {
        this.#channel.write(piece, settle);
        return () => {};
      });
      // Less than the piece has reached the socket: the rest waits for a key exchange.
      if (this.#socket.bytesWritten - before < piece.length) {
        await this.#until((settle) => onEvents(this.#connection, ['rekey'], settle));
      }
      if (this.#socket.writableNeedDrain) await this.#until((settle) => onEvents(this.#socket, ['drain'], settle));
      this.#idle.refresh();
    }
  }

  /** A text for the user's terminal. */
  tell(text: string): void {
    if (!this.signal.aborted) this.#channel.stderr.write(`${text}\n`);
  }

  /** Tells the exit status and closes the channel. */
  finish(status: number): void {
    if (this.#finished) return;
    this.#finished = true;
    clearTimeout(this.#idle);
    if (!this.signal.aborted) {
      this.#channel.exit(status);
      this.#channel.end();
      this.#ended.abort(new ConversationEndedError('The command has ended'));
    }
    // What the client still says must not fill its window unread.
    this.#channel.resume();
  }

  /** Waits for what `begin` announces by its callback, or rejects when the client goes first. */
  #until(begin: (settle: () => void) => () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const { signal } = this;
      if (signal.aborted) return reject(signal.reason);
      const onAbort = () => {
        stop();
        reject(signal.reason);
      };
      let stop = () => {};
      signal.addEventListener('abort', onAbort, { once: true });
      stop = begin(() => {
        signal.removeEventListener('abort', onAbort);
        stop();
        resolve();
      });
    });
  }
}

interface Emitter {
  on(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
}

function onEvents(emitter: Emitter, events: readonly string[], listener: () => void): () => void {
  for (const event of events) emitter.on(event, listener);
  return () => {
    for (const event of events) emitter.off(event, listener);
  };
}
