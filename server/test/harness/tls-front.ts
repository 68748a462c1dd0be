import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createServer } from 'node:tls';
import { minimalEnvironment } from './clients.ts';
import { outputOf } from './processes.ts';
import { temporaryFolder } from './temporary-folders.ts';

/** TLS before a server that speaks plain HTTP, as a load balancer of an operator would be. */
interface TlsFront {
  /** Of `localhost`. */
  readonly port: number;
  /** The certificate to trust: `http.sslCAInfo`. */
  readonly caFile: string;
  close(): Promise<void>;
}

/** @param url of the server behind it: http://HOST:PORT */
export async function startTlsFront(url: string): Promise<TlsFront> {
  const folder = await temporaryFolder('tls-front');
  const { key, cert, caFile } = await localhostCertificate(folder.path);
  const { hostname, port } = new URL(url);
  const server = createServer({ key, cert }, (outside) => {
    const inside = connect(Number(port), hostname);
    // Either side may break off: that ends the other.
    pipeline(outside, inside, outside).catch(() => outside.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    caFile,
    async close() {
      server.close();
      await folder.remove();
    },
  };
}

/** Self-signed, for a day. */
async function localhostCertificate(folder: string): Promise<{ key: string; cert: string; caFile: string }> {
  const caFile = join(folder, 'ca.pem');
  const keyFile = join(folder, 'key.pem');
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', keyFile];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  await outputOf('openssl', ['req', '-x509', '-days', '1', ...key, ...names, '-out', caFile], {
    env: minimalEnvironment(),
  });
  return { key: await readFile(keyFile, 'utf8'), cert: await readFile(caFile, 'utf8'), caFile };
}
