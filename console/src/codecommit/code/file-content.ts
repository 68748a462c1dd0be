/** What the API reads and writes at most: https://docs.aws.amazon.com/codecommit/latest/userguide/limits.html */
export const API_FILE_BYTES = 6_291_456;
/** How far into a file Git looks for a NUL byte to tell that it is binary. */
const BINARY_PROBE_BYTES = 8_000;

const IMAGE_TYPES: Readonly<Record<string, string>> = {
  avif: 'image/avif',
  bmp: 'image/bmp',
  gif: 'image/gif',
  ico: 'image/x-icon',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  png: 'image/png',
  svg: 'image/svg+xml',
  webp: 'image/webp',
};

export type LineEnds = 'LF' | 'CRLF' | 'mixed';

export interface TextContent {
  readonly kind: 'text';
  readonly text: string;
  /** Of what is not UTF-8, every byte is taken for a character of Windows-1252. */
  readonly isUtf8: boolean;
  readonly lineEnds: LineEnds;
}

type FileContent = TextContent | { readonly kind: 'binary' };

export function fileContent(bytes: Uint8Array): FileContent {
  if (bytes.subarray(0, BINARY_PROBE_BYTES).includes(0)) return { kind: 'binary' };
  const { text, isUtf8 } = decoded(bytes);
  return { kind: 'text', text, isUtf8, lineEnds: lineEndsOf(text) };
}

/** The media type of an image that browsers show, by the file's name. */
export function imageType(path: string): string | undefined {
  return IMAGE_TYPES[path.slice(path.lastIndexOf('.') + 1).toLowerCase()];
}

export function isMarkdown(path: string): boolean {
  return /\.(md|markdown|mkd)$/i.test(path);
}

/** The lines of a text without their ends; what follows the last end is a line only if there is anything. */
export function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** What a text field holds, which knows line feeds alone, as the file had it. */
export function withLineEnds(text: string, lineEnds: LineEnds): string {
  return lineEnds === 'CRLF' ? text.replaceAll('\n', '\r\n') : text;
}

export function dataUrl(bytes: Uint8Array, mediaType: string): string {
  return `data:${mediaType};base64,${(bytes as Uint8Array & { toBase64(): string }).toBase64()}`;
}

export function formatSize(bytes: number): string {
  if (bytes < 1_000) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function decoded(bytes: Uint8Array): { readonly text: string; readonly isUtf8: boolean } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), isUtf8: true };
  } catch {
    return { text: new TextDecoder('windows-1252').decode(bytes), isUtf8: false };
  }
}

function lineEndsOf(text: string): LineEnds {
  const ends = new Set(text.match(/\r\n|\n|\r/g));
  if (ends.size === 0 || (ends.size === 1 && ends.has('\n'))) return 'LF';
  return ends.size === 1 && ends.has('\r\n') ? 'CRLF' : 'mixed';
}
