import { describe, expect, it } from 'vitest';
import { fileContent, formatSize, imageType, isMarkdown, linesOf, withLineEnds } from './file-content.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('the content of a file', () => {
  it('is text in UTF-8, with its byte order mark, or else in Windows-1252', () => {
    expect(fileContent(bytes('größe\n'))).toEqual({ kind: 'text', text: 'größe\n', isUtf8: true, lineEnds: 'LF' });
    expect(fileContent(bytes('\ufeffa'))).toMatchObject({ text: '\ufeffa', isUtf8: true });
    expect(fileContent(new Uint8Array([0x67, 0x72, 0xf6, 0xdf]))).toMatchObject({ text: 'größ', isUtf8: false });
    expect(fileContent(bytes(''))).toMatchObject({ kind: 'text', text: '' });
  });

  it('is binary where Git takes it for binary', () => {
    expect(fileContent(bytes('a\0b'))).toEqual({ kind: 'binary' });
    expect(fileContent(bytes(`${'a'.repeat(8_000)}\0`)).kind).toBe('text');
  });

  it('keeps its line ends through a text field, or tells that it could not', () => {
    const ends = (text: string) => {
      const content = fileContent(bytes(text));
      return content.kind === 'text' ? content.lineEnds : undefined;
    };
    expect([ends('a\nb'), ends('a\r\nb\r\n'), ends('a\r\nb\n'), ends('a\rb')]).toEqual([
      'LF',
      'CRLF',
      'mixed',
      'mixed',
    ]);
    expect(withLineEnds('a\nb\n', 'CRLF')).toBe('a\r\nb\r\n');
    expect(withLineEnds('a\nb\n', 'LF')).toBe('a\nb\n');
  });

  it('has lines as editors count them', () => {
    expect([linesOf(''), linesOf('a'), linesOf('a\n'), linesOf('a\r\n\nb')]).toEqual([
      [],
      ['a'],
      ['a'],
      ['a', '', 'b'],
    ]);
  });

  it('is an image or Markdown by its name', () => {
    expect([imageType('a/b.PNG'), imageType('x.svg'), imageType('png')]).toEqual([
      'image/png',
      'image/svg+xml',
      'image/png',
    ]);
    expect([imageType('a.txt'), isMarkdown('README.MD'), isMarkdown('readme')]).toEqual([undefined, true, false]);
  });

  it('has a size that people can read', () => {
    expect([0, 1, 999, 1_500, 6_291_456].map(formatSize)).toEqual([
      '0 bytes',
      '1 byte',
      '999 bytes',
      '1.5 kB',
      '6.3 MB',
    ]);
  });
});
