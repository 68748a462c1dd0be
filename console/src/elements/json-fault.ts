/** Where a text stops being JSON. */
interface JsonFault {
  /** Offset in the text; its length where the text ends too early. */
  readonly at: number;
  readonly message: string;
}

type Expected = 'value' | 'value or ]' | 'name' | 'name or }' | 'colon' | 'comma' | 'end';

const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const STRING_PART = /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/uy;
const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;

/**
 * The first fault of a text by RFC 8259; undefined when it is JSON. `JSON.parse` tells a place in some browsers and
 * for some faults only.
 */
export function jsonFault(text: string): JsonFault | undefined {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  let at = 0;
  const afterValue = (): Expected => (open.length === 0 ? 'end' : 'comma');
  const read = (token: RegExp) => {
    token.lastIndex = at;
    const found = token.exec(text)?.[0] ?? '';
    at += found.length;
    return found !== '';
  };
  for (;;) {
    read(SPACE);
    const character = text.charAt(at);
    if (character === '') return expected === 'end' ? undefined : fault(text, at, expected, open);
    if (character === '"' && /^(?:value|name)/.test(expected)) {
      if (!read(STRING)) return stringFault(text, at);
      expected = expected.startsWith('name') ? 'colon' : afterValue();
    } else if (expected.startsWith('value') && (character === '{' || character === '[')) {
      open.push(character);
      expected = character === '{' ? 'name or }' : 'value or ]';
      at++;
    } else if (isClosing(character, expected, open)) {
      open.pop();
      expected = afterValue();
      at++;
    } else if (character === ':' && expected === 'colon') {
      expected = 'value';
      at++;
    } else if (character === ',' && expected === 'comma') {
      expected = open.at(-1) === '{' ? 'name' : 'value';
      at++;
    } else if (expected.startsWith('value') && read(SCALAR)) {
      expected = afterValue();
    } else {
      return fault(text, at, expected, open);
    }
  }
}

function isClosing(character: string, expected: Expected, open: readonly string[]): boolean {
  if (character === '}') return expected === 'name or }' || (expected === 'comma' && open.at(-1) === '{');
  return character === ']' && (expected === 'value or ]' || (expected === 'comma' && open.at(-1) === '['));
}

function fault(text: string, at: number, expected: Expected, open: readonly string[]): JsonFault {
  const words: Record<Expected, string> = {
    value: 'Expected a value',
    'value or ]': 'Expected a value or ]',
    name: 'Expected a name in double quotes',
    'name or }': 'Expected a name in double quotes or }',
    colon: 'Expected : after the name',
    comma: `Expected , or ${open.at(-1) === '{' ? '}' : ']'}`,
    end: 'Expected nothing more',
  };
  return { at, message: at === text.length ? `${words[expected]}, but the text ends` : words[expected] };
}

/** @param at of its opening quote */
function stringFault(text: string, at: number): JsonFault {
  STRING_PART.lastIndex = at;
  const end = at + (STRING_PART.exec(text)?.[0].length ?? 0);
  const character = text.charAt(end);
  if (character === '' || character === '\n' || character === '\r') return { at, message: 'This string is not closed' };
  return { at: end, message: character === '\\' ? 'No such escape in a string' : 'A control character in a string' };
}
