import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PerformanceObserver } from 'node:perf_hooks';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../test/harness/temporary-folders.ts';
import type { ServedCertificates } from './certificates.ts';
import { localCredentials } from './local-authority.ts';
import { SecureListener } from './secure-listener.ts';

/** Settings and their acknowledgement, the connection's window, the answer's head, and its body. */
const FRAMES = 5;

const timeouts = { headersTimeoutMs: 10_000, keepAliveTimeoutMs: 10_000 };
const logger = pino({ level: 'silent' });

it('ends an answer of HTTP/2 in the frame of its body', async () => {
  const folder = await temporaryFolder('secure-listener');
  const usual = await localCredentials(folder.path, ['localhost'], new Date());
  const listener = new SecureListener((_, response) => void response.writeHead(200).end('an answer'), {
    source: { read: async () => ({ usual }), checkEveryMs: 60_000 },
    certificates: { usual },
    ...timeouts,
    logger,
  });
  try {
    const port = await portOf(listener);
    const received = new Promise((resolve) => {
      const observer = new PerformanceObserver((entries) => {
        const session = entries.getEntriesByName('Http2Session')[0];
        if (session === undefined) return;
        observer.disconnect();
        resolve((session as unknown as { readonly detail: { readonly framesReceived: number } }).detail.framesReceived);
      });
      observer.observe({ entryTypes: ['http2'] });
    });
    const client = connect(`https://localhost:${port}`, { ca: usual.cert });
    expect(await text(client.request({ ':path': '/' }))).toBe('an answer');
    client.close();
    expect(await received).toBe(FRAMES);
  } finally {
    await listener.close(60_000);
    await folder.remove();
  }
});

it('serves its certificates anew when they change, those of other Regions too', async () => {
  const folder = await temporaryFolder('secure-listener');
  const made = async (name: string): Promise<ServedCertificates> => ({
    usual: await localCredentials(join(folder.path, name), ['localhost'], new Date()),
    ofOtherRegions: {
      names: new Set(['elsewhere.localhost']),
      credentials: await localCredentials(join(folder.path, name), ['elsewhere.localhost'], new Date(), 'others.pem'),
    },
  });
  const certificates = await made('first');
  let current = certificates;
  const listener = new SecureListener((_, response) => void response.end(), {
    source: { read: async () => current, checkEveryMs: 5 },
    certificates,
    ...timeouts,
    logger,
  });
  try {
    const port = await portOf(listener);
    const served = async () => [await servedTo('localhost', port), await servedTo('elsewhere.localhost', port)];
    expect(await served()).toEqual(serialNumbersOf(certificates));
    current = await made('second');
    expect(serialNumbersOf(current)).not.toEqual(serialNumbersOf(certificates));
    await expect.poll(served).toEqual(serialNumbersOf(current));
  } finally {
    await listener.close(60_000);
    await folder.remove();
  }
});

async function portOf({ server }: SecureListener): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

function serialNumbersOf({ usual, ofOtherRegions }: ServedCertificates): (string | undefined)[] {
  return [usual, ofOtherRegions?.credentials].map((made) => made && new X509Certificate(made.cert).serialNumber);
}

/** @returns the serial number of the certificate that a client of this name gets */
async function servedTo(servername: string, port: number): Promise<string> {
  const socket = connectTls({ port, host: '127.0.0.1', servername, rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerCertificate().serialNumber;
  } finally {
    socket.destroy();
  }
}
