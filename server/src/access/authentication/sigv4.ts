import { hash, timingSafeEqual } from 'node:crypto';
import { canonicalRequest, type ReceivedRequest } from './canonical-request.ts';
import { formatTimestamp, mismatchMessage, readClaims, type SignatureClaims } from './signature-claims.ts';
import { invalidToken, SignatureError } from './signature-error.ts';
import { scopeTerminator, scopeText, signString } from './signing-key.ts';
import type { SigningKey } from './signing-keys.ts';

export interface VerifiedSignature {
  readonly accessKey: SigningKey;
  /** Of the credential scope. */
  readonly region: string;
}

type FindSigningKey = (accessKeyId: string, sessionToken: string | undefined) => Promise<SigningKey | undefined>;

/** How far the sender's clock may be off, in milliseconds. */
export const allowedSkew = 15 * 60 * 1000;

/**
 * Checks the Signature Version 4 of a request, in its headers or presigned in its query: what a caller with the secret
 * of an active access key signed for `service` within the last 15 minutes (presigned: until it expires), unaltered.
 * The body always counts, `host` and every `x-amz-*` header must be signed.
 *
 * Source: IAM User Guide, "AWS Signature Version 4 for API requests".
 *
 * @param service the signing name of the addressed service, such as `codecommit`
 * @param findAccessKey the access key of an ID, whatever its status, or of an ID and a session token
 * @throws SignatureError
 */
export async function verifyRequestSignature(
  request: ReceivedRequest,
  service: string,
  findAccessKey: FindSigningKey,
): Promise<VerifiedSignature> {
  const claims = readClaims(request);
  const accessKey = await activeAccessKey(claims, findAccessKey);
  checkScope(claims, service);
  checkTime(claims, Date.now());
  checkSignedHeaders(claims, request);
  checkSignature(claims, request, accessKey);
  return { accessKey, region: claims.scope.region };
}

async function activeAccessKey(
  { accessKeyId, sessionToken }: SignatureClaims,
  findAccessKey: FindSigningKey,
): Promise<SigningKey> {
  if (!/^\w{16,128}$/u.test(accessKeyId)) throw invalidToken();
  const accessKey = await findAccessKey(accessKeyId, sessionToken);
  if (accessKey?.status !== 'Active') throw invalidToken();
  return accessKey;
}

function checkScope({ scope, timestamp }: SignatureClaims, service: string): void {
  if (scope.terminator !== scopeTerminator) {
    throw mismatch(`Credential should be scoped with a valid terminator: '${scopeTerminator}'.`);
  }
  if (scope.service !== service) {
    throw mismatch(`Credential should be scoped to correct service: '${service}'.`);
  }
  // Any name that reads as a Region's will do: a server at home is in whichever Region its clients say.
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/u.test(scope.region) || scope.region.length > 64) {
    throw mismatch('Credential should be scoped to a valid region.');
  }
  const date = timestamp.slice(0, 8);
  if (scope.date !== date) {
    throw mismatch(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scope.date}' != '${date}', from '${timestamp}'.`,
    );
  }
}

function checkTime({ timestamp, time, expiresIn }: SignatureClaims, now: number): void {
  if (time > now + allowedSkew) {
    throw mismatch(
      `Signature not yet current: ${timestamp} is still later than ${formatTimestamp(now + allowedSkew)} (${formatTimestamp(now)} + 15 min.)`,
    );
  }
  if (expiresIn === undefined && time < now - allowedSkew) {
    throw mismatch(
      `Signature expired: ${timestamp} is now earlier than ${formatTimestamp(now - allowedSkew)} (${formatTimestamp(now)} - 15 min.)`,
    );
  }
  if (expiresIn !== undefined && time + expiresIn * 1000 <= now) {
    throw new SignatureError('expired', `Request has expired. Timestamp date is: ${timestamp}.`);
  }
}

function checkSignedHeaders({ signedHeaders }: SignatureClaims, { headers }: ReceivedRequest): void {
  if (!signedHeaders.includes('host')) {
    throw mismatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  const unsigned = [...headers.keys()].find((name) => name.startsWith('x-amz-') && !signedHeaders.includes(name));
  if (unsigned !== undefined) {
    throw mismatch(`There were headers present in the request which were not signed: ${unsigned}`);
  }
  if (signedHeaders.some((name) => !headers.has(name))) throw mismatch(mismatchMessage);
}

function checkSignature(claims: SignatureClaims, request: ReceivedRequest, accessKey: SigningKey): void {
  const payloadHash = hash('sha256', request.body, 'hex');
  const claimedHashes = [
    request.headers.get('x-amz-content-sha256'),
    ...request.query.filter(([name]) => name.toLowerCase() === 'x-amz-content-sha256').map(([, value]) => value),
  ];
  if (claimedHashes.some((claimed) => claimed !== undefined && claimed !== payloadHash))
    throw mismatch(mismatchMessage);
  const canonical = canonicalRequest(request, claims.signedHeaders, payloadHash);
  const stringToSign = [
    'AWS4-HMAC-SHA256',
    claims.timestamp,
    scopeText(claims.scope),
    // Headers come from node:http with one character a byte.
    hash('sha256', Buffer.from(canonical, 'latin1'), 'hex'),
  ].join('\n');
  const signature = signString(accessKey, claims.scope, stringToSign);
  if (!timingSafeEqual(signature, Buffer.from(claims.signature, 'hex'))) throw mismatch(mismatchMessage);
}

function mismatch(message: string): SignatureError {
  return new SignatureError('mismatch', message);
}
