import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type News, type Order, type Program, STREAMS, tokenOf } from './program-starter-messages.ts';

const HELPER = fileURLToPath(new URL('program-starter-helper.ts', import.meta.url));
/** The smaller the process, the quicker its forks. */
const HELPER_OPTIONS = ['--disable-warning=ExperimentalWarning', '--max-old-space-size=32', '--max-semi-space-size=1'];
const SOCKET_NAME = 'starter';
const READ_BYTES = 256 * 1024;

/**
 * Takes a chunk of output, which is only valid during the call.
 *
 * @returns a promise when it wants no more until that has resolved
 */
export type OutputReceiver = (chunk: Uint8Array) => Promise<void> | undefined;

export interface StartedProgram {
  readonly pid: number;
  readonly stdin: Socket;
  /** To be read unless an {@link OutputReceiver} gets what it brings. */
  readonly stdout: Socket;
  readonly stderr: Socket;
  /** The exit status, null after a signal; after the last output. */
  readonly ended: Promise<number | null>;
  /** Ends it and everything that it started. */
  kill(): void;
}

interface Running {
  started(pid: number): void;
  ended(status: number | null): void;
  failed(error: Error): void;
}

/**
 * Starts programs by way of a helper process that stays small: a fork copies the page tables of the process that forks, so
 * from a server with hundreds of megabytes each start would hold up all requests for tens of milliseconds. Programs end with
 * the helper, and that ends when this process does, however it does.
 */
export class ProgramStarter {
  readonly #socket: string;
  readonly #launcher: readonly string[];
  readonly #running = new Map<string, Running>();
  #helper: Promise<ChildProcess> | undefined;
  #closed = false;

  private constructor(folder: string, launcher: readonly string[]) {
    this.#socket = join(folder, SOCKET_NAME);
    this.#launcher = launcher;
  }

  /**
   * @param folder for its owner alone: who can connect to a socket in it can pass for a program
   * @param launcher a command that starts the helper, such as prlimit: what it sets holds for every program too
   */
  static async open(folder: string, launcher: readonly string[] = []): Promise<ProgramStarter> {
    const starter = new ProgramStarter(folder, launcher);
    await starter.#ready();
    return starter;
  }

  async start(program: Program, onOutput?: OutputReceiver): Promise<StartedProgram> {
    const helper = await this.#ready();
    const id = randomUUID();
    const sockets = STREAMS.map((stream) => this.#connect(tokenOf(id, stream), stream === 1 ? onOutput : undefined));
    const [stdin, stdout, stderr] = sockets as [Socket, Socket, Socket];
    const { promise: started, ...settleStart } = Promise.withResolvers<number>();
    const { promise: exited, ...settleExit } = Promise.withResolvers<number | null>();
    // Nobody waits for it when the start itself fails.
    exited.catch(() => {});
    this.#running.set(id, {
      started: settleStart.resolve,
      ended: settleExit.resolve,
      failed: (error) => {
        for (const socket of sockets) socket.destroy();
        settleStart.reject(error);
        settleExit.reject(error);
      },
    });
    const read = Promise.all([stdout, stderr].map(closed));
    tell(helper, { kind: 'start', id, program });
    const pid = await started;
    const ended = exited.then(async (status) => {
      stdin.destroy();
      // Whoever was told of the start a moment ago may only now begin to read.
      await setImmediate();
      if (onOutput === undefined && stdout.readableFlowing === null) stdout.resume();
      await read;
      return status;
    });
    // Whoever has lost interest may not wait for the end; a rejection must not end the server.
    ended.catch(() => {});
    return {
      pid,
      stdin,
      stdout,
      stderr,
      ended,
      kill: () => {
        if (this.#running.has(id)) tell(helper, { kind: 'kill', id });
      },
    };
  }

  /** Ends every program that runs. */
  async close(): Promise<void> {
    this.#closed = true;
    const helper = await this.#helper?.catch(() => undefined);
    if (helper === undefined || !helper.connected) return;
    const exited = once(helper, 'exit');
    helper.disconnect();
    await exited;
  }

  #ready(): Promise<ChildProcess> {
    if (this.#closed) return Promise.reject(new Error('Codekeep is stopping'));
    this.#helper ??= this.#startHelper();
    return this.#helper;
  }

  async #startHelper(): Promise<ChildProcess> {
    const [execPath = process.execPath, ...execArgv] = [...this.#launcher, process.execPath, ...HELPER_OPTIONS];
    const helper = fork(HELPER, [this.#socket], {
      cwd: '/',
      env: {},
      execPath,
      execArgv,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const gone = () => {
      this.#helper = undefined;
      for (const { failed } of this.#running.values()) failed(new Error('The process that starts git has ended'));
      this.#running.clear();
    };
    const ready = new Promise<void>((resolve, reject) => {
      helper.on('message', (news: News) => (news.kind === 'ready' ? resolve() : this.#hear(news)));
      helper.once('error', reject);
      helper.once('exit', (code, signal) => reject(new Error(`The process that starts git ended: ${code ?? signal}`)));
    });
    helper.once('exit', gone);
    try {
      await ready;
      return helper;
    } catch (error) {
      gone();
      throw error;
    }
  }

  #hear(news: Exclude<News, { kind: 'ready' }>): void {
    const running = this.#running.get(news.id);
    if (news.kind !== 'started') this.#running.delete(news.id);
    if (news.kind === 'started') running?.started(news.pid);
    else if (news.kind === 'ended') running?.ended(news.status);
    else running?.failed(new Error(news.message));
  }

  #connect(token: string, onOutput: OutputReceiver | undefined): Socket {
    const socket: Socket = connect({
      path: this.#socket,
      // Only the program's end of input is told by a half-closed connection.
      allowHalfOpen: false,
      ...(onOutput !== undefined && {
        onread: {
          buffer: Buffer.allocUnsafeSlow(READ_BYTES),
          callback: (length: number, buffer: Uint8Array) => pace(socket, onOutput(buffer.subarray(0, length))),
        },
      }),
    });
    // A program that ends early breaks its pipe; how it ended tells more than EPIPE.
    socket.on('error', () => {});
    socket.write(token);
    return socket;
  }
}

/** @returns false to stop the reading */
function pace(socket: Socket, taken: Promise<void> | undefined): boolean {
  if (taken === undefined) return true;
  taken.then(
    () => socket.resume(),
    () => socket.destroy(),
  );
  return false;
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

/** When the helper is gone, whoever waits is told so by its exit. */
function tell(helper: ChildProcess, order: Order): void {
  if (helper.connected) helper.send(order, () => {});
}
