import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { sendResponseBody } from './response-body.ts';

it.each([1, 2, 3, 200])('sends all of %i small chunks that are there at once', async (count) => {
  const chunks = Array.from({ length: count }, (_, index) => Buffer.from(`${index}`.padStart(4_096, '.')));
  const server = createServer((_request, response) => {
    void sendResponseBody(
      response,
      { 'Content-Type': 'text/plain' },
      (async function* () {
        yield* chunks;
      })(),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    expect(await answer.text()).toBe(chunks.join(''));
  } finally {
    server.close();
  }
});
