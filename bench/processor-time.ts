import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Counts the processor time of a server and of everything that it starts. */
export interface ProcessorAccount {
  /** User and system time so far; undefined where the machine gives no control group to count with. */
  seconds(): number | undefined;
  /** After the processes have ended. */
  close(): void;
}

interface ControlGroup {
  readonly path: string;
  usedSeconds(path: string): number;
}

const REMOVE_ATTEMPTS = 100;
const REMOVE_PAUSE_MILLISECONDS = 50;

/**
 * Counts by a control group of its own, because the times that a process inherits from its children leave out those
 * that it never waits for, which is all of fcgiwrap's. Needs the right to make a control group (root, usually).
 *
 * @param roots processes whose descendants count as well, those from before too
 */
export function openProcessorAccount(name: string, roots: readonly number[]): ProcessorAccount {
  const group = makeControlGroup(`codekeep-bench-${process.pid}-${name}`);
  if (group === undefined) return { seconds: () => undefined, close: () => {} };
  process.on('exit', () => removeControlGroup(group.path));
  for (const pid of roots.flatMap(withDescendants)) admit(pid, group);
  return { seconds: () => group.usedSeconds(group.path), close: () => removeControlGroup(group.path) };
}

function admit(pid: number, group: ControlGroup): void {
  try {
    writeFileSync(join(group.path, 'cgroup.procs'), String(pid));
  } catch (error) {
    // It has ended meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function makeControlGroup(name: string): ControlGroup | undefined {
  const versions: readonly ControlGroup[] = [
    {
      path: join('/sys/fs/cgroup/cpuacct', ownGroup('cpuacct'), name),
      usedSeconds: (path) => Number(readFileSync(join(path, 'cpuacct.usage'), 'utf8')) / 1e9,
    },
    {
      path: join('/sys/fs/cgroup', ownGroup(''), name),
      usedSeconds: (path) =>
        Number(/^usage_usec (\d+)$/m.exec(readFileSync(join(path, 'cpu.stat'), 'utf8'))?.[1]) / 1e6,
    },
  ];
  return versions.find(({ path }) => {
    try {
      mkdirSync(path);
      return existsSync(join(path, 'cgroup.procs'));
    } catch {
      return false;
    }
  });
}

/** A killed process is a member until the kernel is done with it. */
function removeControlGroup(path: string): void {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (let attempt = 1; existsSync(path); attempt += 1) {
    try {
      rmdirSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || attempt === REMOVE_ATTEMPTS) throw error;
      // Not a promise, because it also has to work while this process exits.
      Atomics.wait(sleeper, 0, 0, REMOVE_PAUSE_MILLISECONDS);
    }
  }
}

/** This process's group of a version 1 controller or, for an empty name, of version 2 (cgroups(7)). */
function ownGroup(controller: string): string {
  const lines = readFileSync('/proc/self/cgroup', 'utf8').split('\n');
  const own = lines
    .map((line) => line.split(':'))
    .find(([, controllers]) => controllers?.split(',').includes(controller));
  return own?.[2] ?? '/';
}

function withDescendants(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(withDescendants)];
}

function childrenOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return children === '' ? [] : children.split(' ').map(Number);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return [];
  }
}
