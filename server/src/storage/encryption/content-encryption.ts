import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import {
  getDecryptionHelper,
  getEncryptHelper,
  NodeAlgorithmSuite,
  NodeDefaultCryptographicMaterialsManager,
} from '@aws-crypto/client-node';
import {
  aadFactory,
  type BodyHeader,
  ContentType,
  decodeBodyHeader,
  deserializeFactory,
  serializeFactory,
  serializeMessageHeaderAuth,
} from '@aws-crypto/serialize';
import { ByteReader } from './byte-reader.ts';
import {
  aesKeyring,
  COMMITMENT_POLICY,
  checkContext,
  type EncryptionContext,
  FRAME_BYTES,
  MAX_DATA_KEYS,
  SealedMessageError,
  SUITE_ID,
  sealedMessageError,
  TAG_BYTES,
} from './messages.ts';

/*
 * Messages of the AWS Encryption SDK, composed of its own parts: its keys, ciphers, headers and their checks. Only the
 * loop over the frames is ours, because the SDK's streams take three times as long for it, and copy all content twice.
 */

const KEY_NAME = 'repository-data-key';
const MESSAGE_ID_BYTES = 32;
/** Enough for a header with a context as ours. */
const HEADER_BYTES = 1_024;
const HEADER_BYTES_MAXIMUM = 16 * 1_024;
/** Of the last frame, whose head is the longest: mark, sequence number, IV, length. */
const FRAME_HEAD_BYTES = 4 + 4 + 12 + 4;

/** What comes out of a cipher at once. Memory of this length is used again and again; that of a whole frame is fresh. */
const SLICE_BYTES = 64 * 1_024;

const toUtf8 = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const fromUtf8 = (text: string) => Buffer.from(text);
const serialize = serializeFactory(fromUtf8, { utf8Sorting: true });
const { deserializeMessageHeader } = deserializeFactory(toUtf8, NodeAlgorithmSuite);
const { messageAAD, messageAADContentString } = aadFactory(fromUtf8);

/** A step of a pipeline. */
type ContentTransform = (content: AsyncIterable<Uint8Array>) => AsyncGenerator<Buffer>;

/**
 * Plaintext in, a message of the AWS Encryption SDK out: committing AES-256-GCM in frames of 1 MiB, so that memory
 * stays flat whatever the length.
 *
 * @param dataKey 32 bytes
 * @param context stands readable in the message and is authenticated
 */
export function encryptContent(dataKey: Uint8Array, context: EncryptionContext): ContentTransform {
  return async function* (plaintext) {
    const message = await beginMessage(dataKey, context);
    try {
      yield* message.head;
      let held: Uint8Array[] = [];
      let length = 0;
      for await (const chunk of plaintext) {
        let rest = chunk;
        while (length + rest.length >= FRAME_BYTES) {
          const piece = rest.subarray(0, FRAME_BYTES - length);
          yield* message.frame([...held, piece], FRAME_BYTES, false);
          rest = rest.subarray(piece.length);
          held = [];
          length = 0;
        }
        if (rest.length > 0) held.push(rest);
        length += rest.length;
      }
      yield* message.frame(held, length, true);
    } finally {
      message.dispose();
    }
  };
}

async function beginMessage(dataKey: Uint8Array, encryptionContext: EncryptionContext) {
  const suite = new NodeAlgorithmSuite(SUITE_ID);
  const material = await new NodeDefaultCryptographicMaterialsManager(
    aesKeyring(dataKey, KEY_NAME),
  ).getEncryptionMaterials({ suite, encryptionContext, commitmentPolicy: COMMITMENT_POLICY });
  const messageId = randomBytes(MESSAGE_ID_BYTES);
  const { getCipherInfo, dispose } = getEncryptHelper(material);
  const { getCipher, keyCommitment } = getCipherInfo(messageId);
  const messageHeader = serialize.buildMessageHeader({
    suite,
    encryptionContext: material.encryptionContext,
    encryptedDataKeys: material.encryptedDataKeys,
    messageId,
    frameLength: FRAME_BYTES,
    suiteData: keyCommitment,
  });
  const header = bufferOf(serialize.serializeMessageHeader(messageHeader));
  const headerIv = serialize.headerAuthIv(suite.ivLength);
  const authentication = getCipher(headerIv).setAAD(header);
  authentication.final();
  const headerAuthTag = authentication.getAuthTag();
  let sequenceNumber = 0;
  return {
    head: [header, bufferOf(serializeMessageHeaderAuth({ headerIv, headerAuthTag, messageHeader }))],
    *frame(content: readonly Uint8Array[], length: number, isFinalFrame: boolean): Generator<Buffer> {
      sequenceNumber += 1;
      const iv = serialize.frameIv(suite.ivLength, sequenceNumber);
      yield bufferOf(
        isFinalFrame
          ? serialize.finalFrameHeader(sequenceNumber, iv, length)
          : serialize.frameHeader(sequenceNumber, iv),
      );
      const cipher = getCipher(iv).setAAD(aadOf(messageId, { sequenceNumber, isFinalFrame, contentLength: length }));
      for (const piece of content) yield cipher.update(bufferOf(piece));
      cipher.final();
      yield cipher.getAuthTag();
    },
    dispose,
  };
}

/**
 * The way back. Each frame comes out only after its authentication; the end comes only when the whole message has been
 * read and was right. Otherwise it throws a SealedMessageError: what came out before must be thrown away.
 */
export function decryptContent(dataKey: Uint8Array, context: EncryptionContext): ContentTransform {
  return async function* (encrypted) {
    const reader = new ByteReader(encrypted);
    try {
      const message = await openMessage(reader, dataKey, context);
      try {
        let isFinalFrame = false;
        for (let sequenceNumber = 1; !isFinalFrame; sequenceNumber += 1) {
          const frame = message.frame(await reader.peek(FRAME_HEAD_BYTES), sequenceNumber);
          reader.skip(frame.readPos);
          const content = await reader.take(frame.contentLength);
          yield* message.open(frame, content, Buffer.concat(await reader.take(TAG_BYTES)));
          ({ isFinalFrame } = frame);
        }
      } finally {
        message.dispose();
      }
      if ((await reader.peek(1)).length > 0) {
        throw new SealedMessageError('The encrypted message is followed by other bytes');
      }
    } finally {
      await reader.close();
    }
  };
}

async function openMessage(reader: ByteReader, dataKey: Uint8Array, context: EncryptionContext) {
  const headerInfo = await readHeader(reader);
  const { messageHeader, rawHeader, headerAuth, algorithmSuite } = headerInfo;
  const { messageId, encryptedDataKeys, encryptionContext } = messageHeader;
  const suite = new NodeAlgorithmSuite(algorithmSuite.id);
  const material = await new NodeDefaultCryptographicMaterialsManager(aesKeyring(dataKey, KEY_NAME))
    .decryptMaterials({ suite, encryptionContext, encryptedDataKeys })
    .catch((error: unknown) => {
      throw sealedMessageError(error);
    });
  const { getDecipherInfo, dispose } = getDecryptionHelper(material);
  const getDecipher = checked(() => {
    const decipherOf = getDecipherInfo(messageId, 'suiteData' in messageHeader ? messageHeader.suiteData : undefined);
    const authentication = decipherOf(headerAuth.headerIv).setAAD(bufferOf(rawHeader));
    authentication.setAuthTag(bufferOf(headerAuth.headerAuthTag)).final();
    checkContext(messageHeader, context);
    return decipherOf;
  });
  return {
    frame: (head: Buffer, sequenceNumber: number): BodyHeader =>
      checked(() => {
        const frame = decodeBodyHeader(head, headerInfo, 0);
        if (frame === false) throw new Error('It is cut short');
        if (frame.sequenceNumber !== sequenceNumber) throw new Error('Its frames are out of order');
        if (frame.contentLength > FRAME_BYTES) throw new Error('A frame is too long');
        return frame;
      }),
    /** All of a frame, once its tag has been found right. */
    open: (frame: BodyHeader, content: readonly Buffer[], tag: Buffer): readonly Buffer[] =>
      checked(() => {
        if (tag.length < TAG_BYTES) throw new Error('It is cut short');
        const decipher = getDecipher(frame.iv).setAAD(aadOf(messageId, frame)).setAuthTag(tag);
        const plaintext = Array.from(slicesOf(content), (slice) => decipher.update(slice));
        decipher.final();
        return plaintext;
      }),
    dispose,
  };
}

/** Passes over the header of a message. */
async function readHeader(reader: ByteReader) {
  for (let length = HEADER_BYTES; length <= HEADER_BYTES_MAXIMUM; length *= 2) {
    // Copied: it is needed for as long as the message, and the memory of a piece may be used again.
    const start = Buffer.from((await reader.peek(length)).subarray(0, length));
    const headerInfo = checked(() => deserializeMessageHeader(start, { maxEncryptedDataKeys: MAX_DATA_KEYS }));
    if (headerInfo !== false) {
      const { id } = headerInfo.algorithmSuite;
      if (id !== SUITE_ID) throw sealedMessageError(new Error(`It was made with another algorithm suite: ${id}`));
      reader.skip(headerInfo.rawHeader.length + headerInfo.headerAuth.headerAuthLength);
      return headerInfo;
    }
    if (start.length < length) break;
  }
  throw sealedMessageError(new Error('Its header is cut short'));
}

function aadOf(
  messageId: Uint8Array,
  {
    sequenceNumber,
    isFinalFrame,
    contentLength,
  }: Pick<BodyHeader, 'sequenceNumber' | 'isFinalFrame' | 'contentLength'>,
): Buffer {
  const kind = messageAADContentString({ contentType: ContentType.FRAMED_DATA, isFinalFrame });
  return bufferOf(messageAAD(messageId, kind, sequenceNumber, contentLength));
}

/** @throws SealedMessageError for whatever `step` throws */
function checked<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw sealedMessageError(error);
  }
}

function* slicesOf(content: readonly Uint8Array[]): Generator<Buffer> {
  for (const { buffer, byteOffset, byteLength } of content) {
    for (let start = 0; start < byteLength; start += SLICE_BYTES) {
      yield Buffer.from(buffer, byteOffset + start, Math.min(SLICE_BYTES, byteLength - start));
    }
  }
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
