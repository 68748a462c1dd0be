/** A request as it came over the wire, for the check of its signature. */
export interface ReceivedRequest {
  readonly method: string;
  /** Of the request target as sent, still escaped, without the query. */
  readonly path: string;
  /** The decoded query parameters. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** See {@link canonicalHeaders}. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

/**
 * The headers as they enter a signature: names in small letters, values with single spaces, repeated headers joined by
 * commas in the order sent. HTTP/2 clients sign as `host` what they send as `:authority`.
 *
 * @param rawHeaders names and values in turn, as node:http gives them, one character a byte
 */
export function canonicalHeaders(rawHeaders: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const value = (rawHeaders[index + 1] ?? '').trim().replace(/\s+/gu, ' ');
    const earlier = headers.get(name);
    headers.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  const authority = headers.get(':authority');
  if (authority !== undefined && !headers.has('host')) headers.set('host', authority);
  return headers;
}

/**
 * The canonical request of Signature Version 4 for services other than S3.
 *
 * Source: IAM User Guide, "Create a signed AWS API request", step 1.
 *
 * @param signedHeaders names in small letters, sorted
 * @param payloadHash SHA-256 of the body, 64 hexadecimal digits
 */
export function canonicalRequest(
  request: ReceivedRequest,
  signedHeaders: readonly string[],
  payloadHash: string,
): string {
  return [
    request.method,
    canonicalPath(request.path),
    canonicalQuery(request.query),
    ...signedHeaders.map((name) => `${name}:${request.headers.get(name) ?? ''}`),
    '',
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n');
}

/** Without `.`, `..` and empty segments, and escaped a second time. */
function canonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  const slash = segments.length > 0 && path.endsWith('/') ? '/' : '';
  return `/${segments.map(escapeUri).join('/')}${slash}`;
}

/** Sorted by escaped name, then by escaped value; without the signature itself. */
function canonicalQuery(query: ReceivedRequest['query']): string {
  return query
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]): [string, string] => [escapeUri(name), escapeUri(value)])
    .sort(([name, value], [otherName, otherValue]) => compare(name, otherName) || compare(value, otherValue))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** RFC 3986: everything but letters, digits and `-._~` is escaped. */
function escapeUri(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/gu,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
