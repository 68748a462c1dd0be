import { createHash, timingSafeEqual } from 'node:crypto';
import { timeOf } from './signature-claims.ts';
import { scopeText, signString } from './signing-key.ts';
import { allowedSkew } from './sigv4.ts';

/** User name and password that `aws codecommit credential-helper` or git-remote-codecommit made. */
export interface GitSignature {
  readonly accessKeyId: string;
  readonly sessionToken: string | undefined;
  /** YYYYMMDDTHHMMSSZ */
  readonly timestamp: string;
  /** 64 hexadecimal digits. */
  readonly signature: string;
}

/** What a signature must have been made for. */
export interface SignedGitRequest {
  /** The Host header, with its port if it has one; further names of the same host may follow. */
  readonly hosts: readonly string[];
  /** Of the request, without its query and of one meaning only: `/v1/repos/NAME/info/refs`. */
  readonly path: string;
  readonly region: string;
}

/** A service user name (NAME-at-ACCOUNT) has hyphens, so it never has this form. */
const USER_NAME = /^(\w{16,128})(?:%(.*))?$/s;
const PASSWORD = /^(\d{8}T\d{6}Z)([0-9a-f]{64})$/;
const REPOSITORY_PATH = /^\/(v1\/repos\/[\w.-]+?)(?:\.git)?(\/.*)?$/;
const LFS_PATH = /^\/+(info\/lfs(?:\/.*)?)$/;
const HTTPS_PORT = ':443';

/**
 * The signature in user name and password: `KEY` or `KEY%SESSIONTOKEN`, also percent-encoded as git-remote-codecommit
 * puts it into URLs, and `YYYYMMDDTHHMMSSZ` followed by the signature. Undefined when they are not of that form.
 */
export function readGitSignature(userName: string, password: string): GitSignature | undefined {
  const [, accessKeyId, encodedToken] = USER_NAME.exec(userName) ?? [];
  const [, timestamp, signature] = PASSWORD.exec(password) ?? [];
  if (accessKeyId === undefined || timestamp === undefined || signature === undefined) return undefined;
  return { accessKeyId, sessionToken: encodedToken && decodedToken(encodedToken), timestamp, signature };
}

/** Session tokens start with a letter and have no percent sign. The one before a token may have become `%25`. */
function decodedToken(text: string): string {
  try {
    return decodeURIComponent(text.replace(/^25/, ''));
  } catch {
    return text;
  }
}

/** As for requests of the API, the signer's clock may be off by 15 minutes; so that long is a signature good for. */
export function isGitSignatureCurrent({ timestamp }: GitSignature, time: Date): boolean {
  // False for a time that does not exist as well.
  return Math.abs(timeOf(timestamp) - time.getTime()) <= allowedSkew;
}

/**
 * Whether the secret access key's holder signed the repository of the request. What exactly is signed depends on the
 * tool and on how its user wrote the URL: the host with its port (git-remote-codecommit) or without it (the credential
 * helper), the path of the repository with or without `.git` and slashes, or for LFS the path of its endpoint.
 *
 * Sources: awscli/customizations/codecommit.py; git_remote_codecommit/__init__.py.
 */
export function matchesGitSignature(
  { timestamp, signature }: GitSignature,
  accessKey: { readonly accessKeyId: string; readonly secretAccessKey: string },
  { hosts, path, region }: SignedGitRequest,
): boolean {
  const claimed = Buffer.from(signature, 'hex');
  const scope = { date: timestamp.slice(0, 8), region, service: 'codecommit' };
  const signedHosts = hostsAsSigned(hosts);
  for (const signedPath of pathsAsSigned(path)) {
    for (const host of signedHosts) {
      const stringToSign = [
        'AWS4-HMAC-SHA256',
        // Without the Z that the password has.
        timestamp.slice(0, -1),
        scopeText(scope),
        createHash('sha256').update(`GIT\n${signedPath}\n\nhost:${host}\n\nhost\n`).digest('hex'),
      ].join('\n');
      if (timingSafeEqual(signString(accessKey, scope, stringToSign), claimed)) return true;
    }
  }
  return false;
}

function hostsAsSigned(hosts: readonly string[]): ReadonlySet<string> {
  const signed = new Set<string>();
  for (const host of hosts.flatMap((each) => [each, each.toLowerCase()])) {
    signed.add(host);
    // What the credential helper leaves of an address in brackets too: everything before the first colon.
    signed.add(host.replace(/:.*$/s, ''));
    // Clients leave the port of the scheme out of the Host header, but not out of what they sign.
    if (!/:\d+$/.test(host)) signed.add(host + HTTPS_PORT);
  }
  return signed;
}

/** The likeliest first. */
function pathsAsSigned(path: string): string[] {
  const [, repository, rest = ''] = REPOSITORY_PATH.exec(path) ?? [];
  if (repository === undefined) return [];
  const names = [repository, `${repository}.git`];
  const lfs = LFS_PATH.exec(rest)?.[1];
  const paths = [
    ...names.flatMap((name) => [name, `${name}/`]),
    ...(lfs === undefined ? [] : names.flatMap((name) => lfsEndpoints(lfs).map((endpoint) => `${name}/${endpoint}`))),
  ];
  return ['/', '', '//'].flatMap((slashes) => paths.map((each) => slashes + each));
}

/** `info/lfs`, and the resource below it that is asked for. */
function lfsEndpoints(resource: string): string[] {
  const withoutSlash = resource.replace(/\/+$/, '');
  return [...new Set(['info/lfs', 'info/lfs/', withoutSlash, `${withoutSlash}/`])];
}
