import { randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
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

/** A file of `content`, encrypted, and what is to become of it. */
async function orderFor(name: string, content: Buffer, alter: (message: Buffer) => void = () => {}) {
  const message = await buffer(encryptContent(dataKey, context)(Readable.from([content])));
  alter(message);
  const source = join(folder.path, `${name}.encrypted`);
  await writeFile(source, message);
  return { source, dataKey, context, file: join(folder.path, name), mode: 0o400 };
}

describe('FileDecryption', () => {
  it('makes several files at once, each whole and of its mode', async () => {
    const contents = [0, 1, MIB, 20 * MIB + 7].map((length) => randomBytes(length));
    const orders = await Promise.all(contents.map((content, index) => orderFor(`${index}`, content)));
    await Promise.all(orders.map((order) => decryption.decrypt(order)));
    for (const [index, content] of contents.entries()) {
      expect((await readFile(join(folder.path, `${index}`))).equals(content)).toBe(true);
      expect((await stat(join(folder.path, `${index}`))).mode & 0o777).toBe(0o400);
    }
  });

  it('lets a short file pass a long one', async () => {
    const long = await orderFor('long', randomBytes(64 * MIB));
    const short = await orderFor('short', randomBytes(5));
    const ended: string[] = [];
    await Promise.all(
      [long, short].map((order) => decryption.decrypt(order).then(() => ended.push(basename(order.file)))),
    );
    expect(ended).toEqual(['short', 'long']);
  });

  it('fails with a SealedMessageError for what was altered, and goes on with other files', async () => {
    const altered = await orderFor('altered', randomBytes(3 * MIB), (message) => {
      message.writeUInt8(message.readUInt8(2 * MIB) ^ 1, 2 * MIB);
    });
    await expect(decryption.decrypt(altered)).rejects.toThrow(SealedMessageError);
    await decryption.decrypt(await orderFor('sound', randomBytes(5)));
    expect((await stat(join(folder.path, 'sound'))).size).toBe(5);
  });

  it('fails where there is no source, and where the file cannot be made', async () => {
    const order = await orderFor('x', randomBytes(20 * MIB));
    const nowhere = join(folder.path, 'no-such-folder', 'x');
    await expect(decryption.decrypt({ ...order, source: nowhere })).rejects.toThrow('ENOENT');
    await expect(decryption.decrypt({ ...order, file: nowhere })).rejects.toThrow('ENOENT');
  });

  it('fails what runs when it is closed, and begins anew', async () => {
    const order = await orderFor('long', randomBytes(64 * MIB));
    const failure = expect(decryption.decrypt(order)).rejects.toThrow('has ended');
    await decryption.close();
    await failure;
    await decryption.decrypt({ ...order, file: join(folder.path, 'again') });
    expect((await stat(join(folder.path, 'again'))).size).toBe(64 * MIB);
  });
});
