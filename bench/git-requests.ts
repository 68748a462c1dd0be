import { createHash, randomBytes } from 'node:crypto';
import { FLUSH, packet } from '../server/src/repositories/pkt-line.ts';
import type { Peer } from './peers/peer.ts';

type Authorized = Pick<Peer, 'authorization'>;

export interface GitRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

const AGENT = 'git/codekeep-bench';
const NO_OBJECT = '0'.repeat(40);
const DELIMITER = Buffer.from('0001');

/** What every protocol v0 client asks first. */
export function advertisementRequest(peer: Peer, url: string): GitRequest {
  return { url: `${url}/info/refs?service=git-upload-pack`, method: 'GET', headers: authorization(peer) };
}

/** `ls-refs` of protocol v2, as `git clone` and `git ls-remote` send it. */
export function listReferencesRequest(peer: Peer, url: string): GitRequest {
  const body = Buffer.concat([
    ...commandLines('ls-refs'),
    ...['peel\n', 'symrefs\n', 'ref-prefix HEAD\n', 'ref-prefix refs/heads/\n', 'ref-prefix refs/tags/\n'].map(packet),
    FLUSH,
  ]);
  return uploadPackRequest(peer, url, body);
}

/**
 * `fetch` of protocol v2, as `git clone --quiet` sends it.
 *
 * @param distinct adds a `have` that no repository has, so that the answer is the same but no cache of answers knows it
 */
export function cloneRequest(
  peer: Peer,
  url: string,
  objectIds: readonly string[],
  options: { readonly distinct: boolean },
): GitRequest {
  const haves = options.distinct ? [packet(`have ${randomBytes(20).toString('hex')}\n`)] : [];
  const body = Buffer.concat([
    ...commandLines('fetch'),
    ...['thin-pack\n', 'no-progress\n', 'ofs-delta\n'].map(packet),
    ...objectIds.map((objectId) => packet(`want ${objectId}\n`)),
    ...haves,
    packet('done\n'),
    FLUSH,
  ]);
  return uploadPackRequest(peer, url, body);
}

/**
 * A push of new references to objects that the server has. Its answer is a plain `report-status`.
 *
 * @param references names and object ids
 */
export function createReferencesRequest(
  peer: Authorized,
  url: string,
  references: readonly (readonly [string, string])[],
): GitRequest {
  const commands = references.map(([name, objectId], index) =>
    packet(`${NO_OBJECT} ${objectId} ${name}${index === 0 ? '\0report-status' : ''}`),
  );
  // gitformat-pack(5): signature, version 2, no objects, checksum.
  const header = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1');
  const emptyPack = Buffer.concat([header, createHash('sha1').update(header).digest()]);
  return {
    url: `${url}/git-receive-pack`,
    method: 'POST',
    headers: {
      ...authorization(peer),
      'Content-Type': 'application/x-git-receive-pack-request',
      Accept: 'application/x-git-receive-pack-result',
    },
    body: Buffer.concat([...commands, FLUSH, emptyPack]),
  };
}

function commandLines(command: string): Buffer[] {
  return [packet(`command=${command}\n`), packet(`agent=${AGENT}`), packet('object-format=sha1'), DELIMITER];
}

function uploadPackRequest(peer: Peer, url: string, body: Buffer): GitRequest {
  return {
    url: `${url}/git-upload-pack`,
    method: 'POST',
    headers: {
      ...authorization(peer),
      'Content-Type': 'application/x-git-upload-pack-request',
      Accept: 'application/x-git-upload-pack-result',
      'Git-Protocol': 'version=2',
    },
    body,
  };
}

function authorization(peer: Authorized): Record<string, string> {
  return peer.authorization === undefined ? {} : { Authorization: peer.authorization };
}
