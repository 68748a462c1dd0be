import type { EncryptionContext } from './messages.ts';

/** What {@link FileCipher} and its thread tell one another; `id` tells the files of one thread apart. */

export interface FileOrder {
  readonly id: number;
  readonly kind: 'encrypt' | 'decrypt';
  /** Path of the file to be read. */
  readonly source: string;
  readonly dataKey: Uint8Array;
  readonly context: EncryptionContext;
  /** Path of the file to be made. */
  readonly file: string;
  readonly mode: number;
}

export type FileNews =
  | { readonly kind: 'done'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string; readonly isSealedMessageError: boolean };
