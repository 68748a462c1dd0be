import ssh2, { type AuthContext, type PublicKeyAuthContext } from 'ssh2';
import type { FoundSshKey, SshKeys } from '../../access/authentication/ssh-keys.ts';

/** A key that would do, or did: enough to ask again, at each command, whether it still counts. */
export interface CheckedKey {
  readonly keyId: string;
  /** The SSH form of the public key. */
  readonly key: Buffer;
  /** The client has signed with it, and not just asked whether it would do. */
  readonly proved: boolean;
}

/** Signatures of RSA keys with anything else, which is SHA-1, are refused. */
const RSA_HASHES = new Set(['sha256', 'sha512']);

/**
 * Whether a try to sign in succeeds: with an active key of the user whose key ID is the user name, and its signature. A
 * client may ask first, without a signature, whether a key would do: that is answered, but nobody is signed in by it.
 */
export async function checkPublicKey(keys: SshKeys, context: AuthContext): Promise<CheckedKey | undefined> {
  if (context.method !== 'publickey') return undefined;
  const { username: keyId, key } = context;
  const found = await keys.find(keyId, key.data);
  const usable = key.algo !== 'ssh-rsa' || RSA_HASHES.has(context.hashAlgo ?? '');
  if (found === undefined || !usable) return undefined;
  const proved = context.signature !== undefined;
  return !proved || isSigned(found, context) ? { keyId, key: key.data, proved } : undefined;
}

function isSigned({ publicKey }: FoundSshKey, { key, blob, signature, hashAlgo }: PublicKeyAuthContext): boolean {
  const parsed = ssh2.utils.parseKey(publicKey);
  if (parsed instanceof Error || parsed.type !== key.algo || blob === undefined || signature === undefined)
    return false;
  return parsed.verify(blob, signature, hashAlgo) === true;
}
