import type { Buffer } from 'node:buffer';
import type { ServerResponse } from 'node:http';

/** What is longer costs more to make text of, for one write together with its head, than a second write. */
const ONE_WRITE_BYTES = 4 * 1024;

/** Sends a body that is there as a whole. */
export function sendWhole(
  response: ServerResponse,
  status: number,
  head: Readonly<Record<string, string>>,
  body: Buffer,
): void {
  response.writeHead(status, { ...head, 'Content-Length': String(body.length) });
  if (body.length > ONE_WRITE_BYTES) response.end(body);
  else response.end(body.toString('latin1'), 'latin1');
}
