import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';

/** A line of the audit trail's files. */
export interface ChainedLine {
  /** UUID of the chain that it belongs to. */
  readonly chain: string;
  /** 1, 2, …: without gaps. */
  readonly sequence: number;
  /** Hash of the line before, 64 hexadecimal digits; zeros for the first. */
  readonly previous: string;
  readonly record: object;
}

/** The end of a chain. */
export interface ChainHead {
  readonly chain: string;
  readonly sequence: number;
  /** Of the line of that number; zeros when there is none yet. */
  readonly hash: string;
}

const NO_HASH = '0'.repeat(64);

export function newChain(chain: string): ChainHead {
  return { chain, sequence: 0, hash: NO_HASH };
}

/**
 * Appends a record: `text` is its line without the newline. The hash is an HMAC-SHA-256 of the line under a key that
 * follows from the root key: who can write the file but has not that key cannot make another history.
 *
 * @param record JSON
 */
export function chainLine(
  key: KeyObject,
  { chain, sequence, hash }: ChainHead,
  record: string,
): { readonly text: string; readonly head: ChainHead } {
  const text = `{"chain":"${chain}","sequence":${sequence + 1},"previous":"${hash}","record":${record}}`;
  return { text, head: { chain, sequence: sequence + 1, hash: lineHash(key, text) } };
}

export function lineHash(key: KeyObject, text: string): string {
  return createHmac('sha256', key).update(text, 'utf8').digest('hex');
}

/** Undefined for what is no line of a chain. */
export function parseLine(text: string): ChainedLine | undefined {
  try {
    const { chain, sequence, previous, record } = JSON.parse(text) as Partial<ChainedLine>;
    const isWhole =
      typeof chain === 'string' &&
      Number.isSafeInteger(sequence) &&
      typeof previous === 'string' &&
      typeof record === 'object' &&
      record !== null;
    return isWhole ? { chain, sequence: Number(sequence), previous, record } : undefined;
  } catch {
    return undefined;
  }
}

/** Why a line does not follow on `head`, as words after its place; undefined when it does. */
export function linkFault(line: ChainedLine, head: ChainHead): string | undefined {
  if (line.chain !== head.chain) return `belongs to the chain ${line.chain}, not ${head.chain}`;
  if (line.sequence !== head.sequence + 1)
    return `has the number ${line.sequence} where ${head.sequence + 1} must follow`;
  return isSameHash(line.previous, head.hash)
    ? undefined
    : 'does not follow the line before it: one of them was altered';
}

export function isSameHash(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
