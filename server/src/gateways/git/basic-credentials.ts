import { Buffer } from 'node:buffer';

export interface BasicCredentials {
  readonly userName: string;
  readonly password: string;
}

const BEARER = /^bearer +([A-Za-z0-9._~+/-]+={0,2}) *$/i;
const BASIC = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i;
const BEYOND_ASCII = /[\x80-\xff]/;

/** The token of an Authorization header of RFC 6750; undefined when it has none. */
export function bearerTokenOf(header: string | undefined): string | undefined {
  return BEARER.exec(header ?? '')?.[1];
}

/** User name and password of an Authorization header (RFC 7617, UTF-8); undefined when it has none. */
export function parseBasicCredentials(header: string | undefined): BasicCredentials | undefined {
  const encoded = BASIC.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const bytes = Buffer.from(encoded, 'base64');
  const latin = bytes.toString('latin1');
  // To decode UTF-8 takes several times as long, at each request.
  const text = BEYOND_ASCII.test(latin) ? bytes.toString() : latin;
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : { userName: text.slice(0, colon), password: text.slice(colon + 1) };
}
