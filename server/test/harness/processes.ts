import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface ProcessOptions {
  /** The whole environment of the process: nothing is inherited. */
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly input?: string | Uint8Array | Iterable<Uint8Array>;
}

export interface ProcessResult {
  /** 128 + the signal's number when a signal ended it, as a shell tells it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that had to succeed did not. */
class ProcessFailure extends Error {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;

  constructor(command: string, args: readonly string[], result: ProcessResult) {
    super(`${command} ${args.join(' ')} exited with ${result.exitCode}:\n${result.stderr || result.stdout}`);
    this.exitCode = result.exitCode;
    this.stdout = result.stdout;
    this.stderr = result.stderr;
  }
}

const TIME_LIMIT_MILLISECONDS = 30 * 60_000;
const running = new Set<ChildProcess>();

// Before what removes the folders that they write to.
process.prependListener('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Runs a program to its end, whatever its exit code; it does not outlive this process. */
export async function runProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions,
): Promise<ProcessResult> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: TIME_LIMIT_MILLISECONDS,
    killSignal: 'SIGKILL',
  });
  running.add(child);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
  try {
    const [exitCode] = await Promise.all([ended, feed(child.stdin, options.input)]);
    return { exitCode, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
  } finally {
    running.delete(child);
  }
}

/**
 * Runs a program that must succeed.
 *
 * @returns its standard output
 * @throws ProcessFailure when it exits with anything but 0
 */
export async function outputOf(command: string, args: readonly string[], options: ProcessOptions): Promise<string> {
  const result = await runProcess(command, args, options);
  if (result.exitCode !== 0) throw new ProcessFailure(command, args, result);
  return result.stdout;
}

async function feed(stdin: Writable, input: ProcessOptions['input']): Promise<void> {
  try {
    await pipeline(typeof input === 'object' && !(input instanceof Uint8Array) ? input : [input ?? ''], stdin);
  } catch (error) {
    // A program may end before it has read everything; its exit code tells whether that is wrong.
    if (!['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw error;
  }
}
