import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** What a signature holds for, beside the request itself. */
export interface SigningScope {
  /** YYYYMMDD */
  readonly date: string;
  readonly region: string;
  /** The signing name, such as `codecommit`. */
  readonly service: string;
}

export const scopeTerminator = 'aws4_request';

/** A signing key serves one access key for one day, Region and service. */
const signingKeys = new LRUCache<string, { secretAccessKey: string; key: KeyObject }>({ max: 10_000 });

/**
 * Signs a string with the key that Signature Version 4 derives from a secret access key. 32 bytes.
 *
 * Source: IAM User Guide, "Create a signed AWS API request", steps 4 and 5.
 */
export function signString(
  accessKey: { readonly accessKeyId: string; readonly secretAccessKey: string },
  scope: SigningScope,
  stringToSign: string,
): Buffer {
  return hmac(signingKey(accessKey, scope), stringToSign);
}

/** DATE/REGION/SERVICE/aws4_request */
export function scopeText({ date, region, service }: SigningScope): string {
  return `${date}/${region}/${service}/${scopeTerminator}`;
}

function signingKey(
  { accessKeyId, secretAccessKey }: Parameters<typeof signString>[0],
  { date, region, service }: SigningScope,
): KeyObject {
  const name = `${accessKeyId}/${date}/${region}/${service}`;
  const cached = signingKeys.get(name);
  if (cached?.secretAccessKey === secretAccessKey) return cached.key;
  const bytes = [date, region, service, scopeTerminator].reduce<Buffer>(hmac, Buffer.from(`AWS4${secretAccessKey}`));
  // As bytes, it would be imported anew for each signature.
  const key = createSecretKey(bytes);
  signingKeys.set(name, { secretAccessKey, key });
  return key;
}

function hmac(key: Uint8Array | KeyObject, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
