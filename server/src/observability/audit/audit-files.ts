import { type KeyObject, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { flushFolder, withFile } from '../../storage/durability.ts';
import { makePrivateFolder } from '../../storage/folders.ts';
import { type ChainedLine, type ChainHead, chainLine, lineHash, newChain, parseLine } from './hash-chain.ts';

interface AuditFilesOptions {
  readonly folder: string;
  readonly key: KeyObject;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A file that has come to it is followed by another. */
  readonly fileBytes: number;
}

/** What was appended: a record with its number in the chain. */
export interface AppendedRecord {
  readonly sequence: number;
  /** Of the line. */
  readonly hash: string;
  /** JSON. */
  readonly record: string;
}

/** Number of the first line, and the day in UTC. */
const NAME = /^\d{12}-\d{4}-\d\d-\d\d\.jsonl$/;
/** Longer than any line. */
const TAIL_BYTES = 2 * 1024 * 1024;
const NEWLINE = 0x0a;

/** Names of the files of a folder of the audit trail, in the order of the chain. */
export async function auditFileNames(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => NAME.test(name)).sort();
}

/**
 * The files that the chain of one node is written to, one after the other: a new one each day in UTC and after so many
 * bytes. One process writes them. A line that a crash has cut is removed at the next start, and the chain goes on.
 */
export class AuditFiles {
  readonly #options: AuditFilesOptions;
  #head: ChainHead;
  #file: FileHandle | undefined;
  #day = '';
  #bytes = 0;
  #synced = true;

  private constructor(options: AuditFilesOptions, head: ChainHead) {
    this.#options = options;
    this.#head = head;
  }

  static async open(options: AuditFilesOptions): Promise<AuditFiles> {
    makePrivateFolder(options.folder);
    const names = await auditFileNames(options.folder);
    for (const name of names.reverse()) {
      const last = await lastLine(join(options.folder, name));
      if (last === undefined) continue;
      const { chain, sequence } = last.line;
      const files = new AuditFiles(options, { chain, sequence, hash: lineHash(options.key, last.text) });
      await files.#continue(name);
      return files;
    }
    return new AuditFiles(options, newChain(randomUUID()));
  }

  get head(): ChainHead {
    return this.#head;
  }

  /**
   * Appends records, JSON each. They are in the operating system's hands then: they survive the end of the process, and
   * after {@link sync} a power cut. A failure leaves the file as it was.
   */
  async append(records: readonly string[]): Promise<readonly AppendedRecord[]> {
    const file = await this.#fileOfToday();
    let head = this.#head;
    const appended: AppendedRecord[] = [];
    const lines: string[] = [];
    for (const record of records) {
      const line = chainLine(this.#options.key, head, record);
      head = line.head;
      lines.push(line.text);
      appended.push({ sequence: head.sequence, hash: head.hash, record });
    }
    const text = Buffer.from(`${lines.join('\n')}\n`);
    this.#synced = false;
    try {
      await file.appendFile(text);
    } catch (error) {
      await file.truncate(this.#bytes);
      throw error;
    }
    this.#bytes += text.length;
    this.#head = head;
    return appended;
  }

  async sync(): Promise<void> {
    if (this.#synced) return;
    await this.#file?.datasync();
    this.#synced = true;
  }

  /** The records that follow the line of that number. */
  async *after(sequence: number): AsyncGenerator<AppendedRecord> {
    const names = await auditFileNames(this.#options.folder);
    const firstOf = (name: string) => Number(name.slice(0, 12));
    // The last file that begins at or before the line, and all later ones.
    const relevant = names.filter((_, index) => firstOf(names[index + 1] ?? '999999999999') > sequence);
    for (const name of relevant) {
      for await (const { text, line } of linesOf(join(this.#options.folder, name))) {
        if (line === undefined || line.sequence <= sequence || line.sequence > this.#head.sequence) continue;
        const hash = lineHash(this.#options.key, text);
        yield { sequence: line.sequence, hash, record: JSON.stringify(line.record) };
      }
    }
  }

  async close(): Promise<void> {
    await this.sync();
    await this.#file?.close();
    this.#file = undefined;
  }

  async #fileOfToday(): Promise<FileHandle> {
    const day = new Date(this.#options.now()).toISOString().slice(0, 10);
    if (this.#file !== undefined && this.#day === day && this.#bytes < this.#options.fileBytes) return this.#file;
    await this.close();
    const name = `${String(this.#head.sequence + 1).padStart(12, '0')}-${day}.jsonl`;
    // There already when nothing could be written to it the last time.
    this.#file = await open(join(this.#options.folder, name), 'a', 0o600);
    this.#day = day;
    this.#bytes = (await this.#file.stat()).size;
    await flushFolder(this.#options.folder);
    return this.#file;
  }

  async #continue(name: string): Promise<void> {
    this.#file = await open(join(this.#options.folder, name), 'a', 0o600);
    this.#day = name.slice(13, 23);
    this.#bytes = (await this.#file.stat()).size;
  }
}

/** Each line of a file with what it says; undefined for one that is none. */
export async function* linesOf(
  path: string,
): AsyncGenerator<{ readonly text: string; readonly line: ChainedLine | undefined }> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  for await (const text of lines) yield { text, line: parseLine(text) };
}

/** Removes what a crash has left behind the last whole line; undefined when there is none in the file. */
async function lastLine(path: string): Promise<{ readonly text: string; readonly line: ChainedLine } | undefined> {
  return withFile(await open(path, 'r+'), async (file) => {
    const { size } = await file.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    const tail = buffer.subarray(0, bytesRead);
    for (let end = tail.lastIndexOf(NEWLINE); end >= 0; end = end === 0 ? -1 : tail.lastIndexOf(NEWLINE, end - 1)) {
      const begin = end === 0 ? 0 : tail.lastIndexOf(NEWLINE, end - 1) + 1;
      const text = tail.toString('utf8', begin, end);
      const line = parseLine(text);
      if (line === undefined) continue;
      if (start + end + 1 < size) await file.truncate(start + end + 1);
      return { text, line };
    }
    if (size > 0 && start === 0) await file.truncate(0);
    return undefined;
  });
}
