import { useEffect, useMemo, useSyncExternalStore } from 'react';
import type { HighlightRequest, HighlightResponse } from './highlight-worker.ts';
import type { TokenLine } from './highlighted-lines.ts';

/** Longer texts stay plain, in characters: highlight.js needs a second and more for them. */
const MOST_HIGHLIGHTED = 1_000_000;

/** The tokens of a text, which come chunk by chunk from a thread of its own. */
export interface Highlighting {
  readonly chunk: (index: number) => readonly TokenLine[] | undefined;
  readonly subscribe: (listener: () => void) => () => void;
}

class ChunkedHighlighting implements Highlighting {
  readonly #request: Omit<HighlightRequest, 'id'> | undefined;
  readonly #chunks = new Map<number, readonly TokenLine[]>();
  readonly #listeners = new Set<() => void>();

  constructor(parts: readonly (readonly string[])[], language: string | undefined, chunkLines: number) {
    if (language === undefined) return;
    const texts = parts.map((lines) => lines.join('\n'));
    const length = texts.reduce((sum, text) => sum + text.length, 0);
    if (length > 0 && length <= MOST_HIGHLIGHTED) this.#request = { texts, language, chunkLines };
  }

  readonly chunk = (index: number) => this.#chunks.get(index);

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** @returns ends it */
  start(): () => void {
    return this.#request === undefined ? () => {} : highlight(this.#request, this);
  }

  add(index: number, lines: readonly TokenLine[]): void {
    this.#chunks.set(index, lines);
    for (const listener of this.#listeners) listener();
  }
}

/**
 * @param parts lines without their ends, of each text that is to be read on its own
 * @param chunkLines how many lines come at a time, whatever part they are of
 */
export function useHighlighting(
  parts: readonly (readonly string[])[],
  language: string | undefined,
  chunkLines: number,
): Highlighting {
  const highlighting = useMemo(
    () => new ChunkedHighlighting(parts, language, chunkLines),
    [parts, language, chunkLines],
  );
  useEffect(() => highlighting.start(), [highlighting]);
  return highlighting;
}

/** The tokens of one chunk, as soon as they are there. */
export function useChunkTokens(highlighting: Highlighting, index: number): readonly TokenLine[] | undefined {
  return useSyncExternalStore(highlighting.subscribe, () => highlighting.chunk(index));
}

let worker: Worker | undefined;
let requests = 0;
const waiting = new Map<number, ChunkedHighlighting>();

/** @returns ends it */
function highlight(request: Omit<HighlightRequest, 'id'>, highlighting: ChunkedHighlighting): () => void {
  worker ??= startWorker();
  const id = ++requests;
  waiting.set(id, highlighting);
  worker.postMessage({ ...request, id } satisfies HighlightRequest);
  return () => {
    waiting.delete(id);
    // It may be busy for long with what nobody looks at any more.
    if (waiting.size > 0) return;
    worker?.terminate();
    worker = undefined;
  };
}

function startWorker(): Worker {
  const started = new Worker(new URL('./highlight-worker.ts', import.meta.url), { type: 'module' });
  started.onmessage = ({ data }: MessageEvent<HighlightResponse>) => waiting.get(data.id)?.add(data.chunk, data.lines);
  return started;
}
