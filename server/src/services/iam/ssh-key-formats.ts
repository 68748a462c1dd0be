import { createHash, createPublicKey, type JsonWebKeyInput, type KeyObject, type webcrypto } from 'node:crypto';
import { InvalidPublicKeyException$, UnrecognizedPublicKeyEncodingException$ } from '@aws-sdk/client-iam';
import { ServiceError } from '../service-error.ts';

export interface ParsedSshPublicKey {
  /** One line as in authorized_keys: type, base64 and, if there was one, the comment. */
  readonly line: string;
  /** MD5 of the key's SSH form, 16 pairs of hexadecimal digits with colons, as `ssh-keygen -l -E md5` shows it. */
  readonly fingerprint: string;
}

const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 16_384;
const OPENSSH_LINE =
  /^(ssh-rsa|ssh-ed25519|ecdsa-sha2-nistp(?:256|384|521)) +([A-Za-z0-9+/]+={0,2})(?: +(\S[^\r\n]*))?$/;
/** A private key or a certificate has a public key too, but was not meant to be uploaded. */
const PEM = /^-----BEGIN (RSA )?PUBLIC KEY-----\r?\n[^-]*-----END (RSA )?PUBLIC KEY-----$/;
const ELLIPTIC_CURVES = [
  { ssh: 'nistp256', jwk: 'P-256', coordinateBytes: 32 },
  { ssh: 'nistp384', jwk: 'P-384', coordinateBytes: 48 },
  { ssh: 'nistp521', jwk: 'P-521', coordinateBytes: 66 },
] as const;
const UNCOMPRESSED_POINT = 4;

/**
 * Reads an uploaded key: OpenSSH's line or PEM. RSA of 2,048 to 16,384 bits as on AWS; Ed25519 and ECDSA too, which IAM
 * does not take, because today's clients make them first.
 *
 * @throws UnrecognizedPublicKeyEncoding for another form; InvalidPublicKey for what is no usable key in that form
 */
export function parseSshPublicKey(body: string): ParsedSshPublicKey {
  const text = body.trim();
  const [, type, base64, comment] = OPENSSH_LINE.exec(text) ?? [];
  if (type !== undefined && base64 !== undefined) {
    const blob = Buffer.from(base64, 'base64');
    const key = keyOfBlob(type, blob);
    if (!blobOf(key).equals(blob)) throw invalidPublicKey();
    return parsed(key, comment?.trim());
  }
  if (!PEM.test(text)) throw unrecognizedEncoding();
  return parsed(importKey(text));
}

/** A stored line as SubjectPublicKeyInfo in PEM. */
export function pemOfLine(line: string): string {
  const [type = '', base64 = ''] = line.split(' ');
  return keyOfBlob(type, Buffer.from(base64, 'base64')).export({ type: 'spki', format: 'pem' }).toString();
}

function parsed(key: KeyObject, comment?: string): ParsedSshPublicKey {
  refuseWeakRsa(key);
  const blob = blobOf(key);
  const [type] = fieldsOf(blob);
  const digest = createHash('md5').update(blob).digest('hex');
  return {
    line: [type?.toString('ascii'), blob.toString('base64'), comment].filter((part) => part !== undefined).join(' '),
    fingerprint: digest.replace(/..(?!$)/g, '$&:'),
  };
}

function refuseWeakRsa(key: KeyObject): void {
  if (key.asymmetricKeyType !== 'rsa') return;
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < MIN_RSA_BITS || modulusLength > MAX_RSA_BITS) {
    throw new ServiceError(
      InvalidPublicKeyException$,
      `The RSA key has ${modulusLength} bits; it must have ${MIN_RSA_BITS} to ${MAX_RSA_BITS}.`,
    );
  }
  if (publicExponent < 3n || publicExponent % 2n === 0n) throw invalidPublicKey();
}

/** Reads a key's SSH form: RFC 4253 section 6.6, RFC 5656 section 3.1, RFC 8709 section 4. */
function keyOfBlob(type: string, blob: Buffer): KeyObject {
  const [blobType, first, second] = fieldsOf(blob);
  if (blobType?.toString('latin1') !== type || first === undefined) throw invalidPublicKey();
  if (type === 'ssh-ed25519') return importKey(jwk({ kty: 'OKP', crv: 'Ed25519', x: first.toString('base64url') }));
  if (second === undefined) throw invalidPublicKey();
  if (type === 'ssh-rsa') {
    return importKey(jwk({ kty: 'RSA', e: first.toString('base64url'), n: second.toString('base64url') }));
  }
  const curve = ELLIPTIC_CURVES.find(({ ssh }) => ssh === first.toString('latin1'));
  if (curve === undefined) throw invalidPublicKey();
  const [x, y] = [second.subarray(1, 1 + curve.coordinateBytes), second.subarray(1 + curve.coordinateBytes)];
  return importKey(jwk({ kty: 'EC', crv: curve.jwk, x: x.toString('base64url'), y: y.toString('base64url') }));
}

function blobOf(key: KeyObject): Buffer {
  const { kty, crv, e = '', n = '', x = '', y = '' } = jwkOf(key);
  if (kty === 'RSA') return blob('ssh-rsa', integer(e), integer(n));
  if (crv === 'Ed25519') return blob('ssh-ed25519', Buffer.from(x, 'base64url'));
  const curve = ELLIPTIC_CURVES.find(({ jwk }) => jwk === crv);
  if (curve === undefined) throw invalidPublicKey();
  const point = Buffer.concat([
    Buffer.of(UNCOMPRESSED_POINT),
    Buffer.from(x, 'base64url'),
    Buffer.from(y, 'base64url'),
  ]);
  return blob(`ecdsa-sha2-${curve.ssh}`, Buffer.from(curve.ssh), point);
}

/** DSA, RSA-PSS and some curves have no such form, nor one of SSH. */
function jwkOf(key: KeyObject): webcrypto.JsonWebKey {
  try {
    return key.export({ format: 'jwk' });
  } catch {
    throw invalidPublicKey();
  }
}

function jwk(key: JsonWebKeyInput['key']): JsonWebKeyInput {
  return { key, format: 'jwk' };
}

function importKey(key: string | JsonWebKeyInput): KeyObject {
  try {
    return createPublicKey(key);
  } catch {
    throw invalidPublicKey();
  }
}

/** The length-prefixed fields of an SSH message; empty when it ends within one. */
function fieldsOf(message: Buffer): Buffer[] {
  const fields: Buffer[] = [];
  let position = 0;
  while (position + 4 <= message.length) {
    const end = position + 4 + message.readUInt32BE(position);
    if (end > message.length) return [];
    fields.push(message.subarray(position + 4, end));
    position = end;
  }
  return fields;
}

function blob(type: string, ...fields: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(type), ...fields].flatMap((field) => [lengthOf(field), field]));
}

function lengthOf(field: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(field.length);
  return length;
}

/** An mpint of RFC 4251: a leading zero byte where the highest bit would make it negative. */
function integer(base64url: string): Buffer {
  const magnitude = Buffer.from(base64url, 'base64url');
  return (magnitude[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), magnitude]) : magnitude;
}

function invalidPublicKey(): ServiceError {
  return new ServiceError(InvalidPublicKeyException$, 'The public key is malformed or otherwise invalid.');
}

function unrecognizedEncoding(): ServiceError {
  return new ServiceError(
    UnrecognizedPublicKeyEncodingException$,
    'The public key encoding format is unsupported or unrecognized: it must be an OpenSSH public key line or PEM.',
  );
}
