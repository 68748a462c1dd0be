import { execFileSync } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../../test/harness/temporary-folders.ts';
import { type OutputReceiver, ProgramStarter } from './program-starter.ts';

let folder: TemporaryFolder;
let starter: ProgramStarter;
beforeEach(async () => {
  folder = await temporaryFolder('starter', { inMemory: true });
  starter = await ProgramStarter.open(folder.path);
});
afterEach(async () => {
  await starter.close();
  await folder.remove();
});

function start(script: string, onOutput?: OutputReceiver) {
  const environment = { PATH: process.env.PATH ?? '', GIVEN: 'alone' };
  const program = { file: '/bin/sh', arguments: ['-c', script], directory: folder.path, environment };
  return starter.start(program, onOutput);
}

function helperId(): number {
  const found = execFileSync('pgrep', ['-P', String(process.pid), '-f', `${folder.path}/starter`], {
    encoding: 'utf8',
  });
  return Number(found.trim());
}

/** A process that is gone, or only waits to be buried. */
async function gone(pid: number): Promise<void> {
  const state = () => {
    try {
      return execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
    } catch {
      return 'Z';
    }
  };
  while (!state().startsWith('Z')) await setImmediate();
}

describe('ProgramStarter', () => {
  it('connects all three streams, and tells the status after the last output', async () => {
    const program = await start('cat; echo "$GIVEN $HOME$PWD" >&2; exit 3');
    const output = text(program.stdout);
    const complaint = text(program.stderr);
    program.stdin.end('given in');
    expect(await output).toBe('given in');
    expect(await complaint).toBe(`alone ${folder.path}\n`);
    expect(await program.ended).toBe(3);
  });

  it('starts the helper by a launcher, whose limits hold for the programs', async () => {
    const limited = await temporaryFolder('limited-starter', { inMemory: true });
    const starterOfLimited = await ProgramStarter.open(limited.path, ['prlimit', '--fsize=4096000', '--']);
    try {
      const environment = { PATH: process.env.PATH ?? '' };
      const program = await starterOfLimited.start({
        file: '/bin/sh',
        arguments: ['-c', 'ulimit -f'],
        directory: limited.path,
        environment,
      });
      expect(await text(program.stdout)).toBe('8000\n');
      expect(await program.ended).toBe(0);
    } finally {
      await starterOfLimited.close();
      await limited.remove();
    }
  });

  it('loses nothing of what is sent right after the start, and mixes up no streams of programs at once', async () => {
    const programs = Array.from({ length: 20 }, async (_, index) => {
      const program = await start('cat');
      program.stdin.end(`${index} `.repeat(50_000));
      program.stderr.resume();
      return text(program.stdout);
    });
    const outputs = await Promise.all(programs);
    expect(outputs.map((output, index) => output === `${index} `.repeat(50_000))).toEqual(outputs.map(() => true));
  });

  it('hands output over without keeping it, and reads no further than is wanted', async () => {
    const { promise: wanted, resolve: want } = Promise.withResolvers<void>();
    let taken = 0;
    let waits = false;
    const program = await start('head -c 3000000 /dev/zero', (chunk) => {
      expect(waits).toBe(false);
      taken += chunk.length;
      if (taken < 1_000_000 || taken - chunk.length >= 1_000_000) return undefined;
      waits = true;
      return wanted.then(() => {
        waits = false;
      });
    });
    program.stderr.resume();
    while (!waits) await setImmediate();
    const exited = program.ended.then(() => 'ended');
    expect(await Promise.race([exited, setImmediate('waits')])).toBe('waits');
    want();
    expect(await program.ended).toBe(0);
    expect(taken).toBe(3_000_000);
  });

  it('ends a program with what that started', async () => {
    const program = await start('sleep 1000 & echo $!; wait');
    program.stderr.resume();
    const started = Number(String((await program.stdout[Symbol.asyncIterator]().next()).value));
    program.kill();
    expect(await program.ended).toBe(null);
    await gone(started);
  });

  it('refuses what cannot be started, and goes on', async () => {
    const missing = { file: '/nowhere', arguments: [], directory: folder.path, environment: {} };
    await expect(starter.start(missing)).rejects.toThrow('ENOENT');
    const program = await start('exit 0');
    program.stderr.resume();
    expect(await program.ended).toBe(0);
  });

  it('fails what runs when the helper ends, leaves nothing of it behind, and starts another helper', async () => {
    const program = await start('echo up; exec sleep 1000');
    await program.stdout[Symbol.asyncIterator]().next();
    process.kill(helperId(), 'SIGKILL');
    await expect(program.ended).rejects.toThrow('has ended');
    process.kill(program.pid, 'SIGKILL');
    const next = await start('exit 5');
    next.stderr.resume();
    expect(await next.ended).toBe(5);
  });

  it('ends everything when it is closed', async () => {
    const program = await start('exec sleep 1000');
    program.ended.catch(() => {});
    await starter.close();
    await gone(program.pid);
    await expect(start('exit 0')).rejects.toThrow('stopping');
  });
});
