import type { KeyringNode } from '@aws-crypto/client-node';
import {
  aesKeyring,
  checkContext,
  checkLength,
  decryptionOptions,
  type EncryptionContext,
  encryptionOptions,
  messageClient,
  sealedMessageError,
} from './messages.ts';
import type { RootKey } from './root-key.ts';

/** Encrypts small secrets under the root key, each bound to a context: a secret put in another's place does not open. */
export class Sealer {
  readonly #keyring: KeyringNode;

  constructor(rootKey: RootKey) {
    this.#keyring = aesKeyring(rootKey.derive('sealing'), 'root-key');
  }

  /** @returns a message of the AWS Encryption SDK */
  seal(plaintext: Uint8Array, context: EncryptionContext): Promise<Buffer> {
    return sealUnder(this.#keyring, plaintext, context);
  }

  /** @throws SealedMessageError when `sealed` was altered, or made under another root key or context */
  unseal(sealed: Uint8Array, context: EncryptionContext): Promise<Buffer> {
    return unsealUnder(this.#keyring, sealed, context);
  }
}

/** Encrypts a few bytes under keys other than the root key. */
export async function sealUnder(
  keyring: KeyringNode,
  plaintext: Uint8Array,
  context: EncryptionContext,
): Promise<Buffer> {
  const { result } = await messageClient.encrypt(keyring, Buffer.from(plaintext), encryptionOptions(context));
  return result;
}

/** @throws SealedMessageError */
export async function unsealUnder(
  keyring: KeyringNode,
  sealed: Uint8Array,
  context: EncryptionContext,
): Promise<Buffer> {
  try {
    const message = Buffer.from(sealed);
    const { plaintext, messageHeader } = await messageClient.decrypt(keyring, message, decryptionOptions);
    checkContext(messageHeader, context);
    checkLength(messageHeader, plaintext.length, message.length);
    return plaintext;
  } catch (error) {
    throw sealedMessageError(error);
  }
}
