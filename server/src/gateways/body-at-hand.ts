import type { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';

/** Bodies that were read to their end before the parser has told that this was the end. */
const read = new WeakSet<IncomingMessage>();

/** The body of a request, in the coding that it came in, when all of it came with its head: nothing is waited for. */
export function bodyAtHand(request: IncomingMessage): Buffer | undefined {
  const { headers, readableLength } = request;
  if (headers['content-length'] !== String(readableLength)) return undefined;
  const whole: Buffer | null = request.read();
  if (whole?.length !== readableLength) return undefined;
  read.add(request);
  return whole;
}

/** True when nothing of the request's body is still to come. */
export function hasWholeBody(request: IncomingMessage): boolean {
  return request.complete || read.has(request);
}
