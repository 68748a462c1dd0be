import type { ReceivedRequest } from './canonical-request.ts';
import { SignatureError } from './signature-error.ts';

/** What a request says of its signature, before any of it is believed. */
export interface SignatureClaims {
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
  /** In small letters, sorted. */
  readonly signedHeaders: readonly string[];
  /** 64 hexadecimal digits. */
  readonly signature: string;
  /** YYYYMMDDTHHMMSSZ */
  readonly timestamp: string;
  /** The same in milliseconds. */
  readonly time: number;
  /** Only of a presigned request: how long it holds, in seconds. */
  readonly expiresIn: number | undefined;
  /** Of temporary credentials. */
  readonly sessionToken: string | undefined;
}

interface CredentialScope {
  /** YYYYMMDD */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly terminator: string;
}

const algorithm = 'AWS4-HMAC-SHA256';
const TIMESTAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/u;
/** Seven days: the longest that a presigned request may hold, in seconds. */
const longestExpiry = 604_800;
const HEADER_NAMES = /^[a-z0-9!#$%&'*+.^_`|~-]+(?:;[a-z0-9!#$%&'*+.^_`|~-]+)*$/u;
const queryParameters = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-Signature',
  'X-Amz-SignedHeaders',
] as const;

/**
 * Reads the Authorization header or the presigned query of a request.
 *
 * @throws SignatureError `missing` or `incomplete`
 */
export function readClaims(request: ReceivedRequest): SignatureClaims {
  const authorization = request.headers.get('authorization');
  const isPresigned = request.query.some(([name]) => name === 'X-Amz-Signature' || name === 'X-Amz-Algorithm');
  if (authorization !== undefined && isPresigned) throw incomplete('Only one form of authentication is allowed.');
  if (authorization !== undefined) return claimsOfHeader(request, authorization);
  if (isPresigned) return claimsOfQuery(request);
  throw new SignatureError('missing', 'Request is missing Authentication Token');
}

function claimsOfHeader({ headers }: ReceivedRequest, authorization: string): SignatureClaims {
  const [found, parameterText] = /^(\S+)\s+(.*)$/u.exec(authorization)?.slice(1) ?? [];
  if (found !== algorithm || parameterText === undefined) {
    throw incomplete(`Authorization header requires the ${algorithm} algorithm.`);
  }
  const parts = parameterText.split(',').map((part): [string, string] => {
    const [name = '', ...value] = part.trim().split('=');
    return [name, value.join('=')];
  });
  const parameters = new Map(parts);
  if (parameters.size < parts.length) throw incomplete('Authorization header has a parameter more than once.');
  const required = (name: string) => {
    const value = parameters.get(name);
    if (value) return value;
    throw incomplete(`Authorization header requires '${name}' parameter.`);
  };
  return {
    ...credentialOf(required('Credential')),
    signature: signatureOf(required('Signature')),
    signedHeaders: headerNamesOf(required('SignedHeaders')),
    ...signingTimeOfHeaders(headers),
    expiresIn: undefined,
    sessionToken: headers.get('x-amz-security-token'),
  };
}

function claimsOfQuery({ headers, query }: ReceivedRequest): SignatureClaims {
  const required = (wanted: (typeof queryParameters)[number]) => {
    const values = query.filter(([name]) => name === wanted);
    const [[, value] = []] = values;
    if (values.length === 1 && value) return value;
    throw incomplete(`AWS query-string parameters must include '${wanted}' once.`);
  };
  if (required('X-Amz-Algorithm') !== algorithm) throw incomplete(`X-Amz-Algorithm only supports ${algorithm}.`);
  const timestamp = required('X-Amz-Date');
  const time = timeOf(timestamp);
  if (Number.isNaN(time)) throw incomplete("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\".");
  return {
    ...credentialOf(required('X-Amz-Credential')),
    signature: signatureOf(required('X-Amz-Signature')),
    signedHeaders: headerNamesOf(required('X-Amz-SignedHeaders')),
    timestamp,
    time,
    expiresIn: expiryOf(required('X-Amz-Expires')),
    sessionToken: sessionTokenOfQuery(query) ?? headers.get('x-amz-security-token'),
  };
}

function sessionTokenOfQuery(query: ReceivedRequest['query']): string | undefined {
  const tokens = query.filter(([name]) => name.toLowerCase() === 'x-amz-security-token');
  if (tokens.length > 1) throw incomplete("AWS query-string parameters must include 'X-Amz-Security-Token' once.");
  return tokens[0]?.[1];
}

function credentialOf(credential: string): Pick<SignatureClaims, 'accessKeyId' | 'scope'> {
  const [accessKeyId, date, region, service, terminator, ...more] = credential.split('/');
  if (!accessKeyId || !date || !region || !service || !terminator || more.length > 0 || !/^\d{8}$/u.test(date)) {
    throw incomplete(
      'Credential must have exactly 5 slash-delimited elements, e.g. keyid/yyyyMMdd/region/service/term.',
    );
  }
  return { accessKeyId, scope: { date, region, service, terminator } };
}

function signatureOf(text: string): string {
  if (/^[0-9a-f]{64}$/u.test(text)) return text;
  throw new SignatureError('mismatch', mismatchMessage);
}

function headerNamesOf(text: string): string[] {
  const names = text.split(';');
  if (!HEADER_NAMES.test(text) || new Set(names).size < names.length) {
    throw incomplete('SignedHeaders must be lowercase header names, each once, separated by semicolons.');
  }
  return names.sort();
}

function expiryOf(text: string): number {
  const seconds = /^\d{1,6}$/u.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= longestExpiry) return seconds;
  throw incomplete(`X-Amz-Expires must be a number of seconds from 1 to ${longestExpiry}.`);
}

/** X-Amz-Date, else Date in either of the forms that HTTP and AWS give it. */
function signingTimeOfHeaders(headers: ReadonlyMap<string, string>): Pick<SignatureClaims, 'timestamp' | 'time'> {
  const text = headers.get('x-amz-date') ?? headers.get('date');
  if (text === undefined) {
    throw incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  const timeOfBasicFormat = timeOf(text);
  if (!Number.isNaN(timeOfBasicFormat)) return { timestamp: text, time: timeOfBasicFormat };
  const time =
    headers.has('x-amz-date') || !/^\w{3}, \d{2} \w{3} \d{4} [\d:]{8} GMT$/u.test(text) ? Number.NaN : Date.parse(text);
  if (Number.isNaN(time)) {
    throw incomplete("Date must be in ISO-8601 'basic format'. See http://en.wikipedia.org/wiki/ISO_8601");
  }
  return { timestamp: formatTimestamp(time), time };
}

/** Milliseconds of YYYYMMDDTHHMMSSZ; NaN for what is none, and for a time that does not exist. */
export function timeOf(timestamp: string): number {
  const parts = TIMESTAMP.exec(timestamp);
  if (parts === null) return Number.NaN;
  const [, year, month, day, hour, minute, second] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** YYYYMMDDTHHMMSSZ of milliseconds. */
export function formatTimestamp(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d{3}/gu, '');
}

function incomplete(message: string): SignatureError {
  return new SignatureError('incomplete', message);
}

export const mismatchMessage =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';
