import { Buffer } from 'node:buffer';
import type { Writable } from 'node:stream';
import { bytesOfText } from './byte-names.ts';
import { FLUSH, packet, sideBand } from './pkt-line.ts';
import type { ReferenceResult } from './repository.ts';

/** How often a silent server shows that it works still, as git's own receive.keepAlive. */
const KEEP_ALIVE_MS = 5_000;
const KEEP_ALIVE = Buffer.from('0005\u0001');
/** What an `ng` line may carry beside the name. */
const REASON_MAXIMUM = 4_000;

/**
 * What a client is told of its push, in the form that its capabilities ask for:
 * https://git-scm.com/docs/gitprotocol-pack#_report_status
 */
export class PushReport {
  readonly #output: Writable;
  readonly #sideBand: boolean;
  readonly #reports: boolean;
  readonly #quiet: boolean;
  readonly #keepAlive: NodeJS.Timeout | undefined;

  constructor(output: Writable, capabilities: ReadonlySet<string>) {
    this.#output = output;
    this.#sideBand = capabilities.has('side-band-64k');
    this.#reports = capabilities.has('report-status') || capabilities.has('report-status-v2');
    this.#quiet = capabilities.has('quiet');
    if (this.#sideBand) this.#keepAlive = setInterval(() => output.write(KEEP_ALIVE), KEEP_ALIVE_MS);
  }

  /** The client reads what became of each reference. */
  get isReported(): boolean {
    return this.#reports;
  }

  get showsProgress(): boolean {
    return this.#sideBand && !this.#quiet;
  }

  /** Text for the user's terminal. */
  progress(text: Buffer): void {
    if (this.#sideBand) this.#write(sideBand(2, text));
  }

  /** `unpack` is `ok`, or why nothing was taken. Nothing may follow. */
  finish(unpack: string, results: readonly ReferenceResult[]): void {
    this.close();
    if (this.#reports) {
      const lines = results.map((result) =>
        result.ok ? named('ok ', result.name, '\n') : named('ng ', result.name, ` ${oneLine(result.reason)}\n`),
      );
      const report = Buffer.concat([packet(`unpack ${oneLine(unpack)}\n`), ...lines, FLUSH]);
      this.#write(this.#sideBand ? sideBand(1, report) : [report]);
    }
    if (this.#sideBand) this.#output.write(FLUSH);
  }

  close(): void {
    clearInterval(this.#keepAlive);
  }

  #write(packets: Iterable<Buffer>): void {
    for (const bytes of packets) this.#output.write(bytes);
  }
}

function named(before: string, name: string, after: string): Buffer {
  return packet(Buffer.concat([Buffer.from(before), Buffer.from(bytesOfText(name), 'latin1'), Buffer.from(after)]));
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, REASON_MAXIMUM);
}
