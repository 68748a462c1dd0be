import { X509Certificate } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../../test/harness/temporary-folders.ts';
import { readConfig } from '../config.ts';
import { certificateNames, certificateSource } from './certificates.ts';
import { authorityFile, localCredentials } from './local-authority.ts';

const NOW = new Date('2026-11-23T08:00:00Z');
const after = (days: number) => new Date(NOW.getTime() + days * 24 * 60 * 60 * 1000);

let scratch: TemporaryFolder;
beforeAll(async () => {
  scratch = await temporaryFolder('certificates');
});
afterAll(() => scratch.remove());

describe('the local authority', () => {
  const names = ['localhost', '127.0.0.1'];
  const folder = (name: string) => join(scratch.path, name);
  const leafOf = ({ cert }: { readonly cert: string }) => new X509Certificate(cert);

  it('gives the same certificate until thirty days before its end, then another of the same authority', async () => {
    const data = folder('renewal');
    const first = await localCredentials(data, names, NOW);
    const authority = new X509Certificate(await readFile(authorityFile(data)));
    expect(leafOf(first).verify(authority.publicKey)).toBe(true);
    expect(leafOf(first).validToDate).toEqual(after(90));
    expect(await localCredentials(data, names, after(59))).toEqual(first);
    const renewed = await localCredentials(data, names, after(61));
    expect(renewed.key).not.toBe(first.key);
    expect(leafOf(renewed).validToDate).toEqual(after(151));
    expect(leafOf(renewed).verify(authority.publicKey)).toBe(true);
  });

  it('is renewed itself before its end', async () => {
    const data = folder('authority');
    await localCredentials(data, names, NOW);
    const before = await readFile(authorityFile(data), 'utf8');
    await localCredentials(data, names, after(3_600));
    expect(await readFile(authorityFile(data), 'utf8')).toBe(before);
    const renewed = await localCredentials(data, names, after(3_640));
    const authority = new X509Certificate(await readFile(authorityFile(data)));
    expect(authority.toString()).not.toBe(before.trim());
    expect(leafOf(renewed).verify(authority.publicKey)).toBe(true);
  });

  it('makes another certificate for other names', async () => {
    const data = folder('names');
    await localCredentials(data, names, NOW);
    const other = await localCredentials(data, [...names, 'code.example.com'], NOW);
    expect(leafOf(other).subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1, DNS:code.example.com');
  });

  it('makes certificates that can sign nothing', async () => {
    const data = folder('rights');
    const leaf = leafOf(await localCredentials(data, names, NOW));
    expect(leaf.ca).toBe(false);
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(new X509Certificate(await readFile(authorityFile(data))).ca).toBe(true);
  });

  it('leaves no temporary file, and publishes its certificate again where that was lost', async () => {
    const data = folder('files');
    await localCredentials(data, names, NOW);
    const before = await readFile(authorityFile(data), 'utf8');
    await writeFile(authorityFile(data), 'lost');
    await localCredentials(data, names, NOW);
    expect(await readFile(authorityFile(data), 'utf8')).toBe(before);
    expect((await readdir(join(data, 'tls'))).sort()).toEqual(['authority.pem', 'ca.crt', 'server.pem']);
  });

  it.each(['nothing', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])(
    'does not replace a damaged file by itself: %j',
    async (content) => {
      const data = folder(`damaged-${content.length}`);
      await localCredentials(data, names, NOW);
      await writeFile(join(data, 'tls', 'authority.pem'), content);
      await expect(localCredentials(data, names, NOW)).rejects.toThrow('is damaged; remove it to have a new one made');
    },
  );
});

describe('certificateNames', () => {
  it('names this machine, and a host for each Region', () => {
    const { usual, ofOtherRegions } = certificateNames({ publicUrl: undefined, region: 'eu-west-1' });
    expect(usual).toEqual(['localhost', '*.localhost', '127.0.0.1', '::1', 'git-codecommit.eu-west-1.localhost']);
    expect(ofOtherRegions).toHaveLength(28);
    expect(ofOtherRegions).toContain('git-codecommit.us-east-1.localhost');
    expect(ofOtherRegions).not.toContain('git-codecommit.eu-west-1.localhost');
  });

  it('names the Region of this installation, which AWS may not have', () => {
    const { usual, ofOtherRegions } = certificateNames({ publicUrl: undefined, region: 'xx-test-1' });
    expect(usual).toContain('git-codecommit.xx-test-1.localhost');
    expect(ofOtherRegions).toHaveLength(29);
  });

  it('names the configured domain', () => {
    const names = certificateNames({ publicUrl: new URL('https://code.example.com'), region: 'us-east-1' });
    expect(names.usual).toContain('code.example.com');
    expect(names.usual).toContain('git-codecommit.us-east-1.code.example.com');
    expect(names.ofOtherRegions).toContain('git-codecommit.eu-west-1.code.example.com');
    const address = certificateNames({ publicUrl: new URL('https://[2001:db8::1]:8443'), region: 'us-east-1' });
    expect(address.usual).toContain('2001:db8::1');
    expect([...address.usual, ...address.ofOtherRegions].filter((name) => name.includes('2001'))).toHaveLength(1);
  });
});

describe('a certificate of the operator', () => {
  beforeAll(async () => {
    for (const [name, made] of [
      ['right', NOW],
      ['other', NOW],
      ['expired', after(-200)],
      ['early', after(10)],
    ] as const) {
      const { cert, key } = await localCredentials(join(scratch.path, `own-${name}`), ['127.0.0.1'], made);
      await writeFile(join(scratch.path, `${name}.cert`), cert);
      await writeFile(join(scratch.path, `${name}.key`), key);
    }
    for (const kind of ['cert', 'key']) await writeFile(join(scratch.path, `garbage.${kind}`), 'secret bytes');
  });
  const sourceOf = (cert: string | undefined, key: string | undefined) =>
    certificateSource(
      readConfig(
        {
          data: scratch.path,
          tlsCertificate: cert && join(scratch.path, `${cert}.cert`),
          tlsKey: key && join(scratch.path, `${key}.key`),
        },
        {},
      ),
    );

  it('is served with its key', async () => {
    const { usual, ofOtherRegions } = await sourceOf('right', 'right').read(NOW);
    const { cert, key } = usual;
    expect(ofOtherRegions).toBeUndefined();
    expect(new X509Certificate(cert).subject).toBe('CN=Codekeep');
    expect(key).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  });

  it.each([
    ['right', undefined],
    [undefined, 'right'],
  ])('comes with its key: %s, %s', (cert, key) => {
    expect(() => sourceOf(cert, key)).toThrow('belong together');
  });

  it.each([
    ['right', 'other', 'is not the one of the certificate'],
    ['garbage', 'right', 'holds no certificate in PEM'],
    ['right', 'garbage', 'holds no private key in PEM'],
    ['expired', 'expired', 'expired on'],
    ['early', 'early', 'is not valid before'],
    ['missing', 'right', 'ENOENT'],
  ])('is refused, showing nothing of a key: certificate %s with key %s', async (cert, key, message) => {
    const error = await sourceOf(cert, key)
      .read(NOW)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: expect.stringContaining(message) });
    expect((error as Error).message).not.toContain('secret bytes');
  });
});
