import { createHash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { AccessCache } from '../../access/access-cache.ts';
import { type ConditionEntries, isDeniedExplicitly } from '../../access/authorization.ts';
import type { Database } from '../../storage/database/database.ts';
import type { Sealer } from '../../storage/encryption/sealing.ts';
import type { Call } from '../operation.ts';
import { type AwsManagedKeyAlias, ensureAwsManagedKey } from './aws-managed-keys.ts';
import { KeyAccessDeniedError, KeyDisabledError, KeyNotFoundError, KeyUnavailableError } from './key-errors.ts';
import { decryptUnderKey, encryptUnderKey } from './key-material.ts';
import { type FoundKey, findKey, keyConditions, parseKeyArn } from './keys.ts';

/** What a service does with a key on behalf of a caller. */
export interface KeyUseRequest {
  readonly keyArn: string;
  /** Bound to the data key: the same is needed to decrypt it. */
  readonly encryptionContext: Readonly<Record<string, string>>;
  /** codecommit.REGION.amazonaws.com */
  readonly viaService: string;
}

type KeyUseAction = 'kms:GenerateDataKey' | 'kms:Decrypt';

const DATA_KEY_BYTES = 32;
const CACHED_DATA_KEYS = 10_000;

/**
 * Keys as services use them for their callers. An AWS managed key needs no permission of the caller, as its key policy
 * allows everyone in the account through the service; an explicit deny in the caller's policies blocks: CodeCommit User
 * Guide, "AWS KMS and encryption". Policies and the state of the key are checked at every use.
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
   * Makes a data key of 32 bytes, in plaintext and encrypted under the key.
   *
   * @throws KeyAccessDeniedError, KeyNotFoundError, KeyDisabledError, KeyUnavailableError
   */
  async generateDataKey(call: Call, use: KeyUseRequest): Promise<{ plaintext: Buffer; ciphertext: Buffer }> {
    const { key_id: keyId } = await this.#usableKey(call, 'kms:GenerateDataKey', use);
    const plaintext = randomBytes(DATA_KEY_BYTES);
    const ciphertext = await encryptUnderKey(this.#database, this.#sealer, keyId, plaintext, use.encryptionContext);
    return { plaintext, ciphertext };
  }

  /**
   * @throws KeyAccessDeniedError, KeyNotFoundError, KeyDisabledError, KeyUnavailableError; SealedMessageError when the
   *   ciphertext was altered, or made under another key or encryption context
   */
  async decryptDataKey(call: Call, use: KeyUseRequest, ciphertext: Uint8Array): Promise<Buffer> {
    const { key_id: keyId } = await this.#usableKey(call, 'kms:Decrypt', use);
    return this.#decrypt(keyId, use.encryptionContext, ciphertext);
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

  async #decrypt(keyId: string, context: KeyUseRequest['encryptionContext'], ciphertext: Uint8Array): Promise<Buffer> {
    const cacheKey = fingerprint(keyId, context, ciphertext);
    const cached = this.#dataKeys.get(cacheKey);
    if (cached !== undefined) return Buffer.from(cached);
    const plaintext = await decryptUnderKey(this.#database, this.#sealer, keyId, ciphertext, context);
    this.#dataKeys.set(cacheKey, Buffer.from(plaintext));
    return plaintext;
  }

  async #usableKey(call: Call, action: KeyUseAction, use: KeyUseRequest): Promise<FoundKey> {
    const { keyArn } = use;
    const { principal, environment } = call;
    const named = requireKeyArn(keyArn);
    const key = await this.#find(keyArn);
    const context = [...keyConditions(principal.accountId, key), ...useConditions(use)];
    const resource = { arn: keyArn, accountId: named.accountId };
    if (
      named.accountId !== principal.accountId ||
      isDeniedExplicitly(principal, environment, action, resource, context)
    ) {
      throw new KeyAccessDeniedError(`${principal.arn} may not perform ${action} on ${keyArn}`);
    }
    return requireUsable(keyArn, key);
  }

  #find(keyArn: string): Promise<FoundKey | undefined> {
    const named = requireKeyArn(keyArn);
    return AccessCache.of(this.#database).read(`kms-key ${keyArn}`, () => findKey(this.#database, named, named.keyId));
  }
}

function requireKeyArn(keyArn: string) {
  const named = parseKeyArn(keyArn);
  if (named === undefined) throw new KeyNotFoundError(`Not the ARN of a key: ${keyArn}`);
  return named;
}

function requireUsable(keyArn: string, key: FoundKey | undefined): FoundKey {
  if (key === undefined) throw new KeyNotFoundError(`Key '${keyArn}' does not exist`);
  if (key.state === 'Disabled') throw new KeyDisabledError(`${keyArn} is disabled.`);
  if (key.state === 'PendingDeletion') throw new KeyUnavailableError(`${keyArn} is pending deletion.`);
  return key;
}

function useConditions({ encryptionContext, viaService }: KeyUseRequest): ConditionEntries {
  return [
    ['aws:ViaAWSService', 'true'],
    ['kms:ViaService', viaService],
    ['kms:EncryptionAlgorithm', 'SYMMETRIC_DEFAULT'],
    ['kms:EncryptionContextKeys', Object.keys(encryptionContext)],
    ...Object.entries(encryptionContext).map(([name, value]) => [`kms:EncryptionContext:${name}`, value] as const),
  ];
}

function fingerprint(keyId: string, context: KeyUseRequest['encryptionContext'], ciphertext: Uint8Array): string {
  return createHash('sha256')
    .update(JSON.stringify([keyId, Object.entries(context).sort()]))
    .update(ciphertext)
    .digest('base64');
}
