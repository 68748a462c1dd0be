import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { minimalEnvironment } from '../../server/test/harness/clients.ts';

const START_LIMIT_MILLISECONDS = 20_000;

/** Starts a server in a process group of its own, because what it starts may outlive it; it ends with this process. */
export function startServer(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const server = spawn(command, args, {
    env: { ...minimalEnvironment(), ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  });
  process.prependListener('exit', () => {
    if (isRunning(server)) killGroup(server);
  });
  return server;
}

export async function stopServer(server: ChildProcess): Promise<void> {
  if (!isRunning(server)) return;
  const exited = once(server, 'exit');
  server.kill('SIGTERM');
  await exited;
  killGroup(server);
}

/** Waits until a server that was started answers. */
export async function ready(server: ChildProcess, condition: () => Promise<boolean>): Promise<void> {
  const limit = Date.now() + START_LIMIT_MILLISECONDS;
  while (!(await condition())) {
    if (!isRunning(server)) throw new Error(`${server.spawnfile} did not start`);
    if (Date.now() > limit) throw new Error(`${server.spawnfile} did not get ready`);
    await delay(20);
  }
}

export async function freePort(): Promise<number> {
  const probe = createServer();
  await once(probe.listen(0, '127.0.0.1'), 'listening');
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('The probe has no port');
  return address.port;
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function isRunning(server: ChildProcess): boolean {
  return server.exitCode === null && server.signalCode === null;
}
