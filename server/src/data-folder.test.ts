import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StartupError } from './config.ts';
import { lockDataFolder } from './data-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'codekeep-data-'));
});
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true });
});

describe('lockDataFolder', () => {
  it('makes a folder that only its owner can enter', () => {
    const data = join(folder, 'made', 'here');
    lockDataFolder(data).release();
    expect(statSync(data).mode & 0o777).toBe(0o700);
  });

  it('refuses a folder that is held, and takes it again after its release', () => {
    const lock = lockDataFolder(folder);
    expect(() => lockDataFolder(folder)).toThrow(/in use by another Codekeep process/);
    lock.release();
    lockDataFolder(folder).release();
  });

  it.each(['/proc/codekeep', '/dev/null/codekeep'])('says that %s cannot be written', (path) => {
    expect(() => lockDataFolder(path)).toThrow(StartupError);
    expect(() => lockDataFolder(path)).toThrow(/cannot write to the data folder/);
  });
});
