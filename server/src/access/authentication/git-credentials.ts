import { createHmac, createSecretKey, hash, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Database } from '../../storage/database/database.ts';
import { preparedQuery } from '../../storage/database/prepared-query.ts';
import type { ServiceSpecificCredentialRow } from '../../storage/database/schema.ts';
import type { RootKey } from '../../storage/encryption/root-key.ts';
import { AccessCache } from '../access-cache.ts';

const HASH_BYTES = 32;
/** serviceUserName of the IAM model; nothing else can be stored, and PostgreSQL refuses some of it. */
const SERVICE_USER_NAME = /^[\w+=,.@-]{1,200}$/;

type StoredCredential = Pick<ServiceSpecificCredentialRow, 'user_id' | 'password_hash' | 'status'>;

/**
 * Git credentials (service-specific credentials) at sign-in. Their passwords have 256 random bits, so a keyed hash is
 * enough to keep them: nothing can be guessed from it, and without the root key nothing can be compared with it.
 */
export class GitCredentials {
  readonly #database: Database;
  readonly #hashKey: KeyObject;
  /** Compared with when the user name is unknown, so that this costs the same. */
  readonly #unknownHash = randomBytes(HASH_BYTES);
  /** What the password that a credential has been found to have comes to by {@link #quickHash}, in a tenth of the time. */
  readonly #verified = new WeakMap<StoredCredential, Buffer>();
  readonly #quickHashKey = randomBytes(HASH_BYTES).toString('base64');

  constructor(database: Database, rootKey: RootKey) {
    this.#database = database;
    // As bytes, it would be imported anew for each hash.
    this.#hashKey = createSecretKey(rootKey.derive('git-credential-password'));
  }

  /** HMAC-SHA-256 of the password, 32 bytes. */
  hash(password: string): Buffer {
    return createHmac('sha256', this.#hashKey).update(password, 'utf8').digest();
  }

  /**
   * The ID of the user whose active credential this is, else undefined. Looks up the name that the credential was made
   * with, which a rename of the user does not change.
   */
  async authenticate(userName: string, password: string): Promise<string | undefined> {
    const credential = SERVICE_USER_NAME.test(userName) ? await this.#find(userName) : undefined;
    const matches = this.#isVerified(credential, password) || this.#verify(credential, password);
    return matches && credential?.status === 'Active' ? credential.user_id : undefined;
  }

  #isVerified(credential: StoredCredential | undefined, password: string): boolean {
    const verified = credential === undefined ? undefined : this.#verified.get(credential);
    return timingSafeEqual(this.#quickHash(password), verified ?? this.#unknownHash);
  }

  #verify(credential: StoredCredential | undefined, password: string): boolean {
    const matches = timingSafeEqual(this.hash(password), credential?.password_hash ?? this.#unknownHash);
    if (matches && credential !== undefined) this.#verified.set(credential, this.#quickHash(password));
    return matches;
  }

  #quickHash(password: string): Buffer {
    return hash('sha256', this.#quickHashKey + password, 'buffer');
  }

  #find(serviceUserName: string): Promise<StoredCredential | undefined> {
    return AccessCache.of(this.#database).read(`git-credential ${serviceUserName}`, async () => {
      const [credential] = await credentialsOfName(this.#database, { serviceUserName });
      return credential;
    });
  }
}

const credentialsOfName = preparedQuery(['serviceUserName'], (database, { serviceUserName }) =>
  database
    .selectFrom('service_specific_credentials')
    .select(['user_id', 'password_hash', 'status'])
    .where('service_user_name', '=', serviceUserName),
);
