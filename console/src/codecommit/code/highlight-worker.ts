import { createLowlight } from 'lowlight';
import { EMBEDDED, GRAMMARS } from './grammars.ts';
import { highlightedLines, type TokenLine } from './highlighted-lines.ts';

export interface HighlightRequest {
  readonly id: number;
  /** Each is read on its own: what one leaves open, such as a comment, ends with it. With line feeds only. */
  readonly texts: readonly string[];
  readonly language: string;
  /** Lines of one answer. */
  readonly chunkLines: number;
}

/** Some lines of the text: each answer is small, so that no page has to stop for it. */
export interface HighlightResponse {
  readonly id: number;
  readonly chunk: number;
  readonly lines: readonly TokenLine[];
}

const lowlight = createLowlight();

self.onmessage = async ({ data }: MessageEvent<HighlightRequest>) => {
  const { id, texts, language, chunkLines } = data;
  for (const each of [language, ...(EMBEDDED[language] ?? [])]) {
    const load = GRAMMARS[each];
    if (load !== undefined && !lowlight.registered(each)) lowlight.register(each, (await load()).default);
  }
  const lines = texts.flatMap((text) => highlightedLines(lowlight.highlight(language, text), text.split('\n').length));
  for (let chunk = 0; chunk * chunkLines < lines.length; chunk++) {
    const part = lines.slice(chunk * chunkLines, (chunk + 1) * chunkLines);
    self.postMessage({ id, chunk, lines: part } satisfies HighlightResponse);
  }
};
