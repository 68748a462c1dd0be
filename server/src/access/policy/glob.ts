import type { Effort } from './evaluation-effort.ts';

/** `*`: any run of characters, of `/` and `:` too. */
export const ANY_RUN = Symbol('*');
/** `?`: any one character. */
export const ANY_CHARACTER = Symbol('?');

/** A piece of a pattern: literal text, which may hold `*` and `?` of its own, or a wildcard. */
export type GlobPart = string | typeof ANY_RUN | typeof ANY_CHARACTER;

export type Glob = (text: string, effort: Effort) => boolean;

/** What stands between two runs, literal text and `?`. */
interface Segment {
  /** The end of a match that begins at `start`; -1 when none does. */
  matchAt(text: string, start: number, effort: Effort): number;
  /** The start of a match that ends at `end`; -1 when none does. */
  matchBefore(text: string, end: number, effort: Effort): number;
  /** The end of the first match at or after `start`; -1 when there is none. */
  find(text: string, start: number, effort: Effort): number;
}

/**
 * A matcher of whole texts, case-sensitive. Each comparison of two characters is one step of the effort.
 * Without `?` it takes at most twice the text's length and once the pattern's, for any number of runs. With `?` it may
 * take the product of both, which the effort's own limit ends.
 */
export function compileGlob(parts: readonly GlobPart[]): Glob {
  if (parts.every((part) => typeof part === 'string')) {
    const literal = parts.join('');
    return (text) => text === literal;
  }
  const [first, second] = parts;
  if (parts.length === 1 && first === ANY_RUN) return () => true;
  if (parts.length === 2 && typeof first === 'string' && second === ANY_RUN) return (text) => text.startsWith(first);
  const segments = segmentsOf(parts);
  const [head, ...others] = segments;
  const tail = others.pop();
  if (head === undefined) return (text) => text === '';
  if (tail === undefined) return (text, effort) => head.matchAt(text, 0, effort) === text.length;
  return (text, effort) => matches({ head, middle: others, tail }, text, effort);
}

interface Pattern {
  readonly head: Segment;
  readonly middle: readonly Segment[];
  readonly tail: Segment;
}

/** The first match of each segment leaves the most room for those after it, so nothing is ever tried twice. */
function matches({ head, middle, tail }: Pattern, text: string, effort: Effort): boolean {
  let position = head.matchAt(text, 0, effort);
  if (position === -1) return false;
  const end = tail.matchBefore(text, text.length, effort);
  for (const segment of middle) {
    position = segment.find(text, position, effort);
    if (position === -1) return false;
  }
  return position <= end;
}

function segmentsOf(parts: readonly GlobPart[]): Segment[] {
  const pieces: (readonly Exclude<GlobPart, typeof ANY_RUN>[])[] = [];
  let piece: Exclude<GlobPart, typeof ANY_RUN>[] = [];
  let follows = false;
  for (const part of parts) {
    if (part !== ANY_RUN) piece.push(part);
    // Runs side by side are one.
    else if (!follows || piece.length > 0) {
      pieces.push(piece);
      piece = [];
    }
    follows = part === ANY_RUN;
  }
  pieces.push(piece);
  return pieces.map((segment) =>
    segment.includes(ANY_CHARACTER) ? new WildSegment(segment) : new LiteralSegment(segment.join('')),
  );
}

/** Searched by the algorithm of Knuth, Morris and Pratt, which never goes back in the text. */
class LiteralSegment implements Segment {
  readonly #literal: string;
  /** For each length of a matched prefix, the longest shorter prefix that ends there too. */
  #borders: Uint32Array | undefined;

  constructor(literal: string) {
    this.#literal = literal;
  }

  matchAt(text: string, start: number, effort: Effort): number {
    effort.spend(this.#literal.length);
    return text.startsWith(this.#literal, start) ? start + this.#literal.length : -1;
  }

  matchBefore(text: string, end: number, effort: Effort): number {
    effort.spend(this.#literal.length);
    return text.endsWith(this.#literal, end) ? end - this.#literal.length : -1;
  }

  find(text: string, start: number, effort: Effort): number {
    const literal = this.#literal;
    this.#borders ??= bordersOf(literal);
    let matched = 0;
    let comparisons = 0;
    let position = start;
    while (matched < literal.length && position < text.length) {
      comparisons++;
      if (text.charCodeAt(position) === literal.charCodeAt(matched)) {
        position++;
        matched++;
      } else if (matched === 0) position++;
      else matched = this.#borders[matched] ?? 0;
    }
    effort.spend(comparisons);
    return matched === literal.length ? position : -1;
  }
}

function bordersOf(literal: string): Uint32Array {
  const borders = new Uint32Array(literal.length + 1);
  let border = 0;
  for (let length = 2; length <= literal.length; length++) {
    while (border > 0 && literal.charCodeAt(length - 1) !== literal.charCodeAt(border)) border = borders[border] ?? 0;
    if (literal.charCodeAt(length - 1) === literal.charCodeAt(border)) border++;
    borders[length] = border;
  }
  return borders;
}

const CHARACTER_TOKEN = -1;

/** Tried at each place of the text. */
class WildSegment implements Segment {
  /** UTF-16 code units, with a negative number for each `?`, so that literal question marks stay literal. */
  readonly #tokens: Int32Array;

  constructor(parts: readonly Exclude<GlobPart, typeof ANY_RUN>[]) {
    this.#tokens = Int32Array.from(parts.flatMap(tokensOf));
  }

  matchAt(text: string, start: number, effort: Effort): number {
    let position = start;
    let token = 0;
    while (token < this.#tokens.length && position < text.length) {
      const wanted = this.#tokens[token];
      if (wanted === CHARACTER_TOKEN) position += isPair(text, position) ? 2 : 1;
      else if (wanted === text.charCodeAt(position)) position++;
      else break;
      token++;
    }
    effort.spend(token + 1);
    return token === this.#tokens.length ? position : -1;
  }

  matchBefore(text: string, end: number, effort: Effort): number {
    let position = end;
    let token = this.#tokens.length;
    while (token > 0 && position > 0) {
      const wanted = this.#tokens[token - 1];
      if (wanted === CHARACTER_TOKEN) position -= position > 1 && isPair(text, position - 2) ? 2 : 1;
      else if (wanted === text.charCodeAt(position - 1)) position--;
      else break;
      token--;
    }
    effort.spend(this.#tokens.length - token + 1);
    return token === 0 ? position : -1;
  }

  find(text: string, start: number, effort: Effort): number {
    for (let position = start; position <= text.length; position++) {
      const end = this.matchAt(text, position, effort);
      if (end !== -1) return end;
    }
    return -1;
  }
}

function tokensOf(part: Exclude<GlobPart, typeof ANY_RUN>): number[] {
  if (part === ANY_CHARACTER) return [CHARACTER_TOKEN];
  return Array.from({ length: part.length }, (_, index) => part.charCodeAt(index));
}

/** One character of two UTF-16 code units. */
function isPair(text: string, position: number): boolean {
  return (text.codePointAt(position) ?? 0) > 0xffff;
}
