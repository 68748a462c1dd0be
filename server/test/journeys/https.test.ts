import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localCredentials } from '../../src/tls/local-authority.ts';
import { createGitUser, createRepository } from '../harness/account-setup.ts';
import { awsCli } from '../harness/aws-cli.ts';
import { awsExecutables, requireClient } from '../harness/clients.ts';
import { runCodekeep } from '../harness/codekeep-command.ts';
import { type CodekeepServer, startCodekeep } from '../harness/codekeep-server.ts';
import { type GitClient, gitClient } from '../harness/git-client.ts';
import { temporaryFolder } from '../harness/temporary-folders.ts';

// TLS with the certificate of the local authority, then with one of the operator's own.

const git = await requireClient('git');
const executables = await awsExecutables();

describe.skipIf(git.skipReason)(`TLS with a local authority ${git.skipReason ?? ''}`, () => {
  let server: CodekeepServer;
  let client: GitClient;
  const trusting = () => ['-c', `http.sslCAInfo=${server.certificateAuthority}`];
  const port = () => new URL(server.secureUrl).port;

  beforeAll(async () => {
    server = await startCodekeep();
    const user = await createGitUser(server, 'ana');
    client = await gitClient([
      { ...user, url: server.secureUrl },
      { ...user, url: `https://localhost:${port()}` },
      { ...user, url: `https://git-codecommit.eu-west-1.localhost:${port()}` },
    ]);
  });
  afterAll(async () => {
    await client?.dispose();
    await server?.dispose();
  });

  it.each(['HTTP/1.1', 'HTTP/2'])('clones and pushes over %s', async (version) => {
    const name = version.replace('/', '-');
    await createRepository(server, name);
    const url = `${server.secureUrl}/v1/repos/${name}`;
    const options = [...trusting(), '-c', `http.version=${version}`];
    await client.output([...options, 'clone', '-q', url, name]);
    const cwd = join(client.home, name);
    // Larger than one flow-control window of HTTP/2, and than what Git sends in one piece.
    await writeFile(
      join(cwd, 'large'),
      Buffer.alloc(9_000_000, `${version} does not compress well `).map((b, i) => b ^ (i * 7_919) ^ (i >> 7)),
    );
    await client.output(['add', '.'], { cwd });
    await client.output(['commit', '-q', '-m', 'Large'], { cwd });
    const pushed = await client.run([...options, 'push', 'origin', 'main'], {
      cwd,
      env: { GIT_CURL_VERBOSE: '1', GIT_TRACE_CURL_NO_DATA: '1' },
    });
    expect(pushed.exitCode, pushed.stderr).toBe(0);
    expect(pushed.stderr).toContain(version === 'HTTP/2' ? 'HTTP/2 200' : 'HTTP/1.1 200');
    const again = `${name}-again`;
    await client.output([...options, 'clone', '-q', url, again]);
    expect(await client.output(['rev-parse', 'HEAD'], { cwd: join(client.home, again) })).toBe(
      await client.output(['rev-parse', 'HEAD'], { cwd }),
    );
  });

  it('is valid for localhost, and for the host of each Region', async () => {
    await createRepository(server, 'named');
    expect(await client.output([...trusting(), 'ls-remote', `https://localhost:${port()}/v1/repos/named`])).toBe('');
    const elsewhere = await client.run([
      ...trusting(),
      'ls-remote',
      `https://git-codecommit.eu-west-1.localhost:${port()}/v1/repos/named`,
    ]);
    // Of another Region, so not there; and no complaint about the certificate.
    expect(elsewhere.stderr).toContain('named does not exist');
  });

  it.each([
    ['localhost', 'localhost', 5],
    ['git-codecommit.us-east-1.localhost', 'localhost', 5],
    ['git-codecommit.eu-west-1.localhost', 'git-codecommit.eu-west-1.localhost', 28],
    ['GIT-CODECOMMIT.EU-WEST-1.LOCALHOST', 'git-codecommit.eu-west-1.localhost', 28],
  ])('serves %s a certificate of few names, or of those of the other Regions', async (servername, name, names) => {
    const socket = connectTls({ ...(await tlsOptions()), servername, ALPNProtocols: ['h2', 'http/1.1'] });
    try {
      await once(socket, 'secureConnect');
      const served = socket.getPeerCertificate().subjectaltname?.split(', ');
      expect(served).toContain(`DNS:${name}`);
      expect(served).toHaveLength(names);
      expect(socket.alpnProtocol).toBe('h2');
      expect(socket.getCipher().name).toBe('TLS_AES_128_GCM_SHA256');
    } finally {
      socket.destroy();
    }
  });

  it.each(['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384'])(
    'serves a client that wants %s',
    async (ciphers) => {
      const isOfTls12 = ciphers.startsWith('ECDHE');
      const socket = connectTls({ ...(await tlsOptions()), ciphers, ...(isOfTls12 && { maxVersion: 'TLSv1.2' }) });
      try {
        await once(socket, 'secureConnect');
        expect(socket.getCipher().name).toBe(ciphers);
      } finally {
        socket.destroy();
      }
    },
  );

  it('is refused by a client that does not trust the authority', async () => {
    const refused = await client.run(['ls-remote', `${server.secureUrl}/v1/repos/named`]);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toMatch(/certificate/i);
  });

  it('serves many clients at once over HTTP/2', async () => {
    const url = `${server.secureUrl}/v1/repos/HTTP-2`;
    const clones = Array.from({ length: 5 }, (_, index) =>
      client.output([...trusting(), '-c', 'http.version=HTTP/2', 'clone', '-q', '--bare', url, `many-${index}`]),
    );
    await expect(Promise.all(clones)).resolves.toHaveLength(5);
  });

  it('tells the right password from a wrong one over HTTP/2', async () => {
    const session = connectHttp2(server.secureUrl, { ca: await readFile(server.certificateAuthority) });
    try {
      const request = session.request({
        ':path': '/v1/repos/named/info/refs?service=git-upload-pack',
        authorization: `Basic ${Buffer.from('ana-at-1:wrong').toString('base64')}`,
      });
      const [headers] = await once(request, 'response');
      expect(headers).toMatchObject({ ':status': 401, 'www-authenticate': 'Basic realm="Codekeep"' });
      request.resume();
      await once(request, 'end');
    } finally {
      session.destroy();
    }
  });

  it.each(executables)('serves $version with AWS_CA_BUNDLE, and names a clone URL of TLS', async (executable) => {
    const { accessKeyId, secretAccessKey, region } = server.account;
    const access = { endpoint: server.secureUrl, region, accessKeyId, secretAccessKey };
    const aws = await awsCli(executable, access);
    const describe = ['codecommit', 'get-repository', '--repository-name', 'named'];
    try {
      await expect(aws.run(describe)).rejects.toMatchObject({ stderr: expect.stringMatching(/SSL|certificate/i) });
      const trusted = await aws.run(describe, { certificateAuthority: server.certificateAuthority });
      expect(trusted).toMatchObject({
        repositoryMetadata: { cloneUrlHttp: `${server.secureUrl}/v1/repos/named` },
      });
      const plain = await aws.run(describe, { endpoint: server.url });
      expect(plain).toMatchObject({ repositoryMetadata: { cloneUrlHttp: `${server.url}/v1/repos/named` } });
    } finally {
      await aws.dispose();
    }
  });

  it('lets no client in below TLS 1.2', async () => {
    const socket = connectTls({
      ...(await tlsOptions()),
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const [error] = await once(socket, 'error');
    expect((error as Error).message).toMatch(/version|protocol/i);
  });

  it('survives what is no TLS, and a client that leaves in the handshake', async () => {
    const { hostname: host } = new URL(server.secureUrl);
    for (const bytes of ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', '\x16\x03\x01\x02', '']) {
      const socket = connect({ host, port: Number(port()) });
      socket.on('error', () => {});
      await once(socket, 'connect');
      socket.end(bytes);
      await once(socket.resume(), 'close');
    }
    expect(await client.output([...trusting(), 'ls-remote', `${server.secureUrl}/v1/repos/named`])).toBe('');
  });

  it('says where its authority is, and how to trust it', async () => {
    const told = await runCodekeep(['ca', '--data', server.dataDir]);
    expect(told).toMatchObject({ exitCode: 0, stdout: `${server.certificateAuthority}\n` });
    expect(told.stderr).toContain(`export AWS_CA_BUNDLE=${server.certificateAuthority}`);
  });

  it('keeps its keys for the owner alone', async () => {
    for (const name of ['authority.pem', 'server.pem', 'regions.pem']) {
      expect((await stat(join(server.dataDir, 'tls', name))).mode & 0o777).toBe(0o600);
    }
  });

  it('has the same authority after a restart', async () => {
    const before = await readFile(server.certificateAuthority, 'utf8');
    await server.restart();
    expect(await readFile(server.certificateAuthority, 'utf8')).toBe(before);
    expect(await client.output([...trusting(), 'ls-remote', `${server.secureUrl}/v1/repos/named`])).toBe('');
  });

  async function tlsOptions() {
    const { hostname: host } = new URL(server.secureUrl);
    return { host, port: Number(port()), ca: await readFile(server.certificateAuthority) };
  }
});

describe('a certificate of the operator', () => {
  it('is served, and served anew when its files change', async () => {
    const scratch = await temporaryFolder('certificates');
    const files = { cert: join(scratch.path, 'server.crt'), key: join(scratch.path, 'server.key') };
    const write = async (name: string) => {
      const made = await localCredentials(join(scratch.path, name), ['127.0.0.1'], new Date());
      await writeFile(files.cert, made.cert);
      await writeFile(files.key, made.key);
      return readFile(join(scratch.path, name, 'tls', 'ca.crt'));
    };
    const first = await write('first');
    const server = await startCodekeep({
      settings: { CODEKEEP_TLS_CERTIFICATE: files.cert, CODEKEEP_TLS_KEY: files.key },
    });
    try {
      expect(await isTrusted(server.secureUrl, first)).toBe(true);
      expect((await runCodekeep(['ca', '--data', server.dataDir, '--tls-certificate', files.cert])).exitCode).toBe(1);
      await writeFile(files.key, 'half a k');
      expect(await isTrusted(server.secureUrl, first)).toBe(true);
      const second = await write('second');
      await expect.poll(() => isTrusted(server.secureUrl, second), { interval: 200 }).toBe(true);
      expect(await isTrusted(server.secureUrl, first)).toBe(false);
    } finally {
      await server.dispose();
      await scratch.remove();
    }
  });

  it('that cannot be read keeps the server from starting, with one line', async () => {
    const scratch = await temporaryFolder('certificates');
    const [data, missing] = [join(scratch.path, 'data'), join(scratch.path, 'missing')];
    await runCodekeep(['init', '--data', data]);
    const refused = await runCodekeep([
      ...['serve', '--data', data, '--http', '127.0.0.1:0', '--https', '127.0.0.1:0'],
      ...['--tls-certificate', missing, '--tls-key', missing],
    ]);
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^codekeep: cannot serve TLS: .*\n$/) });
    await scratch.remove();
  });
});

describe('the port of TLS', () => {
  let taken: Server;
  let address: string;
  beforeAll(async () => {
    taken = createServer();
    await once(taken.listen(0, '127.0.0.1'), 'listening');
    const bound = taken.address();
    address = `127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`;
  });
  afterAll(() => taken.close());

  it('is refused with one line where another process has it', async () => {
    const scratch = await temporaryFolder('taken');
    const data = join(scratch.path, 'data');
    await runCodekeep(['init', '--data', data]);
    const refused = await runCodekeep(['serve', '--data', data, '--http', '127.0.0.1:0', '--https', address]);
    expect(refused).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^codekeep: cannot listen on .*EADDRINUSE.*\n$/),
    });
    await scratch.remove();
  });
});

/** Whether a handshake succeeds for who trusts `authority` alone. */
async function isTrusted(url: string, authority: Buffer): Promise<boolean> {
  const { hostname: host, port } = new URL(url);
  const socket: TLSSocket = connectTls({ host, port: Number(port), ca: authority });
  return new Promise((resolve) => {
    socket.once('secureConnect', () => resolve(true)).once('error', () => resolve(false));
  }).then((trusted) => {
    socket.destroy();
    return trusted as boolean;
  });
}
