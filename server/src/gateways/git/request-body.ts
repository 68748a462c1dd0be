import type { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { createGunzip, gunzipSync } from 'node:zlib';
import { bodyOfTurn, hasWholeBody } from '../body-at-hand.ts';

/** A client that sends nothing for so long has gone, or means harm. */
const STALL_MS = 120_000;
/** Bytes that are unpacked without a pause. */
const INFLATED_AT_ONCE = 256 * 1024;
/** Bytes that may come out of gzip whatever went in. */
const INFLATED_FREELY = 10 * 1024 * 1024;
/** Beyond those, bytes that may come out for each that went in: Git's own requests stay far below. */
const INFLATION_RATIO = 50;

/** How long the rest of a body is read after its answer, before the connection is cut. */
const DISCARD_MS = 10_000;

/** The body cannot be read; the message is for the client. */
export class RequestBodyError extends Error {
  override readonly name = 'RequestBodyError';
  readonly status: 400 | 408 | 413 | 415;
  constructor(status: 400 | 408 | 413 | 415, message: string) {
    super(message);
    this.status = status;
  }
}

/** The body of a request, unpacked if it came packed, at the pace of who reads it. */
export function readRequestBody(request: IncomingMessage): AsyncIterable<Uint8Array> {
  return isPacked(request) ? inflate(withStallLimit(request)) : withStallLimit(request);
}

/** The same, at once where all of a short body came with its head, as those of most fetches do. */
export async function readShortBody(request: IncomingMessage): Promise<Buffer | AsyncIterable<Uint8Array>> {
  const atHand = await bodyOfTurn(request);
  if (atHand === undefined) return readRequestBody(request);
  return isPacked(request) ? (inflateAtOnce(atHand) ?? inflate([atHand])) : atHand;
}

function isPacked({ headers }: IncomingMessage): boolean {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return false;
  if (encoding === 'gzip' || encoding === 'x-gzip') return true;
  throw new RequestBodyError(415, `Content-Encoding ${encoding} is not supported`);
}

/**
 * Reads on and throws away what a client still sends of a request that has been answered: the client gets the answer,
 * and the connection its next request.
 */
export function discardRest(request: IncomingMessage): void {
  if (hasWholeBody(request) || request.destroyed) return;
  const tooLong = setTimeout(() => {
    // When it is complete, the connection is another request's.
    if (!request.complete) request.destroy();
  }, DISCARD_MS);
  request.once('close', () => clearTimeout(tooLong));
  // A reader that left off without a word still listens, and would keep the stream from flowing.
  request.removeAllListeners('readable').resume();
}

async function* withStallLimit(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  // A reader that has seen enough must not end the connection that its answer goes out on.
  const chunks: AsyncIterator<Uint8Array> = request.iterator({ destroyOnReturn: false });
  try {
    for (;;) {
      // No timer runs while the reader has its turn: it may never come back for more.
      const stalled = setTimeout(() => {
        request.destroy(new RequestBodyError(408, 'The request was not sent to its end in time'));
      }, STALL_MS);
      const chunk = await chunks.next().finally(() => clearTimeout(stalled));
      if (chunk.done === true) return;
      yield chunk.value;
    }
  } finally {
    await chunks.return?.();
  }
}

/** Undefined where more comes out than is worth to hold up everybody else for. */
function inflateAtOnce(packed: Buffer): Buffer | undefined {
  try {
    return gunzipSync(packed, { maxOutputLength: INFLATED_AT_ONCE });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw isDefectOfData(error) ? corrupt() : error;
  }
}

async function* inflate(packed: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  const feeding = feed(packed, gunzip);
  let length = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > INFLATED_FREELY && length > gunzip.bytesWritten * INFLATION_RATIO) {
        throw new RequestBodyError(413, 'The packed request unpacks to too much');
      }
      yield chunk;
    }
  } catch (error) {
    throw isDefectOfData(error) ? corrupt() : error;
  } finally {
    gunzip.destroy();
    await feeding;
  }
}

function isDefectOfData(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}

function corrupt(): RequestBodyError {
  return new RequestBodyError(400, 'The packed request is corrupt');
}

async function feed(
  packed: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  gunzip: ReturnType<typeof createGunzip>,
): Promise<void> {
  try {
    for await (const chunk of packed) {
      if (gunzip.destroyed) return;
      if (!gunzip.write(chunk)) await drainedOrClosed(gunzip);
    }
    gunzip.end();
  } catch (error) {
    gunzip.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

function drainedOrClosed(gunzip: ReturnType<typeof createGunzip>): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      gunzip.off('drain', settle).off('close', settle);
      resolve();
    };
    gunzip.on('drain', settle).on('close', settle);
  });
}
