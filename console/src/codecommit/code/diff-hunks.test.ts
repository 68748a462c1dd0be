import type { DiffHunk } from '@aws-sdk/client-codecommit';
import { describe, expect, it } from 'vitest';
import { deletedHunks, diffHunks, firstLines, lineCount } from './diff-hunks.ts';

const added = (count: number): DiffHunk => ({
  beforeStartLine: 0,
  beforeLineCount: 0,
  afterStartLine: 1,
  afterLineCount: count,
  changes: Array.from({ length: count }, (_, index) => ({
    type: 'ADD',
    afterLineNumber: index + 1,
    content: `line ${index + 1}`,
  })),
});

describe('hunks', () => {
  it('keep lines, numbers and sides', () => {
    const [hunk] = diffHunks([
      {
        beforeStartLine: 7,
        beforeLineCount: 2,
        afterStartLine: 8,
        afterLineCount: 2,
        changes: [
          { type: 'CONTEXT', beforeLineNumber: 7, afterLineNumber: 8, content: 'same\r' },
          { type: 'DELETE', beforeLineNumber: 8, content: 'old' },
          { type: 'ADD', afterLineNumber: 9, content: 'new\u202e' },
        ],
      },
    ]);
    expect(hunk).toMatchObject({ content: '@@ -7,2 +8,2 @@', oldStart: 7, newStart: 8 });
    expect(hunk?.changes).toEqual([
      { type: 'normal', isNormal: true, oldLineNumber: 7, newLineNumber: 8, content: 'same' },
      { type: 'delete', isDelete: true, lineNumber: 8, content: 'old' },
      { type: 'insert', isInsert: true, lineNumber: 9, content: 'new⟨U+202E⟩' },
    ]);
  });

  it('of a deleted file are those of an added one, turned round', () => {
    const [hunk] = diffHunks(deletedHunks([added(2)]));
    expect(hunk).toMatchObject({ oldStart: 1, oldLines: 2, newStart: 0, newLines: 0 });
    expect(hunk?.changes.map(({ type }) => type)).toEqual(['delete', 'delete']);
  });

  it('are held to a number of lines, and each line to a length', () => {
    const hunks = diffHunks([added(3), added(3)]);
    expect([lineCount(hunks), lineCount(firstLines(hunks, 4)), firstLines(hunks, 3).length]).toEqual([6, 4, 1]);
    const long = diffHunks([{ changes: [{ type: 'ADD', afterLineNumber: 1, content: 'x'.repeat(3_500) }] }]);
    expect(long[0]?.changes[0]?.content).toMatch(/^x{2000} … 1,500 more characters$/);
  });
});
