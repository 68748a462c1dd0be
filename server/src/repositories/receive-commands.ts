import { Buffer } from 'node:buffer';
import { textOfBytes } from './byte-names.ts';
import { lineOf, type PacketReader } from './pkt-line.ts';
import type { ReferenceUpdate } from './repository.ts';
import { GitProtocolError } from './repository-errors.ts';

const PUSH_OPTIONS_MAXIMUM = 1_000;
/** Grafts that a shallow client names; `index-pack --strict` decides whether its objects can be taken. */
const SHALLOW_LINES_MAXIMUM = 100_000;
const COMMAND = /^([0-9a-f]{40}) ([0-9a-f]{40}) (.+)$/s;
/** Of a client whose object IDs are longer. */
const COMMAND_OF_OTHERS = /^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) (.+)$/s;

export interface ReceiveRequest {
  readonly updates: readonly ReferenceUpdate[];
  readonly capabilities: ReadonlySet<string>;
  readonly pushOptions: readonly string[];
  /** Why nothing of it can be done, for the report; the updates are those that could be read. */
  readonly problem?: string;
}

/**
 * Reads what comes before the pack: https://git-scm.com/docs/gitprotocol-pack#_reference_update_request_and_packfile_transfer
 * Undefined for the lone flush that clients send to try out their credentials.
 */
export async function readReceiveRequest(
  reader: PacketReader,
  updatesMaximum: number,
): Promise<ReceiveRequest | undefined> {
  const updates: ReferenceUpdate[] = [];
  let capabilities: ReadonlySet<string> | undefined;
  let count = 0;
  let shallow = 0;
  let problem: string | undefined;
  for (;;) {
    const next = await reader.read();
    if (next === undefined && count === 0 && shallow === 0) return undefined;
    if (next === 'flush') break;
    if (!(next instanceof Buffer)) throw new GitProtocolError('expected a reference update or a flush');
    if (next.subarray(0, 8).equals(SHALLOW)) {
      if (++shallow > SHALLOW_LINES_MAXIMUM) problem ??= `more than ${SHALLOW_LINES_MAXIMUM} shallow lines`;
      continue;
    }
    const end = next.indexOf(0);
    const command = end === -1 ? next : next.subarray(0, end);
    if (capabilities === undefined) {
      capabilities = capabilitiesOf(end === -1 ? '' : lineOf(next.subarray(end + 1)));
      if (hasOtherFormat(capabilities)) problem ??= OTHER_FORMAT;
    }
    if (++count > updatesMaximum) problem ??= 'Too many reference update commands';
    else updates.push(parseUpdate(command, problem === OTHER_FORMAT ? COMMAND_OF_OTHERS : COMMAND));
  }
  if (count === 0) return undefined;
  const known = capabilities ?? new Set<string>();
  const pushOptions = await readPushOptions(reader, known);
  if (pushOptions.length > PUSH_OPTIONS_MAXIMUM) problem ??= `more than ${PUSH_OPTIONS_MAXIMUM} push options`;
  return { updates, capabilities: known, pushOptions, ...(problem !== undefined && { problem }) };
}

const SHALLOW = Buffer.from('shallow ');

const OTHER_FORMAT = 'the repository holds SHA-1 objects only';

function hasOtherFormat(capabilities: ReadonlySet<string>): boolean {
  return [...capabilities].some((each) => each.startsWith('object-format=') && each !== 'object-format=sha1');
}

function parseUpdate(command: Buffer, form: RegExp): ReferenceUpdate {
  const line = command.toString('latin1').replace(/\n$/, '');
  const [, oldObjectId, newObjectId, name] = form.exec(line) ?? [];
  if (oldObjectId === undefined || newObjectId === undefined || name === undefined) {
    throw new GitProtocolError('expected old and new object id and a reference name');
  }
  return { name: textOfBytes(name), oldObjectId: idOrNull(oldObjectId), newObjectId: idOrNull(newObjectId) };
}

function idOrNull(objectId: string): string | null {
  return /^0+$/.test(objectId) ? null : objectId;
}

function capabilitiesOf(text: string): ReadonlySet<string> {
  return new Set(text.split(' ').filter((capability) => capability !== ''));
}

async function readPushOptions(reader: PacketReader, capabilities: ReadonlySet<string>): Promise<string[]> {
  const options: string[] = [];
  if (!capabilities.has('push-options')) return options;
  for (;;) {
    const next = await reader.read();
    if (next === 'flush') return options;
    if (!(next instanceof Buffer)) throw new GitProtocolError('expected a push option or a flush');
    // One more than there may be tells that there are too many.
    if (options.length <= PUSH_OPTIONS_MAXIMUM) options.push(lineOf(next));
  }
}
