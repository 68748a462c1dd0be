import 'reflect-metadata';
import { X509Certificate as NodeCertificate, randomUUID, webcrypto } from 'node:crypto';
import { readFile, rename, rm } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { flushFolder, isSystemError, writeFlushed } from '../storage/durability.ts';
import { makePrivateFolder } from '../storage/folders.ts';

const KEY = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1';
const DAY_MS = 24 * 60 * 60 * 1000;
const AUTHORITY_DAYS = 3_650;
const LEAF_DAYS = 90;
/** What has less time left than this is made anew. */
const RENEWAL_DAYS = 30;
/** Clocks of clients may be behind. */
const BACKDATED_MS = 60 * 60 * 1000;
const CERTIFICATE_BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/;

/** What TLS serves: PEM of the private key, and of the certificate with those above it. */
export interface TlsCredentials {
  readonly key: string;
  readonly cert: string;
}

interface Pair {
  readonly certificate: X509Certificate;
  readonly privateKey: CryptoKey;
  readonly pem: string;
}

type CryptoKey = webcrypto.CryptoKey;

/** Where clients find the authority's certificate. */
export function authorityFile(dataFolder: string): string {
  return join(tlsFolder(dataFolder), 'ca.crt');
}

/**
 * A certificate for these names from an authority of this data folder's own, both made when they are missing, near
 * their end or, the certificate, for other names.
 *
 * @param names DNS names and IP addresses
 * @param file the one of the certificate and its key, beside the authority's
 * @throws Error when a file cannot be read or written
 */
export async function localCredentials(
  dataFolder: string,
  names: readonly string[],
  now: Date,
  file = 'server.pem',
): Promise<TlsCredentials> {
  const folder = tlsFolder(dataFolder);
  makePrivateFolder(folder);
  const authority = (await storedAuthority(folder, now)) ?? (await makeAuthority(folder, now));
  await publish(authorityFile(dataFolder), `${authority.certificate.toString('pem')}\n`, 0o644);
  const path = join(folder, file);
  const leaf = (await storedLeaf(path, authority, names, now)) ?? (await makeLeaf(path, authority, names, now));
  return { key: leaf.pem, cert: `${leaf.certificate.toString('pem')}\n${authority.certificate.toString('pem')}\n` };
}

function tlsFolder(dataFolder: string): string {
  return join(dataFolder, 'tls');
}

async function storedAuthority(folder: string, now: Date): Promise<Pair | undefined> {
  const pair = await readPair(join(folder, 'authority.pem'));
  return pair !== undefined && isFresh(pair, now) ? pair : undefined;
}

async function storedLeaf(
  path: string,
  authority: Pair,
  names: readonly string[],
  now: Date,
): Promise<Pair | undefined> {
  const pair = await readPair(path);
  if (pair === undefined || !isFresh(pair, now)) return undefined;
  const certificate = new NodeCertificate(pair.certificate.toString('pem'));
  if (!certificate.verify(new NodeCertificate(authority.certificate.toString('pem')).publicKey)) return undefined;
  const covered = pair.certificate.getExtension(SubjectAlternativeNameExtension)?.names.items.map(({ value }) => value);
  return covered !== undefined && [...covered].sort().join() === [...names].sort().join() ? pair : undefined;
}

function isFresh({ certificate }: Pair, now: Date): boolean {
  return (
    certificate.notBefore.getTime() <= now.getTime() &&
    certificate.notAfter.getTime() - now.getTime() > RENEWAL_DAYS * DAY_MS
  );
}

async function makeAuthority(folder: string, now: Date): Promise<Pair> {
  const keys = await webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
  // Of its own name, so that a client that trusts an earlier one does not take this for it.
  const name = `CN=Codekeep local authority ${randomUUID().slice(0, 8)}`;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name,
    keys,
    signingAlgorithm: KEY,
    ...validity(now, AUTHORITY_DAYS),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return store(join(folder, 'authority.pem'), certificate, keys.privateKey);
}

async function makeLeaf(path: string, authority: Pair, names: readonly string[], now: Date): Promise<Pair> {
  const keys = await webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.create({
    subject: 'CN=Codekeep',
    issuer: authority.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: KEY,
    ...validity(now, LEAF_DAYS),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([SERVER_AUTHENTICATION]),
      new SubjectAlternativeNameExtension(
        names.map((name) => ({ type: isIP(name) === 0 ? ('dns' as const) : ('ip' as const), value: name })),
      ),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(authority.certificate),
    ],
  });
  return store(path, certificate, keys.privateKey);
}

function validity(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  const notBefore = new Date(now.getTime() - BACKDATED_MS);
  return { notBefore, notAfter: new Date(now.getTime() + days * DAY_MS) };
}

async function store(path: string, certificate: X509Certificate, privateKey: CryptoKey): Promise<Pair> {
  const key = await webcrypto.subtle.exportKey('pkcs8', privateKey);
  const pem = `${PemConverter.encode(key, 'PRIVATE KEY')}\n`;
  // Both in one file: a crash leaves the old pair or the new one.
  await publish(path, `${pem}${certificate.toString('pem')}\n`, 0o600);
  return { certificate, privateKey, pem };
}

async function readPair(path: string): Promise<Pair | undefined> {
  const text = await readIfPresent(path);
  if (text === undefined) return undefined;
  const [certificatePem] = CERTIFICATE_BLOCK.exec(text) ?? [];
  if (certificatePem === undefined) throw new Error(`${path} is damaged; remove it to have a new one made`);
  const pem = text.slice(0, text.indexOf(certificatePem));
  try {
    const privateKey = await webcrypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(pem), KEY, true, ['sign']);
    return { certificate: new X509Certificate(certificatePem), privateKey, pem };
  } catch {
    throw new Error(`${path} is damaged; remove it to have a new one made`);
  }
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Replaces a file as a whole, on disk, unless it holds this already. */
async function publish(path: string, content: string, mode: number): Promise<void> {
  if ((await readIfPresent(path)) === content) return;
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeFlushed(temporary, content, mode);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await flushFolder(join(path, '..'));
}
