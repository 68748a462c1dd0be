import type { EncryptionContext } from './messages.ts';

/** What {@link FileDecryption} and its thread tell one another; `id` tells the files of one thread apart. */

export type FileOrder =
  | {
      readonly kind: 'begin';
      readonly id: number;
      readonly dataKey: Uint8Array;
      readonly context: EncryptionContext;
      /** Path of the file to be made. */
      readonly file: string;
      readonly mode: number;
    }
  /** Its memory goes with it. */
  | { readonly kind: 'chunk'; readonly id: number; readonly chunk: Uint8Array }
  | { readonly kind: 'end'; readonly id: number }
  /** Nothing more will come. */
  | { readonly kind: 'abandon'; readonly id: number };

export type FileNews =
  /** One more chunk has been read. */
  | { readonly kind: 'taken'; readonly id: number }
  | { readonly kind: 'done'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string; readonly isSealedMessageError: boolean };
