import { constants, createPrivateKey, createPublicKey, privateDecrypt, publicEncrypt } from 'node:crypto';
import { invalidCiphertext, validationException } from './errors.ts';
import { keyShape } from './key-specs.ts';

/** The hash of OAEP and of its mask, by algorithm. */
const hashes: Readonly<Record<string, { readonly name: string; readonly bytes: number }>> = {
  RSAES_OAEP_SHA_1: { name: 'sha1', bytes: 20 },
  RSAES_OAEP_SHA_256: { name: 'sha256', bytes: 32 },
};

/**
 * @param publicKey SubjectPublicKeyInfo (DER)
 * @throws ValidationException for more than OAEP can take: RFC 8017, section 7.1.1
 */
export function encryptRsa(publicKey: Buffer, keySpec: string, algorithm: string, plaintext: Uint8Array): Buffer {
  const { name, bytes } = hashOf(algorithm);
  const shape = keyShape(keySpec);
  const maximum = shape.type === 'rsa' ? shape.bits / 8 - 2 * bytes - 2 : 0;
  if (plaintext.length > maximum) {
    throw validationException(
      `Algorithm ${algorithm} and key spec ${keySpec} cannot encrypt data larger than ${maximum} bytes.`,
    );
  }
  const key = createPublicKey({ key: publicKey, type: 'spki', format: 'der' });
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: name }, plaintext);
}

/**
 * @param privateKey PKCS #8 (DER)
 * @throws InvalidCiphertextException
 */
export function decryptRsa(privateKey: Buffer, algorithm: string, ciphertext: Uint8Array): Buffer {
  const key = createPrivateKey({ key: privateKey, type: 'pkcs8', format: 'der' });
  const { name } = hashOf(algorithm);
  try {
    return privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: name }, ciphertext);
  } catch {
    throw invalidCiphertext();
  }
}

function hashOf(algorithm: string) {
  const hash = hashes[algorithm];
  if (hash === undefined) throw new Error(`${algorithm} is no algorithm of RSA encryption`);
  return hash;
}
