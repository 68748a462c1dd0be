import { randomBytes } from 'node:crypto';
import { access, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../../../test/harness/temporary-folders.ts';
import { decryptContent, encryptContent } from './content-encryption.ts';
import { FileCipher } from './file-cipher.ts';
import { SealedMessageError } from './messages.ts';

const MIB = 1024 * 1024;
const dataKey = randomBytes(32);
const context = { file: 'pack' };

let folder: TemporaryFolder;
let cipher: FileCipher;
beforeEach(async () => {
  folder = await temporaryFolder('file-cipher');
  cipher = new FileCipher();
});
afterEach(async () => {
  await cipher.close();
  await folder.remove();
});

/** A file of `content`, encrypted, and what is to become of it. */
async function orderFor(name: string, content: Buffer, alter: (message: Buffer) => void = () => {}) {
  const message = await buffer(encryptContent(dataKey, context)(Readable.from([content])));
  alter(message);
  const source = join(folder.path, `${name}.encrypted`);
  await writeFile(source, message);
  return { source, dataKey, context, file: join(folder.path, name), mode: 0o400 };
}

describe('FileCipher', () => {
  it('makes several files at once, each whole and of its mode', async () => {
    const contents = [0, 1, MIB, 20 * MIB + 7].map((length) => randomBytes(length));
    const orders = await Promise.all(contents.map((content, index) => orderFor(`${index}`, content)));
    await Promise.all(orders.map((order) => cipher.decrypt(order)));
    for (const [index, content] of contents.entries()) {
      expect((await readFile(join(folder.path, `${index}`))).equals(content)).toBe(true);
      expect((await stat(join(folder.path, `${index}`))).mode & 0o777).toBe(0o400);
    }
  });

  it('encrypts what it decrypts again, and what streams decrypt', async () => {
    for (const length of [0, 1, MIB, 12 * MIB + 5]) {
      const content = randomBytes(length);
      const [plain, sealed, again] = ['plain', 'sealed', 'again'].map((name) =>
        join(folder.path, `${name}-${length}`),
      ) as [string, string, string];
      await writeFile(plain, content);
      await cipher.encrypt({ source: plain, dataKey, context, file: sealed, mode: 0o600 });
      expect((await stat(sealed)).mode & 0o777).toBe(0o600);
      const message = await readFile(sealed);
      expect((await buffer(decryptContent(dataKey, context)(Readable.from([message])))).equals(content)).toBe(true);
      await cipher.decrypt({ source: sealed, dataKey, context, file: again, mode: 0o400 });
      expect((await readFile(again)).equals(content)).toBe(true);
    }
  });

  it('never encrypts into a file that is there', async () => {
    const order = await orderFor('x', randomBytes(10));
    await expect(cipher.encrypt({ ...order, file: order.source })).rejects.toThrow('EEXIST');
  });

  it('lets a short file pass a long one', async () => {
    const long = await orderFor('long', randomBytes(64 * MIB));
    const short = await orderFor('short', randomBytes(5));
    const ended: string[] = [];
    await Promise.all([long, short].map((order) => cipher.decrypt(order).then(() => ended.push(basename(order.file)))));
    expect(ended).toEqual(['short', 'long']);
  });

  it.each([2, 30])(
    'fails with a SealedMessageError for what was altered after %i MiB, and goes on',
    async (mebibytes) => {
      const position = mebibytes * MIB;
      const altered = await orderFor('altered', randomBytes(32 * MIB), (message) => {
        message.writeUInt8(message.readUInt8(position) ^ 1, position);
      });
      await expect(cipher.decrypt(altered)).rejects.toThrow(SealedMessageError);
      await cipher.decrypt(await orderFor('sound', randomBytes(5)));
      expect((await stat(join(folder.path, 'sound'))).size).toBe(5);
    },
  );

  it('fails where there is no source, and where the file cannot be made', async () => {
    const order = await orderFor('x', randomBytes(20 * MIB));
    const nowhere = join(folder.path, 'no-such-folder', 'x');
    await expect(cipher.decrypt({ ...order, source: nowhere })).rejects.toThrow('ENOENT');
    await expect(cipher.decrypt({ ...order, file: nowhere })).rejects.toThrow('ENOENT');
  });

  it('fails what runs when it is closed, and begins anew', async () => {
    const order = await orderFor('long', randomBytes(64 * MIB));
    const failure = expect(cipher.decrypt(order)).rejects.toThrow('has ended');
    await vi.waitFor(() => access(order.file), { interval: 1 });
    await cipher.close();
    await failure;
    await cipher.decrypt({ ...order, file: join(folder.path, 'again') });
    expect((await stat(join(folder.path, 'again'))).size).toBe(64 * MIB);
  });
});
