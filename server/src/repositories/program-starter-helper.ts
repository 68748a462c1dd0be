import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { type News, type Order, type Program, readToken, STREAMS, TOKEN_BYTES } from './program-starter-messages.ts';

/**
 * The helper process of {@link ProgramStarter}: starts programs on connections that it is given, and ends with its parent,
 * whose folder it then removes.
 */

/** A connection without a program, or the other way round, is given up. */
const GATHERING_MS = 30_000;

interface Gathering {
  program: Program | undefined;
  readonly streams: Map<number, Socket>;
  readonly timer: NodeJS.Timeout;
}

const gatherings = new Map<string, Gathering>();
const children = new Map<string, ChildProcess>();

function gatheringOf(id: string): Gathering {
  const known = gatherings.get(id);
  if (known !== undefined) return known;
  const timer = setTimeout(() => fail(id, 'The connections of a program did not come in time'), GATHERING_MS);
  const made: Gathering = { program: undefined, streams: new Map(), timer };
  gatherings.set(id, made);
  return made;
}

function startWhenComplete(id: string): void {
  const { program, streams, timer } = gatheringOf(id);
  if (program === undefined || streams.size < STREAMS.length) return;
  clearTimeout(timer);
  gatherings.delete(id);
  const sockets = STREAMS.flatMap((stream) => streams.get(stream) ?? []);
  const child = spawn(program.file, [...program.arguments], {
    cwd: program.directory,
    env: program.environment,
    stdio: sockets,
    // A process group of its own, so that what it starts ends with it.
    detached: true,
  });
  // Before anybody is told: what comes from now on is the program's to read.
  for (const socket of sockets) socket.destroy();
  child.once('error', (error) => tell({ kind: 'failed', id, message: error.message }));
  if (child.pid === undefined) return;
  children.set(id, child);
  child.once('exit', (status) => {
    children.delete(id);
    tell({ kind: 'ended', id, status });
  });
  tell({ kind: 'started', id, pid: child.pid });
}

function fail(id: string, message: string): void {
  const gathering = gatherings.get(id);
  gatherings.delete(id);
  for (const socket of gathering?.streams.values() ?? []) socket.destroy();
  tell({ kind: 'failed', id, message });
}

/** A program that has exited is not in `children` any more, so that its id cannot be another's by now. */
function kill(id: string): void {
  const pid = children.get(id)?.pid;
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}

function tell(news: News): void {
  process.send?.(news, undefined, undefined, () => {});
}

function receive(socket: Socket): void {
  socket.on('error', () => {});
  socket.once('readable', () => {
    const token: Buffer | null = socket.read(TOKEN_BYTES);
    if (token === null) return void socket.destroy();
    const { id, stream } = readToken(token.toString('latin1'));
    gatheringOf(id).streams.set(stream, socket);
    startWhenComplete(id);
  });
}

const [socketPath = ''] = process.argv.slice(2);
rmSync(socketPath, { force: true });
createServer({ allowHalfOpen: true }, receive).listen(socketPath, () => tell({ kind: 'ready' }));
process.on('message', (order: Order) => {
  if (order.kind === 'kill') return kill(order.id);
  gatheringOf(order.id).program = order.program;
  startWhenComplete(order.id);
});
process.on('disconnect', () => {
  for (const id of children.keys()) kill(id);
  // Decrypted working copies must not outlive a server that was killed. Nobody else uses the folder.
  rmSync(dirname(socketPath), { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  process.exit();
});
// A terminal sends these to the whole group; the parent decides when to end.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
