import { createSecretKey, hkdfSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { type FileHandle, link, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { flushFolder, isSystemError, withFile, writeFlushed } from '../durability.ts';
import { makePrivateFolder } from '../folders.ts';

const KEY_BYTES = 32;
const BASE64_OF_32_BYTES = /^[A-Za-z0-9+/]{43}=$/;
const OTHERS_PERMISSIONS = 0o077;

/** The root key cannot be used; the message says why and what to do, and nothing of the key. */
export class RootKeyError extends Error {
  override readonly name = 'RootKeyError';
}

/**
 * The key that every secret at rest hangs from. It never leaves this object: keys for a purpose are derived from it,
 * and printing it shows nothing.
 */
export class RootKey {
  readonly #key: KeyObject;

  private constructor(key: Buffer) {
    this.#key = createSecretKey(key);
    key.fill(0);
  }

  /**
   * Reads the key from a file of base64 text; makes the file (mode 0600, flushed to disk) where there is none.
   *
   * @throws RootKeyError when others than the owner may use the file, or it holds anything but 32 bytes in base64
   */
  static async fromFile(path: string): Promise<RootKey> {
    const text = (await readKeyFile(path)) ?? (await createKeyFile(path));
    return RootKey.#parse(text, `The root key file ${path}`);
  }

  /** @throws RootKeyError when `text` is anything but 32 bytes in base64 */
  static fromBase64(text: string): RootKey {
    return RootKey.#parse(text, 'The root key');
  }

  static #parse(text: string, origin: string): RootKey {
    const trimmed = text.trim();
    if (!BASE64_OF_32_BYTES.test(trimmed)) {
      throw new RootKeyError(`${origin} must be ${KEY_BYTES} bytes in base64, as \`openssl rand -base64 32\` prints`);
    }
    return new RootKey(Buffer.from(trimmed, 'base64'));
  }

  /** A key of 32 bytes for one purpose: HKDF with SHA-256 (RFC 5869), the purpose in its info. */
  derive(purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#key, '', `codekeep ${purpose}`, KEY_BYTES));
  }
}

async function readKeyFile(path: string): Promise<string | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
  return withFile(file, async () => {
    const { mode } = await file.stat();
    if ((mode & OTHERS_PERMISSIONS) !== 0) {
      const octal = (mode & 0o777).toString(8).padStart(4, '0');
      throw new RootKeyError(
        `Others than its owner may use the root key file ${path} (mode ${octal}): run \`chmod 600\` on it`,
      );
    }
    return file.readFile('utf8');
  });
}

/** The file appears whole or not at all, and the first of several processes wins. */
async function createKeyFile(path: string): Promise<string> {
  const folder = dirname(path);
  makePrivateFolder(folder);
  const temporary = `${path}.${randomUUID()}.tmp`;
  const text = `${randomBytes(KEY_BYTES).toString('base64')}\n`;
  try {
    await writeFlushed(temporary, text, 0o600);
    await link(temporary, path);
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
    const existing = await readKeyFile(path);
    if (existing === undefined) throw error;
    return existing;
  } finally {
    await rm(temporary, { force: true });
  }
  await flushFolder(folder);
  return text;
}
