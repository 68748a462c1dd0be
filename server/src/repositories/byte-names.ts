import { Buffer } from 'node:buffer';

/** The text of a byte that is not UTF-8, or of the backslash of text that would otherwise be taken for such a one. */
const ESCAPE = /\\x(5C|[89A-F][0-9A-F])/g;
/** A character of more than one byte, as RFC 3629 has it, or a byte that belongs to none. */
const BEYOND_ASCII =
  /([\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})|[\x80-\xff]/g;

/**
 * The text that stands for a name of Git, whose names are bytes. A name in UTF-8 stands for itself. Each byte that is
 * not UTF-8 becomes `\x` and two hexadecimal digits in upper case. The backslash of a name that holds the text of such
 * an escape becomes `\x5C`. No two names have one text.
 *
 * @param bytes one a character
 */
export function textOfBytes(bytes: string): string {
  const text = Buffer.from(bytes, 'latin1').toString('utf8');
  // Without the character that replaces what is not UTF-8, everything was.
  if (!text.includes('\ufffd') && !text.includes('\\')) return text;
  const escaped = bytes
    .replace(ESCAPE, '\\x5Cx$1')
    .replace(BEYOND_ASCII, (match, character: string | undefined) => character ?? escapeOf(match));
  return Buffer.from(escaped, 'latin1').toString('utf8');
}

/**
 * The bytes that a text stands for, the inverse of {@link textOfBytes}. A name may be given in pieces that do not cut
 * an escape.
 *
 * @returns one byte a character
 */
export function bytesOfText(text: string): string {
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  return bytes.includes('\\')
    ? bytes.replace(ESCAPE, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : bytes;
}

/** False for a text that {@link textOfBytes} never gives: it has escapes for what needs none. */
export function isTextOfBytes(text: string): boolean {
  return !text.includes('\\') || textOfBytes(bytesOfText(text)) === text;
}

/** The text without the escapes of bytes that are not UTF-8, for rules about characters. */
export function withoutByteEscapes(text: string): string {
  return text.replace(ESCAPE, (match) => (match === '\\x5C' ? match : ''));
}

function escapeOf(byte: string): string {
  return `\\x${byte.charCodeAt(0).toString(16).toUpperCase()}`;
}
