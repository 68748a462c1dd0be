import type { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { setImmediate as turnOfEventLoop } from 'node:timers/promises';

/** Bodies that were read to their end before the parser has told that this was the end. */
const read = new WeakSet<IncomingMessage>();

/** The body of a request, in the coding that it came in, when all of it came with its head: nothing is waited for. */
function bodyAtHand(request: IncomingMessage): Buffer | undefined {
  const { headers, readableLength } = request;
  if (headers['content-length'] !== String(readableLength)) return undefined;
  const whole: Buffer | null = request.read();
  if (whole?.length !== readableLength) return undefined;
  read.add(request);
  return whole;
}

/** The same when the parser has ended its turn. That of HTTP/2 hands out a body, when asked, after the handler of its head. */
export async function bodyOfTurn(request: IncomingMessage): Promise<Buffer | undefined> {
  if (request.httpVersionMajor === 2 && request.headers['content-length'] !== undefined) {
    request.read(0);
    await turnOfEventLoop();
  }
  return bodyAtHand(request);
}

/** True when nothing of the request's body is still to come. */
export function hasWholeBody(request: IncomingMessage): boolean {
  return request.complete || read.has(request);
}
