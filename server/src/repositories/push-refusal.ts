import { Buffer } from 'node:buffer';
import { PassThrough } from 'node:stream';
import { FLUSH, PacketReader, packet, sideBand } from './pkt-line.ts';
import { PushReport } from './push-report.ts';
import { readReceiveRequest } from './receive-commands.ts';
import { GitProtocolError } from './repository-errors.ts';

/** Commands that are read for no more than to say no to each. */
const COMMAND_BYTES = 1024 * 1024;
const NOTHING = Buffer.alloc(0);

/**
 * The answer to a push that is refused before it is looked at, in the form that its capabilities ask for. The pack is
 * left unread.
 *
 * @param reason one line, for the user
 * @throws GitProtocolError for what is no push, or one of more than 1 MiB of commands
 */
export async function refusedPush(body: AsyncIterable<Uint8Array>, reason: string): Promise<Buffer> {
  const received = await readReceiveRequest(new PacketReader(atMost(body, COMMAND_BYTES)), Number.MAX_SAFE_INTEGER);
  // Clients try their credentials with an empty request, and look at nothing but its status.
  if (received === undefined) return NOTHING;
  const { updates, capabilities } = received;
  const output = new PassThrough({ highWaterMark: Number.MAX_SAFE_INTEGER });
  const report = new PushReport(output, capabilities);
  if (!report.isReported) {
    report.close();
    return capabilities.has('side-band-64k') ? failedPush(reason) : packet(`ERR ${reason}`);
  }
  report.finish(
    reason,
    updates.map(({ name }) => ({ name, ok: false, reason })),
  );
  output.end();
  return Buffer.concat(await output.toArray());
}

/** What ends the answer to a push when nothing else can be said: shown after `remote:`. */
export function failedPush(reason: string): Buffer {
  return Buffer.concat([...sideBand(3, Buffer.from(`${reason}\n`)), FLUSH]);
}

async function* atMost(body: AsyncIterable<Uint8Array>, maximum: number): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const chunk of body) {
    if (length >= maximum) throw new GitProtocolError(`more than ${maximum} bytes of commands`);
    length += chunk.length;
    yield chunk;
  }
}
