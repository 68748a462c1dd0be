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
  FULL_FRAME_BYTES,
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
      for await (const { pieces } of openFrames(message, reader, WHOLE)) yield* pieces;
    } finally {
      await reader.close();
    }
  };
}

/** Frames by their numbers, which begin with 1, up to the final one where `last` is missing. */
export interface FrameRange {
  readonly first: number;
  readonly last?: number;
}

const WHOLE: FrameRange = { first: 1 };

/** Divides the frames of a message of this length, so that several threads can decrypt it: one range where it is short. */
export function frameRanges(messageBytes: number, parts: number): FrameRange[] {
  const framesEach = Math.floor((messageBytes - HEADER_BYTES_MAXIMUM) / FULL_FRAME_BYTES / parts);
  if (framesEach < 1) return [WHOLE];
  return Array.from({ length: parts }, (_, part) => ({
    first: part * framesEach + 1,
    ...(part < parts - 1 && { last: (part + 1) * framesEach }),
  }));
}

/**
 * Some of the frames of a message that can be read from any position, each with the position of its content. When all of
 * its {@link frameRanges} have come to their ends, the message was right as {@link decryptContent} finds it.
 *
 * @param read the message from a position to its end
 */
export async function* decryptFrames(
  dataKey: Uint8Array,
  context: EncryptionContext,
  read: (position: number) => AsyncIterable<Uint8Array>,
  range: FrameRange,
): AsyncGenerator<OpenFrame> {
  const start = new ByteReader(read(0));
  const message = await openMessage(start, dataKey, context).finally(() => start.close());
  const reader = new ByteReader(read(message.headerBytes + (range.first - 1) * FULL_FRAME_BYTES));
  try {
    yield* openFrames(message, reader, range);
  } finally {
    await reader.close();
  }
}

interface OpenFrame {
  readonly position: number;
  readonly pieces: readonly Buffer[];
}

async function* openFrames(
  message: OpenMessage,
  reader: ByteReader,
  { first, last }: FrameRange,
): AsyncGenerator<OpenFrame> {
  try {
    for (let sequenceNumber = first, isLast = false; !isLast; sequenceNumber += 1) {
      const frame = message.frame(await reader.peek(FRAME_HEAD_BYTES), sequenceNumber);
      isLast = last === undefined ? frame.isFinalFrame : sequenceNumber === last;
      reader.skip(frame.readPos);
      const content = await reader.take(frame.contentLength);
      const pieces = message.open(frame, content, Buffer.concat(await reader.take(TAG_BYTES)));
      yield { position: (sequenceNumber - 1) * FRAME_BYTES, pieces };
      if (frame.isFinalFrame && last !== undefined) throw new SealedMessageError('The encrypted message is cut short');
    }
  } finally {
    message.dispose();
  }
  if (last === undefined && (await reader.peek(1)).length > 0) {
    throw new SealedMessageError('The encrypted message is followed by other bytes');
  }
}

type OpenMessage = Awaited<ReturnType<typeof openMessage>>;

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
    if (messageHeader.frameLength !== FRAME_BYTES) throw new Error('Its frames are of another length');
    return decipherOf;
  });
  return {
    headerBytes: rawHeader.length + headerAuth.headerAuthLength,
    frame: (head: Buffer, sequenceNumber: number): BodyHeader =>
      checked(() => {
        const frame = decodeBodyHeader(head, headerInfo, 0);
        if (frame === false) throw new Error('It is cut short');
        if (frame.sequenceNumber !== sequenceNumber) throw new Error('Its frames are out of order');
        return frame;
      }),
    /** All of a frame, once its tag has been found right. */
    open: (frame: BodyHeader, content: readonly Buffer[], tag: Buffer): readonly Buffer[] =>
      checked(() => {
        if (tag.length < TAG_BYTES) throw new Error('It is cut short');
        const decipher = getDecipher(frame.iv).setAAD(aadOf(messageId, frame)).setAuthTag(tag);
        const plaintext = content.map((piece) => decipher.update(piece));
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

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
