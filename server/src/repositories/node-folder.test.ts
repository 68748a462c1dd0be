import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NodeFolder } from './node-folder.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'codekeep-node-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const quiet = () => {};

describe('NodeFolder', () => {
  it('removes what killed nodes have left, and leaves alone what lives or is just starting', async () => {
    const killed = join(root, 'node-killed');
    await mkdir(join(killed, 'repositories'), { recursive: true });
    const child = spawn(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(join(killed, 'alive'))}, () => console.log('listening'))`,
    ]);
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const ancient = join(root, 'node-ancient');
    await mkdir(ancient);
    await utimes(ancient, new Date(0), new Date(0));
    await mkdir(join(root, 'node-starting'));
    await mkdir(join(root, 'unrelated'));
    const living = join(root, 'node-living');
    await mkdir(living);
    const server = createServer().listen(join(living, 'alive'));
    await once(server, 'listening');
    const folder = await NodeFolder.make(root, quiet);
    const names = await readdir(root);
    expect(names).toEqual(expect.arrayContaining(['node-living', 'node-starting', 'unrelated']));
    expect(names).not.toContain('node-killed');
    expect(names).not.toContain('node-ancient');
    const second = await NodeFolder.make(root, quiet);
    expect(await readdir(folder.path)).toContain('repositories');
    await second.close();
    await folder.close();
    server.close();
    expect(await readdir(root)).toEqual(['node-living', 'node-starting', 'unrelated']);
  });

  it('warns of storage that is not memory, and refuses a path that no socket can have', async () => {
    const warnings: string[] = [];
    const folder = await NodeFolder.make(join(root, 'made'), (message) => warnings.push(message));
    await folder.close();
    // tmpdir may itself be memory-backed.
    for (const warning of warnings) expect(warning).toMatch(/memory-backed|free/);
    await expect(NodeFolder.make(join(root, 'x'.repeat(120)), quiet)).rejects.toThrow('too long');
  });

  it('takes folders away at once', async () => {
    const folder = await NodeFolder.make(root, quiet);
    const made = folder.folderOf('incoming');
    await mkdir(made);
    await writeFile(join(made, 'file'), '');
    await folder.remove(made);
    await folder.remove(made);
    expect(await readdir(join(folder.path, 'incoming'))).toEqual([]);
    expect(await readdir(join(folder.path, 'leaving'))).toEqual([]);
    await folder.close();
  });
});
