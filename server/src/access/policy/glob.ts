/** `*`: any run of characters, of `/` and `:` too. */
export const ANY_RUN = Symbol('*');
/** `?`: any one character. */
export const ANY_CHARACTER = Symbol('?');

/** A piece of a pattern: literal text, which may hold `*` and `?` of its own, or a wildcard. */
export type GlobPart = string | typeof ANY_RUN | typeof ANY_CHARACTER;

export type Glob = (text: string) => boolean;

/** A matcher of whole texts, case-sensitive. Takes at most the product of both lengths, whatever the pattern. */
export function compileGlob(parts: readonly GlobPart[]): Glob {
  if (parts.every((part) => typeof part === 'string')) {
    const literal = parts.join('');
    return (text) => text === literal;
  }
  const [first, second] = parts;
  if (parts.length === 1 && first === ANY_RUN) return () => true;
  if (parts.length === 2 && typeof first === 'string' && second === ANY_RUN) return (text) => text.startsWith(first);
  const tokens = tokenize(parts);
  return (text) => matches(tokens, text);
}

const RUN_TOKEN = -1;
const CHARACTER_TOKEN = -2;

/** UTF-16 code units, with negative numbers for the wildcards, so that literal stars stay literal. */
function tokenize(parts: readonly GlobPart[]): Int32Array {
  const length = parts.reduce((sum, part) => sum + (typeof part === 'string' ? part.length : 1), 0);
  const tokens = new Int32Array(length);
  let next = 0;
  for (const part of parts) {
    if (part === ANY_RUN) tokens[next++] = RUN_TOKEN;
    else if (part === ANY_CHARACTER) tokens[next++] = CHARACTER_TOKEN;
    else for (let index = 0; index < part.length; index++) tokens[next++] = part.charCodeAt(index);
  }
  return tokens;
}

/** Two pointers: on a mismatch only the last run grows, which is enough, so nothing is ever tried twice over. */
function matches(tokens: Int32Array, text: string): boolean {
  let token = 0;
  let position = 0;
  let runToken = -1;
  let runEnd = 0;
  while (position < text.length) {
    const wanted = tokens[token];
    if (wanted === RUN_TOKEN) {
      runToken = token++;
      runEnd = position;
    } else if (wanted === CHARACTER_TOKEN) {
      position += characterLength(text, position);
      token++;
    } else if (wanted === text.charCodeAt(position)) {
      position++;
      token++;
    } else if (runToken === -1) {
      return false;
    } else {
      token = runToken + 1;
      position = ++runEnd;
    }
  }
  while (tokens[token] === RUN_TOKEN) token++;
  return token === tokens.length;
}

function characterLength(text: string, position: number): 1 | 2 {
  return (text.codePointAt(position) ?? 0) > 0xffff ? 2 : 1;
}
