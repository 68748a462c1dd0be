import { Duplex } from 'node:stream';
import type { MessageHeader } from '@aws-crypto/client-node';
import {
  aesKeyring,
  checkContext,
  checkLength,
  decryptionOptions,
  type EncryptionContext,
  encryptionOptions,
  messageClient,
  sealedMessageError,
} from './messages.ts';

const KEY_NAME = 'repository-data-key';

/**
 * Plaintext in, a message of the AWS Encryption SDK out: committing AES-256-GCM in frames of 1 MiB, so that memory
 * stays flat whatever the length.
 *
 * @param dataKey 32 bytes
 * @param context stands readable in the message and is authenticated
 */
export function encryptContent(dataKey: Uint8Array, context: EncryptionContext): Duplex {
  return new EncryptedMessageStream(
    messageClient.encryptStream(aesKeyring(dataKey, KEY_NAME), encryptionOptions(context)),
  );
}

/**
 * The way back. Each frame comes out only after its authentication; the stream ends only when the whole message has
 * been read and was right. Otherwise it fails with a SealedMessageError: what came out before must be thrown away.
 */
export function decryptContent(dataKey: Uint8Array, context: EncryptionContext): Duplex {
  const inner = messageClient.decryptStream(aesKeyring(dataKey, KEY_NAME), decryptionOptions);
  return new DecryptedMessageStream(inner, context);
}

/**
 * The SDK's streams are of an old kind (readable-stream 3, duplexify): they may emit an error more than once, or close
 * without a word. This one keeps to the contract of Node's own: one error, then closed.
 */
abstract class MessageStream extends Duplex {
  readonly #inner: Duplex;
  #innerEnded = false;

  constructor(inner: Duplex) {
    super();
    this.#inner = inner;
    inner.pause();
    inner.on('data', (chunk: Buffer) => {
      if (!this.receive(chunk)) inner.pause();
    });
    inner.on('end', () => {
      this.#innerEnded = true;
      this.finish();
    });
    inner.on('error', (error: Error) => this.destroy(this.explain(error)));
    inner.on('close', () => {
      if (!this.#innerEnded) this.destroy(this.explain(new Error('Closed too early')));
    });
  }

  protected abstract explain(error: Error): Error;

  /** Frees the SDK's stream, whatever state it is in. */
  protected abstract release(inner: Duplex): void;

  /** @returns false when the consumer wants to wait */
  protected receive(chunk: Buffer): boolean {
    return this.push(chunk);
  }

  protected finish(): void {
    this.push(null);
  }

  override _read(): void {
    this.#inner.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#inner.write(chunk, encoding, (error) => callback(error ? this.explain(error) : null));
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#inner.end();
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.release(this.#inner);
    callback(error);
  }
}

class EncryptedMessageStream extends MessageStream {
  protected override explain(error: Error): Error {
    return error;
  }

  /**
   * Lets it run dry. Destroyed midway it would emit an error on an inner stream where nobody can listen, which ends
   * the process: one broken connection would stop the server.
   */
  protected override release(inner: Duplex): void {
    inner.removeAllListeners('data');
    inner.resume();
    inner.end();
  }
}

class DecryptedMessageStream extends MessageStream {
  #header: MessageHeader | undefined;
  #messageBytes = 0;
  #plaintextBytes = 0;

  constructor(inner: Duplex, context: EncryptionContext) {
    super(inner);
    inner.once('MessageHeader', (header: MessageHeader) => {
      this.#header = header;
      this.#check(() => checkContext(header, context));
    });
  }

  protected override explain(error: Error): Error {
    return sealedMessageError(error);
  }

  protected override release(inner: Duplex): void {
    inner.destroy();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#messageBytes += chunk.length;
    super._write(chunk, encoding, callback);
  }

  protected override receive(chunk: Buffer): boolean {
    this.#plaintextBytes += chunk.length;
    return super.receive(chunk);
  }

  protected override finish(): void {
    const header = this.#header;
    this.#check(() => {
      if (header === undefined) throw new Error('It has no header');
      checkLength(header, this.#plaintextBytes, this.#messageBytes);
    });
    if (!this.destroyed) super.finish();
  }

  #check(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.destroy(sealedMessageError(error));
    }
  }
}
