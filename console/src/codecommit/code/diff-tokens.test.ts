import { describe, expect, it } from 'vitest';
import { diffHunks } from './diff-hunks.ts';
import { hunkTokens, linesOf } from './diff-tokens.ts';

describe('the colours of changed lines', () => {
  const hunks = diffHunks([
    {
      beforeStartLine: 3,
      afterStartLine: 3,
      changes: [
        { type: 'CONTEXT', beforeLineNumber: 3, afterLineNumber: 3, content: 'same' },
        { type: 'DELETE', beforeLineNumber: 4, content: 'old' },
        { type: 'ADD', afterLineNumber: 4, content: 'new' },
        { type: 'ADD', afterLineNumber: 5, content: '' },
      ],
    },
    {
      beforeStartLine: 9,
      afterStartLine: 10,
      changes: [{ type: 'CONTEXT', beforeLineNumber: 9, afterLineNumber: 10, content: 'end' }],
    },
  ]);

  it('takes of each hunk what stands on a side', () => {
    expect(linesOf(hunks, 'old').map((part) => part.map(({ number, content }) => [number, content]))).toEqual([
      [
        [3, 'same'],
        [4, 'old'],
      ],
      [[9, 'end']],
    ]);
    expect(linesOf(hunks, 'new').map((part) => part.map(({ number, content }) => [number, content]))).toEqual([
      [
        [3, 'same'],
        [4, 'new'],
        [5, ''],
      ],
      [[10, 'end']],
    ]);
  });

  it('takes nothing of a side on which nothing stands', () => {
    const added = diffHunks([{ afterStartLine: 1, changes: [{ type: 'ADD', afterLineNumber: 1, content: 'new' }] }]);
    expect(linesOf(added, 'old')).toEqual([]);
    expect(linesOf(added, 'new')).toEqual([[{ side: 'new', number: 1, content: 'new' }]]);
  });

  it('gives tokens by side and line number', () => {
    const lines = [...linesOf(hunks, 'old'), ...linesOf(hunks, 'new')].flat();
    const tokens = lines.map(({ content }) => (content === '' ? [] : ([['hljs-keyword', content]] as const)));
    const keyword = (value: string) => [
      { type: 'element', className: 'hljs-keyword', children: [{ type: 'text', value }] },
    ];
    const { old: before, new: after } = hunkTokens(lines, tokens);
    expect([before[2], before[3], before[8]]).toEqual([keyword('same'), keyword('old'), keyword('end')]);
    expect([after[2], after[3], after[4], after[9]]).toEqual([keyword('same'), keyword('new'), [], keyword('end')]);
    expect(after[8]).toBeUndefined();
    expect(hunkTokens(lines.slice(0, 1), [[['', 'plain']]]).old[2]).toEqual([{ type: 'text', value: 'plain' }]);
  });
});
