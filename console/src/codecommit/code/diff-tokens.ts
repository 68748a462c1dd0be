import { useMemo } from 'react';
import type { ChangeData, HunkData, HunkTokens } from 'react-diff-view';
import type { TokenLine } from './highlighted-lines.ts';
import { useChunkTokens, useHighlighting } from './highlighting.ts';

type TokenNode = HunkTokens['old'][number][number];
type Side = 'old' | 'new';

/** The colours of changed lines, each hunk read on its own, as soon as they are there. */
export function useDiffTokens(hunks: readonly HunkData[], language: string | undefined): HunkTokens | undefined {
  const lines = useMemo(() => [...linesOf(hunks, 'old'), ...linesOf(hunks, 'new')], [hunks]);
  const parts = useMemo(() => lines.map((part) => part.map(({ content }) => content)), [lines]);
  const highlighting = useHighlighting(parts, language, Number.MAX_SAFE_INTEGER);
  const tokens = useChunkTokens(highlighting, 0);
  return useMemo(() => tokens && hunkTokens(lines.flat(), tokens), [lines, tokens]);
}

export interface SideLine {
  readonly side: Side;
  /** 1-based. */
  readonly number: number;
  readonly content: string;
}

/** What stands on one side of each hunk, without those where nothing does. */
export function linesOf(hunks: readonly HunkData[], side: Side): readonly (readonly SideLine[])[] {
  const parts = hunks.map(({ changes }) =>
    changes.flatMap((change) => {
      const number = lineNumber(change, side);
      return number === undefined ? [] : [{ side, number, content: change.content }];
    }),
  );
  return parts.filter((lines) => lines.length > 0);
}

/**
 * As react-diff-view takes them: by side and line number.
 *
 * @param tokens of each of the lines
 */
export function hunkTokens(lines: readonly SideLine[], tokens: readonly TokenLine[]): HunkTokens {
  const sides: HunkTokens = { old: [], new: [] };
  for (const [index, { side, number }] of lines.entries()) sides[side][number - 1] = (tokens[index] ?? []).map(nodeOf);
  return sides;
}

function lineNumber(change: ChangeData, side: Side): number | undefined {
  if (change.type === 'normal') return side === 'old' ? change.oldLineNumber : change.newLineNumber;
  return (change.type === 'insert') === (side === 'new') ? change.lineNumber : undefined;
}

function nodeOf([scope, text]: TokenLine[number]): TokenNode {
  const node: TokenNode = { type: 'text', value: text };
  return scope === '' ? node : { type: 'element', className: scope, children: [node] };
}
