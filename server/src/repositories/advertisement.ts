import { Buffer } from 'node:buffer';
import { LRUCache } from 'lru-cache';
import { bytesOfText, textOfBytes } from './byte-names.ts';
import { checkFetchArguments, readCommandHead } from './command-request.ts';
import type { GitCapabilities } from './git-capabilities.ts';
import { FLUSH, lineOf, PacketReader, packet, packetText } from './pkt-line.ts';
import { BRANCH_PREFIX, NULL_OBJECT_ID } from './reference-names.ts';
import type { SortedReferences } from './reference-snapshot.ts';
import type { Reference } from './repository.ts';
import { GitProtocolError } from './repository-errors.ts';

export type GitService = 'git-upload-pack' | 'git-receive-pack';
export type ProtocolVersion = 0 | 1 | 2;

const CACHED_BYTES = 128 * 1024 * 1024;
/** As Git does it: with more prefixes than this, none filters. */
const PREFIXES_MAXIMUM = 65_536;
const PREFIX = 'ref-prefix ';
const LINES_PER_TEXT = 4_096;
/** Longer requests are not remembered as they came. */
const QUESTION_BYTES = 4_096;

/** The arguments of `ls-refs`: https://git-scm.com/docs/protocol-v2#_ls_refs */
interface ListRequest {
  readonly peel: boolean;
  readonly symrefs: boolean;
  readonly unborn: boolean;
  readonly prefixes: readonly string[];
}

/** The version that serves a request with this Git-Protocol header, the highest that it names: pushes know no version 2. */
export function protocolVersion(service: GitService, gitProtocol: string | undefined): ProtocolVersion {
  const asked = (gitProtocol ?? '').split(':');
  if (asked.includes('version=2')) return service === 'git-upload-pack' ? 2 : 0;
  return asked.includes('version=1') ? 1 : 0;
}

/** Answers the discovery of references without a process; what was rendered is kept for its generation. */
export class Advertisements {
  readonly #capabilities: GitCapabilities;
  readonly #rendered = new LRUCache<string, { readonly snapshot: SortedReferences; readonly bytes: Buffer }>({
    maxSize: CACHED_BYTES,
    sizeCalculation: ({ bytes }, key) => bytes.length + key.length,
  });

  constructor(capabilities: GitCapabilities) {
    this.#capabilities = capabilities;
  }

  /** Body of `GET info/refs?service=…`. */
  discovery(repositoryId: string, snapshot: SortedReferences, service: GitService, version: ProtocolVersion): Buffer {
    if (version === 2) return this.#capabilities.version2;
    return this.#cached(`${repositoryId} ${service} ${version}`, snapshot, () => {
      const head = [serviceHead(service)];
      if (version === 1) head.push(packet('version 1\n'));
      const lines =
        service === 'git-upload-pack'
          ? uploadPackLines(snapshot, this.#capabilities.uploadPack)
          : receivePackLines(snapshot, this.#capabilities.receivePack);
      return Buffer.concat([...head, ...encode(lines), FLUSH]);
    });
  }

  /** What a server says first where the command has named the service, as over SSH. */
  greeting(repositoryId: string, snapshot: SortedReferences, service: GitService, version: ProtocolVersion): Buffer {
    const discovery = this.discovery(repositoryId, snapshot, service, version);
    return version === 2 ? discovery : discovery.subarray(serviceHead(service).length);
  }

  /**
   * The answer to a request of version 2 when it is `ls-refs`, else undefined: then git may be asked.
   *
   * @throws GitProtocolError
   */
  async answer(repositoryId: string, snapshot: SortedReferences, body: Buffer): Promise<Buffer | undefined> {
    // Clients of one kind ask with the same bytes.
    const question = body.length > QUESTION_BYTES ? undefined : `${repositoryId} asked ${body.toString('latin1')}`;
    const rendered = question === undefined ? undefined : this.#rendered.get(question);
    if (rendered?.snapshot === snapshot) return rendered.bytes;
    const reader = PacketReader.of(body);
    const { offered } = this.#capabilities;
    const { command, hasArguments } = await readCommandHead(reader, offered);
    if (command === 'fetch' && hasArguments) checkFetchArguments(await reader.peek(body.length), offered);
    if (command !== 'ls-refs') return undefined;
    const request = await readListRequest(hasArguments ? reader : PacketReader.of(FLUSH));
    const key = `${repositoryId} list ${JSON.stringify(request)}`;
    const bytes = this.#cached(key, snapshot, () => Buffer.concat([...encode(listLines(snapshot, request)), FLUSH]));
    if (question !== undefined) this.#rendered.set(question, { snapshot, bytes });
    return bytes;
  }

  #cached(key: string, snapshot: SortedReferences, render: () => Buffer): Buffer {
    const rendered = this.#rendered.get(key);
    if (rendered?.snapshot === snapshot) return rendered.bytes;
    const bytes = render();
    this.#rendered.set(key, { snapshot, bytes });
    return bytes;
  }
}

function serviceHead(service: GitService): Buffer {
  return Buffer.concat([packet(`# service=${service}\n`), FLUSH]);
}

async function readListRequest(reader: PacketReader): Promise<ListRequest> {
  const request = { peel: false, symrefs: false, unborn: false };
  const prefixes = new Set<string>();
  for (;;) {
    const next = await reader.read();
    if (next === 'flush') break;
    if (!(next instanceof Buffer)) throw new GitProtocolError('expected flush after ls-refs');
    const line = lineOf(next);
    if (line === 'peel' || line === 'symrefs' || line === 'unborn') request[line] = true;
    else if (line.startsWith(PREFIX))
      prefixes.add(textOfBytes(next.toString('latin1', PREFIX.length).replace(/\n$/, '')));
    else throw new GitProtocolError(`unexpected line: '${line}'`);
    if (prefixes.size > PREFIXES_MAXIMUM) {
      throw new GitProtocolError(`more than ${PREFIXES_MAXIMUM} reference prefixes`);
    }
  }
  return { ...request, prefixes: withoutNested([...prefixes].sort()) };
}

/** Sorted prefixes without those that another one covers, so that equal questions share an answer. */
function withoutNested(sorted: readonly string[]): string[] {
  const kept: string[] = [];
  for (const prefix of sorted) {
    const last = kept.at(-1);
    if (last === undefined || !prefix.startsWith(last)) kept.push(prefix);
  }
  return kept;
}

function headOf(
  snapshot: SortedReferences,
): { readonly target: string; readonly reference?: Reference | undefined } | undefined {
  // Without a default branch there is no HEAD, so that the client's own init.defaultBranch counts.
  if (snapshot.defaultBranch === null) return undefined;
  const target = BRANCH_PREFIX + snapshot.defaultBranch;
  return { target, reference: snapshot.get(target) };
}

function* uploadPackLines(snapshot: SortedReferences, capabilities: GitCapabilities['uploadPack']): Generator<string> {
  const head = headOf(snapshot);
  const { beforeSymref, afterSymref } = capabilities;
  const symref = head?.reference === undefined ? ' ' : ` symref=HEAD:${head.target} `;
  let suffix = `\0${beforeSymref}${symref}${afterSymref}`;
  if (head?.reference !== undefined) {
    yield `${head.reference.objectId} HEAD${suffix}\n`;
    suffix = '';
  }
  for (const { name, objectId, peeledId } of snapshot.inByteOrder) {
    yield `${objectId} ${name}${suffix}\n`;
    suffix = '';
    if (peeledId !== null) yield `${peeledId} ${name}^{}\n`;
  }
  if (suffix !== '') yield `${NULL_OBJECT_ID} capabilities^{}${suffix}\n`;
}

function* receivePackLines(snapshot: SortedReferences, capabilities: string): Generator<string> {
  let suffix = `\0${capabilities}`;
  for (const { name, objectId } of snapshot.inByteOrder) {
    yield `${objectId} ${name}${suffix}\n`;
    suffix = '';
  }
  if (suffix !== '') yield `${NULL_OBJECT_ID} capabilities^{}${suffix}\n`;
}

function* listLines(snapshot: SortedReferences, request: ListRequest): Generator<string> {
  const matches = matcher(request.prefixes);
  const head = headOf(snapshot);
  if (head !== undefined && matches('HEAD')) {
    const target = request.symrefs ? ` symref-target:${head.target}` : '';
    if (head.reference !== undefined) yield `${head.reference.objectId} HEAD${target}\n`;
    else if (request.unborn) yield `unborn HEAD${target}\n`;
  }
  for (const { name, objectId, peeledId } of snapshot.inByteOrder) {
    if (!matches(name)) continue;
    yield request.peel && peeledId !== null ? `${objectId} ${name} peeled:${peeledId}\n` : `${objectId} ${name}\n`;
  }
}

/** Whether a name begins with one of the prefixes: sorted, none of them the beginning of another. */
function matcher(prefixes: readonly string[]): (name: string) => boolean {
  if (prefixes.length === 0) return () => true;
  // Where a prefix ends within a character, only bytes tell what begins with it.
  if (prefixes.some((prefix) => prefix.includes('\\'))) {
    const bytes = prefixes.map(bytesOfText).sort();
    const matches = sortedMatcher(withoutNested(bytes));
    return (name) => matches(bytesOfText(name));
  }
  return sortedMatcher(prefixes);
}

function sortedMatcher(prefixes: readonly string[]): (name: string) => boolean {
  return (name) => {
    let low = 0;
    let high = prefixes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((prefixes[middle] as string) <= name) low = middle + 1;
      else high = middle;
    }
    return low > 0 && name.startsWith(prefixes[low - 1] as string);
  };
}

/** Packets of many lines, encoded some thousands at a time. */
function* encode(lines: Iterable<string>): Generator<Buffer> {
  let text: string[] = [];
  for (const line of lines) {
    if (line.includes('\\')) {
      yield Buffer.from(text.join(''));
      yield packet(Buffer.from(bytesOfText(line), 'latin1'));
      text = [];
      continue;
    }
    text.push(packetText(line));
    if (text.length === LINES_PER_TEXT) {
      yield Buffer.from(text.join(''));
      text = [];
    }
  }
  yield Buffer.from(text.join(''));
}
