import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Database } from '../../storage/database/database.ts';

/** SSHPublicKeyId of the IAM model; nothing else can be stored, and PostgreSQL refuses some of it. */
const SSH_PUBLIC_KEY_ID = /^\w{20,128}$/;
/** No stored key has such a line. */
const UNKNOWN_KEY = `unknown ${randomBytes(32).toString('base64')}`;

/** Whose key it is, and the key as one line of OpenSSH's form. */
export interface FoundSshKey {
  readonly userId: string;
  readonly publicKey: string;
}

/** SSH public keys of IAM users at sign-in. */
export class SshKeys {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * The user whose active key this is, under this ID. An ID that is not there takes the same steps as a key that is
   * not the one of the ID.
   *
   * @param key the SSH form of a public key, RFC 4253 section 6.6
   */
  async find(keyId: string, key: Uint8Array): Promise<FoundSshKey | undefined> {
    const row = SSH_PUBLIC_KEY_ID.test(keyId) ? await this.#read(keyId) : undefined;
    const stored = Buffer.from((row?.public_key ?? UNKNOWN_KEY).split(' ')[1] ?? '', 'base64');
    const matches = timingSafeEqual(digest(stored), digest(key));
    return matches && row?.status === 'Active' ? { userId: row.user_id, publicKey: row.public_key } : undefined;
  }

  /** Whether the user has this key, and it is active. */
  async isActive(keyId: string, userId: string): Promise<boolean> {
    const row = SSH_PUBLIC_KEY_ID.test(keyId) ? await this.#read(keyId) : undefined;
    return row?.status === 'Active' && row.user_id === userId;
  }

  #read(keyId: string) {
    return this.#database
      .selectFrom('ssh_public_keys')
      .select(['user_id', 'public_key', 'status'])
      .where('ssh_public_key_id', '=', keyId)
      .executeTakeFirst();
  }
}

function digest(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
