import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { minimalEnvironment } from '../harness/clients.ts';
import { runCodekeep } from '../harness/codekeep-command.ts';
import { type TemporaryFolder, temporaryFolder } from '../harness/temporary-folders.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

describe('a system that gives few file descriptors', () => {
  let data: TemporaryFolder;
  beforeAll(async () => {
    data = await temporaryFolder('few');
    await runCodekeep(['init', '--data', data.path]);
  });
  afterAll(() => data.remove());

  /** The lines of a server until it is ready or ends. */
  async function linesWith(descriptors: number): Promise<readonly string[]> {
    const any = ['--http', '127.0.0.1:0', '--https', '127.0.0.1:0', '--ssh', '127.0.0.1:0'];
    const server = spawn(
      '/bin/sh',
      [
        '-c',
        `ulimit -n ${descriptors}; exec "$@" 2>&1`,
        'sh',
        process.execPath,
        MAIN,
        'serve',
        '--data',
        data.path,
        ...any,
      ],
      { env: { ...minimalEnvironment(), CODEKEEP_LOG_LEVEL: 'silent' }, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const ended = once(server, 'close');
    const lines: string[] = [];
    for await (const line of createInterface({ input: server.stdout })) {
      lines.push(line);
      if (line.startsWith('codekeep ready')) server.kill();
    }
    await ended;
    return lines;
  }

  it('serves with 200', async () => {
    expect(await linesWith(200)).toEqual([expect.stringMatching(/^codekeep ready /)]);
  });

  it('says in one line why not with 30', async () => {
    expect(await linesWith(30)).toEqual([expect.stringMatching(/^codekeep: .*(EMFILE|too many open files)/)]);
  });
});
