import { createLowlight } from 'lowlight';
import { EMBEDDED, GRAMMARS } from './grammars.ts';
import { highlightedLines, type TokenLine } from './highlighted-lines.ts';

export interface HighlightRequest {
  readonly id: number;
  /** With line feeds only. */
  readonly text: string;
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
  const { id, text, language, chunkLines } = data;
  for (const each of [language, ...(EMBEDDED[language] ?? [])]) {
    const load = GRAMMARS[each];
    if (load !== undefined && !lowlight.registered(each)) lowlight.register(each, (await load()).default);
  }
  const lines = highlightedLines(lowlight.highlight(language, text));
  for (let chunk = 0; chunk * chunkLines < lines.length; chunk++) {
    const part = lines.slice(chunk * chunkLines, (chunk + 1) * chunkLines);
    self.postMessage({ id, chunk, lines: part } satisfies HighlightResponse);
  }
};
