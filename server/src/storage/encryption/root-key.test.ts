import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RootKey, RootKeyError } from './root-key.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'codekeep-root-key-'));
  file = join(folder, 'root.key');
});

afterEach(() => rm(folder, { recursive: true }));

describe('a root key file', () => {
  it('is made where there is none, for its owner alone, and read again', async () => {
    const made = await RootKey.fromFile(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(Buffer.from(await readFile(file, 'utf8'), 'base64')).toHaveLength(32);
    expect(await readdir(folder)).toEqual(['root.key']);
    expect((await RootKey.fromFile(file)).derive('x')).toEqual(made.derive('x'));
  });

  it('is one key for all who make it at once', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => RootKey.fromFile(file)));
    expect(new Set(keys.map((key) => key.derive('x').toString('hex'))).size).toBe(1);
    expect(await readdir(folder)).toEqual(['root.key']);
  });

  it.each([0o640, 0o604, 0o620, 0o666])('is refused when others may use it: mode %o', async (mode) => {
    await RootKey.fromFile(file);
    await chmod(file, mode);
    await expect(RootKey.fromFile(file)).rejects.toThrow(RootKeyError);
    await expect(RootKey.fromFile(file)).rejects.toThrow(/Others than its owner.*chmod 600/);
  });

  it.each([
    ['nothing', ''],
    ['31 bytes', randomBytes(31).toString('base64')],
    ['33 bytes', randomBytes(33).toString('base64')],
    ['hexadecimal', randomBytes(32).toString('hex')],
    ['text', 'correct horse battery staple'],
  ])('is refused when it holds %s, without showing it', async (_name, text) => {
    await writeFile(file, text, { mode: 0o600 });
    const error = await RootKey.fromFile(file).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(RootKeyError);
    expect(String(error)).toContain('must be 32 bytes in base64');
    if (text !== '') expect(String(error)).not.toContain(text);
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it('is not made anew when it cannot be read', async () => {
    await expect(RootKey.fromFile(folder)).rejects.toThrow();
  });
});

describe('a root key', () => {
  const bytes = randomBytes(32);
  const text = bytes.toString('base64');

  it('derives a key of 32 bytes for each purpose, always the same', () => {
    const key = RootKey.fromBase64(`${text}\n`);
    expect(key.derive('a')).toHaveLength(32);
    expect(key.derive('a')).toEqual(RootKey.fromBase64(text).derive('a'));
    expect(key.derive('a')).not.toEqual(key.derive('b'));
    expect(key.derive('a')).not.toEqual(bytes);
  });

  it('shows nothing when printed', () => {
    const key = RootKey.fromBase64(text);
    for (const shown of [inspect(key, { depth: 10, showHidden: true }), JSON.stringify(key), String(key)]) {
      expect(shown).not.toContain(text.slice(0, 8));
      expect(shown).not.toContain(bytes.toString('hex').slice(0, 8));
    }
  });
});
