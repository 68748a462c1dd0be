import { Buffer } from 'node:buffer';
import type { Git, GitProcess } from './git-process.ts';
import type { ObjectInfo, ObjectType } from './repository.ts';
import type { Lease } from './working-copies.ts';

const IDLE_MS = 60_000;
/** Without a byte of an answer: git is stuck, and is ended. */
const SILENCE_MS = 60_000;
/** Longer than any line that git answers: an id, a type and a size. */
const LINE_MAXIMUM = 256;
const INFO_LINE = /^([0-9a-f]{40}) (commit|tree|blob|tag) (\d+)$/;
const LINE_FEED = 0x0a;

export interface SizedObject extends ObjectInfo {
  /** Bytes. */
  readonly size: number;
}

export interface StoredObject extends SizedObject {
  readonly content: Buffer;
}

interface Question {
  readonly command: 'info' | 'contents';
  resolve(answer: StoredObject | SizedObject | undefined): void;
  reject(error: unknown): void;
}

/** An answer's content that has arrived in part; a line feed follows it. */
interface Arriving {
  readonly info: SizedObject;
  readonly content: Buffer;
  filled: number;
}

/**
 * A `git cat-file --batch-command` process: questions are answered one after the other, in the order they came. Its
 * lease keeps the packs that it reads where they are until it has ended.
 */
export class CatFile {
  readonly #lease: Lease;
  readonly #process: Promise<GitProcess>;
  readonly #ended: Promise<void>;
  readonly #idle: NodeJS.Timeout;
  #silence: NodeJS.Timeout | undefined;
  #questions: Question[] = [];
  #line = '';
  #arriving: Arriving | undefined;
  /** Questions asked and not answered, also those that wait for the process to start. */
  #pending = 0;
  #closing = false;

  constructor(git: Git, lease: Lease, onIdle: () => void) {
    this.#lease = lease;
    this.#idle = setTimeout(onIdle, IDLE_MS).unref();
    this.#process = git.start({
      kind: 'read',
      repositoryId: lease.copy.repositoryId,
      arguments: ['cat-file', '--batch-command'],
      directory: lease.copy.directory,
      longLived: true,
    });
    this.#ended = this.#serve();
  }

  get pending(): number {
    return this.#pending;
  }

  /** False when another process must be asked: this one ends, or the working copy is another by now. */
  serves(lease: Lease): boolean {
    return !this.#closing && this.#lease.copy === lease.copy;
  }

  /** What an object is; undefined when there is none. `revision`: an id, or `ID^{}`. */
  info(revision: string): Promise<SizedObject | undefined> {
    return this.#ask('info', revision);
  }

  /** An object whole: its size must be known to be bearable. */
  contents(objectId: string): Promise<StoredObject | undefined> {
    return this.#ask('contents', objectId) as Promise<StoredObject | undefined>;
  }

  /** Takes no more questions, answers those that were asked, then lets go of the working copy. */
  async end(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#idle);
    if (this.#pending === 0) await this.#close();
    await this.#ended;
  }

  async #ask(command: Question['command'], revision: string): Promise<SizedObject | undefined> {
    if (this.#closing) throw new Error('git cat-file takes no more questions');
    this.#idle.refresh();
    this.#pending++;
    try {
      const process = await this.#process;
      return await new Promise((resolve, reject) => {
        this.#silence ??= setTimeout(process.kill, SILENCE_MS).unref();
        this.#questions.push({ command, resolve, reject });
        process.stdin.write(`${command} ${revision}\n`);
      });
    } finally {
      this.#pending--;
      if (this.#pending === 0) this.#stopWaiting();
      if (this.#closing && this.#pending === 0) await this.#close();
    }
  }

  #stopWaiting(): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
  }

  async #close(): Promise<void> {
    const process = await this.#process.catch(() => undefined);
    process?.stdin.end();
  }

  async #serve(): Promise<void> {
    let failure: unknown = new Error('git cat-file ended early');
    try {
      const process = await this.#process;
      try {
        for await (const chunk of process.stdout) {
          this.#silence?.refresh();
          this.#take(chunk as Buffer);
        }
      } catch (error) {
        process.kill();
        throw error;
      }
      await process.done;
    } catch (error) {
      failure = error;
    } finally {
      this.#closing = true;
      this.#stopWaiting();
      for (const { reject } of this.#questions) reject(failure);
      this.#questions = [];
      this.#lease.release();
    }
  }

  #take(chunk: Buffer): void {
    let position = 0;
    while (position < chunk.length) {
      if (this.#arriving !== undefined) {
        position += this.#takeContent(this.#arriving, chunk, position);
        continue;
      }
      const end = chunk.indexOf(LINE_FEED, position);
      this.#line += chunk.toString('latin1', position, end === -1 ? chunk.length : end);
      if (this.#line.length > LINE_MAXIMUM) throw new Error('git cat-file answered with an unknown line');
      if (end === -1) return;
      const line = this.#line;
      this.#line = '';
      this.#takeLine(line);
      position = end + 1;
    }
  }

  #takeLine(line: string): void {
    const [, objectId, type, size] = INFO_LINE.exec(line) ?? [];
    if (objectId === undefined) {
      this.#answer(undefined);
      return;
    }
    const info = { objectId, type: type as ObjectType, size: Number(size) };
    if (this.#questions[0]?.command === 'contents') {
      this.#arriving = { info, content: Buffer.allocUnsafe(info.size), filled: 0 };
    } else {
      this.#answer(info);
    }
  }

  /** @returns how many bytes of the chunk it took */
  #takeContent(arriving: Arriving, chunk: Buffer, position: number): number {
    const { info, content } = arriving;
    const taken = chunk.copy(content, arriving.filled, position);
    arriving.filled += taken;
    if (position + taken === chunk.length) return taken;
    if (chunk[position + taken] !== LINE_FEED) throw new Error('git cat-file answered more than it announced');
    this.#arriving = undefined;
    const stored: StoredObject = { ...info, content };
    this.#answer(stored);
    return taken + 1;
  }

  #answer(answer: SizedObject | undefined): void {
    const question = this.#questions.shift();
    if (question === undefined) throw new Error('git cat-file answered without being asked');
    question.resolve(answer);
  }
}
