import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { AccessCache } from '../../access/access-cache.ts';
import { AccessDeniedError, authorize, type ConditionEntries } from '../../access/authorization.ts';
import type { Database } from '../../storage/database/database.ts';
import { SealedMessageError } from '../../storage/encryption/messages.ts';
import type { Sealer } from '../../storage/encryption/sealing.ts';
import type { Call } from '../operation.ts';
import { type AwsManagedKeyAlias, ensureAwsManagedKey } from './aws-managed-keys.ts';
import { decryptHeaderless, decryptUnderKey, encryptUnderKey, readCiphertextHeader } from './ciphertexts.ts';
import {
  KeyAccessDeniedError,
  KeyDisabledError,
  KeyInvalidUsageError,
  KeyNotFoundError,
  KeyUnavailableError,
} from './key-errors.ts';
import { allowsContext, grantsFor } from './key-grants.ts';
import type { KeyIdentifier } from './key-identifiers.ts';
import { keyResource, missingKeyResource } from './key-resources.ts';
import { encryptionConditions, type FoundKey, findAlias, findKey, keyArn, keyConditions, parseKeyArn } from './keys.ts';

/** What a service does with a key on behalf of a caller. */
export interface KeyUseRequest {
  readonly keyArn: string;
  /** Bound to the data key: the same is needed to decrypt it. */
  readonly encryptionContext: Readonly<Record<string, string>>;
  /** codecommit.REGION.amazonaws.com */
  readonly viaService: string;
}

type KeyUseAction = 'kms:GenerateDataKey' | 'kms:Decrypt' | 'kms:ReEncryptFrom' | 'kms:ReEncryptTo';

const DATA_KEY_BYTES = 32;
const CACHED_DATA_KEYS = 10_000;

/**
 * Keys as services use them for their callers. The policies of the key and of the caller, the grants and the state of the
 * key are checked at every use. The policy of an AWS managed key allows everyone in the account through the service, so
 * that nothing but an explicit deny stops them; with a customer managed key its policy must allow the caller, or leave
 * it to the caller's own policies: CodeCommit User Guide, "AWS KMS and encryption".
 */
export class KeyUse {
  readonly #database: Database;
  readonly #sealer: Sealer;
  /** Spares the cryptography of a use, never its checks. */
  readonly #dataKeys = new LRUCache<string, Buffer>({ max: CACHED_DATA_KEYS });

  constructor(database: Database, sealer: Sealer) {
    this.#database = database;
    this.#sealer = sealer;
  }

  /** @returns the ARN of the account's AWS managed key, which is made at its first use in a Region */
  ensureAwsManagedKey(accountId: string, region: string, alias: AwsManagedKeyAlias): Promise<string> {
    return ensureAwsManagedKey(this.#database, this.#sealer, { accountId, region }, alias);
  }

  /**
   * The ARN of the key that a request names; undefined where an alias leads nowhere. Whether there is such a key, and
   * who may use it, is asked at its use.
   */
  async arnOf(identifier: KeyIdentifier): Promise<string | undefined> {
    if ('keyId' in identifier) return keyArn(identifier, identifier.keyId);
    const keyId = await findAlias(this.#database, identifier, identifier.aliasName);
    return keyId === undefined ? undefined : keyArn(identifier, keyId);
  }

  /**
   * Makes a data key of 32 bytes, in plaintext and encrypted under the key.
   *
   * @throws KeyAccessDeniedError, KeyNotFoundError, KeyDisabledError, KeyUnavailableError, KeyInvalidUsageError
   */
  async generateDataKey(call: Call, use: KeyUseRequest): Promise<{ plaintext: Buffer; ciphertext: Buffer }> {
    const key = await this.#usableKey(call, 'kms:GenerateDataKey', use);
    const plaintext = randomBytes(DATA_KEY_BYTES);
    return { plaintext, ciphertext: await this.#encrypt(key, use, plaintext) };
  }

  /**
   * @throws KeyAccessDeniedError, KeyNotFoundError, KeyDisabledError, KeyUnavailableError, KeyInvalidUsageError;
   *   SealedMessageError when the ciphertext was altered, or made under another key or encryption context
   */
  async decryptDataKey(call: Call, use: KeyUseRequest, ciphertext: Uint8Array): Promise<Buffer> {
    const { key_id: keyId } = await this.#usableKey(call, 'kms:Decrypt', use);
    return this.#decrypt(keyId, use.encryptionContext, ciphertext);
  }

  /**
   * Whether {@link decryptDataKey} is allowed and possible now, without its cryptography.
   *
   * @throws KeyAccessDeniedError, KeyNotFoundError, KeyDisabledError, KeyUnavailableError, KeyInvalidUsageError
   */
  async requireDecrypt(call: Call, use: KeyUseRequest): Promise<void> {
    await this.#usableKey(call, 'kms:Decrypt', use);
  }

  /**
   * Encrypts a data key anew, under another key.
   *
   * @returns its new ciphertext
   * @throws as {@link decryptDataKey}, of either key
   */
  async reEncryptDataKey(call: Call, from: KeyUseRequest, ciphertext: Uint8Array, toKeyArn: string): Promise<Buffer> {
    const same = [['kms:ReEncryptOnSameKey', String(from.keyArn === toKeyArn)]] as const;
    const to = { ...from, keyArn: toKeyArn };
    const { key_id: sourceId } = await this.#usableKey(call, 'kms:ReEncryptFrom', from, same);
    const destination = await this.#usableKey(call, 'kms:ReEncryptTo', to, same);
    return this.#encrypt(destination, to, await this.#decrypt(sourceId, from.encryptionContext, ciphertext));
  }

  /**
   * The same for Codekeep's own upkeep, which no caller asks for: no policy has a say, but the state of the key has.
   *
   * @throws KeyNotFoundError, KeyDisabledError, KeyUnavailableError, SealedMessageError
   */
  async decryptDataKeyForUpkeep(
    { keyArn, encryptionContext }: Pick<KeyUseRequest, 'keyArn' | 'encryptionContext'>,
    ciphertext: Uint8Array,
  ): Promise<Buffer> {
    const key = requireUsable(keyArn, await this.#find(keyArn));
    return this.#decrypt(key.key_id, encryptionContext, ciphertext);
  }

  async #encrypt({ key_id: keyId }: FoundKey, use: KeyUseRequest, plaintext: Buffer): Promise<Buffer> {
    const sealed = await encryptUnderKey(this.#database, this.#sealer, keyId, plaintext, use.encryptionContext);
    return sealed.ciphertext;
  }

  async #decrypt(keyId: string, context: KeyUseRequest['encryptionContext'], ciphertext: Uint8Array): Promise<Buffer> {
    const cacheKey = cacheKeyOf(keyId, context, ciphertext);
    const cached = this.#dataKeys.get(cacheKey);
    if (cached !== undefined) return Buffer.from(cached);
    const plaintext = await this.#decryptAnew(keyId, context, ciphertext);
    this.#dataKeys.set(cacheKey, Buffer.from(plaintext));
    return plaintext;
  }

  async #decryptAnew(keyId: string, context: KeyUseRequest['encryptionContext'], ciphertext: Uint8Array) {
    const header = readCiphertextHeader(ciphertext);
    if (header === undefined) return decryptHeaderless(this.#database, this.#sealer, keyId, ciphertext, context);
    if (header.keyId !== keyId) throw new SealedMessageError('The data key was encrypted under another key');
    const { plaintext } = await decryptUnderKey(this.#database, this.#sealer, header, ciphertext, context);
    return plaintext;
  }

  async #usableKey(
    call: Call,
    action: KeyUseAction,
    use: KeyUseRequest,
    conditions: ConditionEntries = [],
  ): Promise<FoundKey> {
    const { principal, environment } = call;
    const key = await this.#find(use.keyArn);
    const context = [...keyConditions(principal.accountId, key), ...useConditions(use), ...conditions];
    try {
      authorize(principal, environment, action, await this.#resource(call, use, key), context);
    } catch (error) {
      if (!(error instanceof AccessDeniedError)) throw error;
      throw new KeyAccessDeniedError(use.keyArn, error.message, { isAwsManaged: key?.manager === 'AWS' });
    }
    return requireUsable(use.keyArn, key);
  }

  async #resource({ principal }: Call, { keyArn: arn, encryptionContext }: KeyUseRequest, key: FoundKey | undefined) {
    if (key === undefined) return missingKeyResource(arn, requireKeyArn(arn).accountId, principal.accountId);
    if (!key.hasGrants) return keyResource(key, []);
    const grants = await AccessCache.of(this.#database).read(
      `kms-grants ${arn} ${principal.arn} ${principal.userId}`,
      () => grantsFor(this.#database, key.key_id, principal),
    );
    return keyResource(
      key,
      grants.filter((grant) => allowsContext(grant, encryptionContext)),
    );
  }

  #find(keyArn: string): Promise<FoundKey | undefined> {
    const named = requireKeyArn(keyArn);
    return AccessCache.of(this.#database).read(`kms-key ${keyArn}`, () => findKey(this.#database, named, named.keyId));
  }
}

function requireKeyArn(keyArn: string) {
  const named = parseKeyArn(keyArn);
  if (named === undefined) throw new KeyNotFoundError(keyArn, `Not the ARN of a key: ${keyArn}`);
  return named;
}

function requireUsable(keyArn: string, key: FoundKey | undefined): FoundKey {
  if (key === undefined) throw new KeyNotFoundError(keyArn, `Key '${keyArn}' does not exist`);
  if (key.state === 'Disabled') throw new KeyDisabledError(keyArn, `${keyArn} is disabled.`);
  if (key.state === 'PendingDeletion') throw new KeyUnavailableError(keyArn, `${keyArn} is pending deletion.`);
  if (key.key_spec !== 'SYMMETRIC_DEFAULT')
    throw new KeyInvalidUsageError(keyArn, `${keyArn} is no symmetric encryption key.`);
  return key;
}

function useConditions({ encryptionContext, viaService }: KeyUseRequest): ConditionEntries {
  return [
    ['aws:ViaAWSService', 'true'],
    ['kms:ViaService', viaService],
    ...encryptionConditions(encryptionContext, 'SYMMETRIC_DEFAULT'),
  ];
}

function cacheKeyOf(keyId: string, context: KeyUseRequest['encryptionContext'], ciphertext: Uint8Array): string {
  const entries = Object.entries(context).sort();
  return JSON.stringify([keyId, entries, Buffer.from(ciphertext).toString('base64')]);
}
