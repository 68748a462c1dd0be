import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../../../test/harness/temporary-folders.ts';
import { encryptContent } from './content-encryption.ts';
import { FileDecryption } from './file-decryption.ts';
import { SealedMessageError } from './messages.ts';

const MIB = 1024 * 1024;
const dataKey = randomBytes(32);
const context = { file: 'pack' };

let folder: TemporaryFolder;
let decryption: FileDecryption;
beforeEach(async () => {
  folder = await temporaryFolder('file-decryption');
  decryption = new FileDecryption();
});
afterEach(async () => {
  await decryption.close();
  await folder.remove();
});

async function encrypted(content: Buffer): Promise<Buffer> {
  return buffer(encryptContent(dataKey, context)(Readable.from([content])));
}

async function* pieces(message: Buffer, length: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < message.length; start += length) yield message.subarray(start, start + length);
}

function optionsFor(name: string) {
  return { dataKey, context, file: join(folder.path, name), mode: 0o400 };
}

describe('FileDecryption', () => {
  it('makes several files at once, each whole and of its mode', async () => {
    const contents = [0, 1, MIB, 20 * MIB + 7].map((length) => randomBytes(length));
    const messages = await Promise.all(contents.map(encrypted));
    await Promise.all(
      messages.map((message, index) => decryption.decrypt(pieces(message, MIB), optionsFor(`${index}`))),
    );
    for (const [index, content] of contents.entries()) {
      expect((await readFile(join(folder.path, `${index}`))).equals(content)).toBe(true);
      expect((await stat(join(folder.path, `${index}`))).mode & 0o777).toBe(0o400);
    }
  });

  it('holds the source back while the thread has enough', async () => {
    const content = randomBytes(40 * MIB);
    const message = await encrypted(content);
    let given = 0;
    async function* source() {
      for await (const chunk of pieces(message, MIB)) {
        given += 1;
        yield chunk;
      }
    }
    const options = optionsFor('long');
    // Whoever writes to it waits for whoever reads from it, who does not begin yet.
    execFileSync('mkfifo', [options.file]);
    const reader = createReadStream(options.file);
    const long = decryption.decrypt(source(), options);
    while (given < 8) await setImmediate();
    for (let turn = 0; turn < 1_000; turn += 1) await setImmediate();
    expect(given).toBeLessThan(12);
    const reading = buffer(reader);
    await long;
    expect(given).toBe(41);
    expect((await reading).equals(content)).toBe(true);
  });

  it('fails with a SealedMessageError for what was altered, and goes on with other files', async () => {
    const message = await encrypted(randomBytes(3 * MIB));
    message.writeUInt8(message.readUInt8(2 * MIB) ^ 1, 2 * MIB);
    await expect(decryption.decrypt(pieces(message, MIB), optionsFor('altered'))).rejects.toThrow(SealedMessageError);
    await decryption.decrypt(pieces(await encrypted(randomBytes(5)), MIB), optionsFor('sound'));
    expect((await stat(join(folder.path, 'sound'))).size).toBe(5);
  });

  it('fails as its source fails, once the thread has let go of the file', async () => {
    const message = await encrypted(randomBytes(3 * MIB));
    async function* failing() {
      yield message.subarray(0, MIB);
      throw new Error('the store broke off');
    }
    await expect(decryption.decrypt(failing(), optionsFor('broken'))).rejects.toThrow('the store broke off');
  });

  it('fails where the file cannot be made', async () => {
    const message = await encrypted(randomBytes(20 * MIB));
    const options = { ...optionsFor('x'), file: join(folder.path, 'no-such-folder', 'x') };
    await expect(decryption.decrypt(pieces(message, MIB), options)).rejects.toThrow('ENOENT');
  });

  it('fails what runs when it is closed', async () => {
    let more: () => void = () => {};
    async function* endless() {
      yield Buffer.alloc(10);
      await new Promise<void>((resolve) => {
        more = resolve;
      });
    }
    const running = decryption.decrypt(endless(), optionsFor('never'));
    const failure = expect(running).rejects.toThrow('has ended');
    await decryption.close();
    more();
    await failure;
  });
});
