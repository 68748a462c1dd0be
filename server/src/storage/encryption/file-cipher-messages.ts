import type { FrameRange } from './content-encryption.ts';
import type { EncryptionContext } from './messages.ts';

/** What {@link FileCipher} and its threads tell one another; `id` tells the orders apart. */

export interface FileOrder {
  readonly id: number;
  /** To encrypt all of the source, or to decrypt some of its frames. */
  readonly work: 'encrypt' | FrameRange;
  /** Path of the file to be read. */
  readonly source: string;
  readonly dataKey: Uint8Array;
  readonly context: EncryptionContext;
  /** Descriptor of the file to be written, which all threads share. */
  readonly descriptor: number;
}

export type FileNews =
  | { readonly kind: 'done'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string; readonly isSealedMessageError: boolean };
