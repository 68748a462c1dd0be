import type { Buffer } from 'node:buffer';
import { lineOf, PacketReader } from './pkt-line.ts';
import { GitProtocolError } from './repository-errors.ts';

/** What a server of version 2 offers: https://git-scm.com/docs/protocol-v2#_capability_advertisement */
export interface OfferedCommands {
  /** The features of each command, such as `fetch=shallow filter`. */
  readonly commands: ReadonlyMap<string, ReadonlySet<string>>;
  /** Those that are no commands, such as `agent` and `object-format`, by key. */
  readonly capabilities: ReadonlySet<string>;
}

const COMMANDS = new Set(['ls-refs', 'fetch', 'object-info', 'bundle-uri']);
/** Key and value of a capability. */
const CAPABILITY = /^([^=]*)(?:=(.*))?$/s;
/** Capabilities of one request, as many as clients have reason to send and more: server options repeat. */
const CAPABILITIES_MAXIMUM = 1_000;
const SERVED_FORMAT = 'sha1';
const LENGTH_DIGITS = 4;

/** Arguments of `fetch` that a feature brings: https://git-scm.com/docs/protocol-v2#_fetch */
const FEATURE_OF_ARGUMENT: ReadonlyMap<string, string> = new Map([
  ...['shallow', 'deepen', 'deepen-relative', 'deepen-since', 'deepen-not'].map((name) => [name, 'shallow'] as const),
  ['filter', 'filter'],
  ['want-ref', 'ref-in-want'],
  ['sideband-all', 'sideband-all'],
  ['packfile-uris', 'packfile-uris'],
  ['wait-for-done', 'wait-for-done'],
]);
const ARGUMENTS_OF_ALL = new Set(['want', 'have', 'done', 'thin-pack', 'no-progress', 'include-tag', 'ofs-delta']);

/** Reads an answer to a version 2 discovery. */
export async function readOffered(discovery: Buffer): Promise<OfferedCommands> {
  const reader = PacketReader.of(discovery);
  const commands = new Map<string, ReadonlySet<string>>();
  const capabilities = new Set<string>();
  for (;;) {
    const next = await reader.read();
    if (next === undefined) return { commands, capabilities };
    if (typeof next === 'string') continue;
    const [, key = '', value = ''] = CAPABILITY.exec(lineOf(next)) ?? [];
    if (COMMANDS.has(key)) commands.set(key, new Set(value.split(' ')));
    else capabilities.add(key);
  }
}

/**
 * Reads the command of a request of version 2 and its capabilities, up to the delimiter before its arguments.
 *
 * @returns the command, and whether arguments follow
 * @throws GitProtocolError, in git's words, for what was not offered
 */
export async function readCommandHead(
  reader: PacketReader,
  offered: OfferedCommands,
): Promise<{ readonly command: string; readonly hasArguments: boolean }> {
  let command: string | undefined;
  for (let count = 0; count <= CAPABILITIES_MAXIMUM; count++) {
    const next = await reader.read();
    if (next === undefined || next === 'response-end') throw new GitProtocolError('expected flush after the request');
    if (next === 'flush' || next === 'delimiter') {
      if (command === undefined) throw new GitProtocolError('no command requested');
      return { command, hasArguments: next === 'delimiter' };
    }
    const line = lineOf(next);
    const [, key = '', value] = CAPABILITY.exec(line) ?? [];
    if (key !== 'command') checkCapability(offered, line, key, value);
    else if (command === undefined) command = offeredCommand(offered, value ?? '');
    else throw new GitProtocolError(`command '${value}' requested after already requesting command '${command}'`);
  }
  throw new GitProtocolError(`more than ${CAPABILITIES_MAXIMUM} capabilities`);
}

/**
 * Whether every argument of a `fetch` was offered. What is not well formed is left to git.
 *
 * @param lines the packets between the delimiter and the end; many thousands while a client tells what it has
 * @throws GitProtocolError for an argument of a feature that was not offered
 */
export function checkFetchArguments(lines: Buffer, offered: OfferedCommands): void {
  const features = offered.commands.get('fetch');
  for (let offset = 0; offset + LENGTH_DIGITS <= lines.length; ) {
    const length = Number.parseInt(lines.toString('latin1', offset, offset + LENGTH_DIGITS), 16);
    if (!(length > LENGTH_DIGITS) || offset + length > lines.length) return;
    const line = lineOf(lines.subarray(offset + LENGTH_DIGITS, offset + length));
    offset += length;
    const name = line.split(' ', 1)[0] ?? '';
    if (ARGUMENTS_OF_ALL.has(name)) continue;
    const feature = FEATURE_OF_ARGUMENT.get(name);
    if (feature !== undefined && features?.has(feature)) continue;
    throw new GitProtocolError(`unexpected line: '${shown(line)}'`);
  }
}

function offeredCommand({ commands }: OfferedCommands, name: string): string {
  if (!commands.has(name)) throw new GitProtocolError(`invalid command '${shown(name)}'`);
  return name;
}

function checkCapability(
  { capabilities }: OfferedCommands,
  line: string,
  key: string,
  value: string | undefined,
): void {
  if (!capabilities.has(key)) throw new GitProtocolError(`unknown capability '${shown(line)}'`);
  if (key === 'object-format' && value !== SERVED_FORMAT) {
    throw new GitProtocolError(`mismatched object format: server ${SERVED_FORMAT}; client ${shown(value ?? '')}`);
  }
}

/** A packet may be 65,516 bytes long. */
function shown(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
