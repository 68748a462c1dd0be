import { Buffer } from 'node:buffer';
import {
  AlgorithmSuiteIdentifier,
  buildClient,
  CommitmentPolicy,
  type MessageHeader,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
} from '@aws-crypto/client-node';

/** What a message is bound to: names and values that must be the same when it is opened. Not secret. */
export type EncryptionContext = Readonly<Record<string, string>>;

export const FRAME_BYTES = 1024 * 1024;
const IV_BYTES = 12;
export const TAG_BYTES = 16;
/** Of each frame but the final one: sequence number, IV, content, tag. */
export const FULL_FRAME_BYTES = 4 + IV_BYTES + FRAME_BYTES + TAG_BYTES;
const COMMITMENT_BYTES = 32;

/** A message of the AWS Encryption SDK is damaged, cut short, or was made under another key or context. */
export class SealedMessageError extends Error {
  override readonly name = 'SealedMessageError';
}

/** Every message commits to its key, when written and when read. */
export const COMMITMENT_POLICY = CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT;
export const MAX_DATA_KEYS = 1;
/** No signature: writer and reader hold the same key, so a signature would prove nothing more. */
export const SUITE_ID = AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY;

export const messageClient = buildClient({
  commitmentPolicy: COMMITMENT_POLICY,
  maxEncryptedDataKeys: MAX_DATA_KEYS,
});

export function encryptionOptions(encryptionContext: EncryptionContext) {
  return {
    suiteId: SUITE_ID,
    encryptionContext,
    frameLength: FRAME_BYTES,
  };
}

/** Refuses to gather frames larger than those that {@link encryptionOptions} makes. */
export const decryptionOptions = { maxBodySize: FRAME_BYTES };

/** @param keyName tells keys apart; stands readable in each message */
export function aesKeyring(key: Uint8Array, keyName: string): RawAesKeyringNode {
  return new RawAesKeyringNode({
    keyNamespace: 'codekeep',
    keyName,
    unencryptedMasterKey: new Uint8Array(key),
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  });
}

/** @throws SealedMessageError unless the message was made for exactly this context */
export function checkContext(header: MessageHeader, expected: EncryptionContext): void {
  const found = header.encryptionContext;
  const names = Object.keys(expected);
  if (names.length !== Object.keys(found).length || names.some((name) => found[name] !== expected[name])) {
    throw new SealedMessageError('The encrypted message belongs to another encryption context');
  }
}

/**
 * The SDK stops reading at the end of the message and ignores what follows.
 *
 * @throws SealedMessageError when the message is longer than its content calls for
 */
export function checkLength(header: MessageHeader, plaintextBytes: number, messageBytes: number): void {
  const fullFrames = Math.floor(plaintextBytes / FRAME_BYTES);
  const expected =
    headerBytes(header) +
    fullFrames * FULL_FRAME_BYTES +
    (4 + 4 + IV_BYTES + 4 + (plaintextBytes % FRAME_BYTES) + TAG_BYTES);
  if (messageBytes !== expected) throw new SealedMessageError('The encrypted message is followed by other bytes');
}

/** Hides the many forms of the SDK's errors behind one; its own stays the cause. */
export function sealedMessageError(cause: unknown): SealedMessageError {
  if (cause instanceof SealedMessageError) return cause;
  return new SealedMessageError(
    `The encrypted message is damaged, cut short or made under another key: ${cause instanceof Error ? cause.message : cause}`,
    { cause },
  );
}

/** By the message format, version 2: https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html */
function headerBytes(header: MessageHeader): number {
  const context = Object.entries(header.encryptionContext);
  const contextBytes = context.reduce(
    (sum, [name, value]) => sum + 2 + Buffer.byteLength(name) + 2 + Buffer.byteLength(value),
    context.length === 0 ? 0 : 2,
  );
  const dataKeyBytes = header.encryptedDataKeys.reduce(
    (sum, { providerId, rawInfo, encryptedDataKey }) =>
      sum + 2 + Buffer.byteLength(providerId) + 2 + (rawInfo?.length ?? 0) + 2 + encryptedDataKey.length,
    2,
  );
  const versionSuiteAndId = 1 + 2 + 32;
  return versionSuiteAndId + 2 + contextBytes + dataKeyBytes + 1 + 4 + COMMITMENT_BYTES + TAG_BYTES;
}
