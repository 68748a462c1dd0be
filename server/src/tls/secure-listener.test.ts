import { once } from 'node:events';
import { connect } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { PerformanceObserver } from 'node:perf_hooks';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../test/harness/temporary-folders.ts';
import { localCredentials } from './local-authority.ts';
import { SecureListener } from './secure-listener.ts';

/** Settings and their acknowledgement, the connection's window, the answer's head, and its body. */
const FRAMES = 5;

it('ends an answer of HTTP/2 in the frame of its body', async () => {
  const folder = await temporaryFolder('secure-listener');
  const credentials = await localCredentials(folder.path, ['localhost'], new Date());
  const listener = new SecureListener((_, response) => void response.writeHead(200).end('an answer'), {
    source: { read: async () => credentials, checkEveryMs: 60_000 },
    credentials,
    headersTimeoutMs: 10_000,
    keepAliveTimeoutMs: 10_000,
    logger: pino({ level: 'silent' }),
  });
  try {
    await once(listener.server.listen(0, '127.0.0.1'), 'listening');
    const { port } = listener.server.address() as AddressInfo;
    const received = new Promise((resolve) => {
      const observer = new PerformanceObserver((entries) => {
        const session = entries.getEntriesByName('Http2Session')[0];
        if (session === undefined) return;
        observer.disconnect();
        resolve((session as unknown as { readonly detail: { readonly framesReceived: number } }).detail.framesReceived);
      });
      observer.observe({ entryTypes: ['http2'] });
    });
    const client = connect(`https://localhost:${port}`, { ca: credentials.cert });
    expect(await text(client.request({ ':path': '/' }))).toBe('an answer');
    client.close();
    expect(await received).toBe(FRAMES);
  } finally {
    await listener.close();
    await folder.remove();
  }
});
