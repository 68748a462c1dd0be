import { randomUUID } from 'node:crypto';

/** What {@link ProgramStarter} and its helper tell one another. */

export interface Program {
  readonly file: string;
  readonly arguments: readonly string[];
  readonly directory: string;
  /** All of it: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
}

/** To the helper. */
export type Order =
  | { readonly kind: 'start'; readonly id: string; readonly program: Program }
  | { readonly kind: 'kill'; readonly id: string };

/** From the helper. */
export type News =
  | { readonly kind: 'ready' }
  | { readonly kind: 'started'; readonly id: string; readonly pid: number }
  | { readonly kind: 'ended'; readonly id: string; readonly status: number | null }
  | { readonly kind: 'failed'; readonly id: string; readonly message: string };

/** Standard input, output and error. */
export const STREAMS = [0, 1, 2] as const;

const ID_BYTES = randomUUID().length;
/** What a connection to the helper begins with: which program it is for, and as which stream. */
export const TOKEN_BYTES = ID_BYTES + 1;

export function tokenOf(id: string, stream: (typeof STREAMS)[number]): string {
  return `${id}${stream}`;
}

export function readToken(token: string): { readonly id: string; readonly stream: number } {
  return { id: token.slice(0, ID_BYTES), stream: Number(token.slice(ID_BYTES)) };
}
