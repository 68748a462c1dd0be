import type { ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';

/** A client that takes nothing for so long has gone. */
const STALL_MS = 120_000;

/** The client left before it had the whole response. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';
}

/**
 * Sends chunks at the client's pace. The head is written with the first chunk, so that a failure before it can still
 * be answered with a status; a failure after it cuts the response, which no client takes for a whole one. What is there
 * at once leaves in one write.
 */
export async function sendResponseBody(
  response: ServerResponse,
  head: Readonly<Record<string, string>>,
  chunks: AsyncIterable<Uint8Array>,
  status = 200,
): Promise<void> {
  let corked = false;
  // At the end too: Node would send the end of a chunked body before what it still holds of it.
  const uncork = () => {
    if (corked) response.uncork();
    corked = false;
  };
  try {
    for await (const chunk of chunks) {
      if (!response.headersSent) {
        response.writeHead(status, head);
        response.cork();
        corked = true;
        process.nextTick(uncork);
      }
      if (!response.write(chunk)) await drained(response);
    }
  } catch (error) {
    if (response.headersSent) response.destroy();
    throw error;
  }
  if (!response.headersSent) response.writeHead(status, { ...head, 'Content-Length': '0' });
  uncork();
  response.end();
}

/** A response of HTTP/2 tells it by its stream. */
export function hasGone(response: ServerResponse): boolean {
  return response.destroyed || ('stream' in response && (response.stream as ServerHttp2Stream).destroyed);
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => response.destroy(), STALL_MS);
    const settle = (done: () => void) => () => {
      clearTimeout(timer);
      response.off('drain', onDrain).off('close', onClose);
      done();
    };
    const onDrain = settle(resolve);
    const onClose = settle(() => reject(new ClientGoneError('The client closed the connection')));
    response.on('drain', onDrain).on('close', onClose);
    if (hasGone(response)) onClose();
  });
}
