import type { DiffHunk } from '@aws-sdk/client-codecommit';
import type { ChangeData, HunkData } from 'react-diff-view';
import { visibleText } from '../../elements/visible-text.ts';

/** What is shown of one line, in characters. */
const LINE_CHARACTERS = 2_000;

/** The API's hunks as react-diff-view takes them. */
export function diffHunks(hunks: readonly DiffHunk[]): readonly HunkData[] {
  return hunks.map(
    ({ beforeStartLine = 0, beforeLineCount = 0, afterStartLine = 0, afterLineCount = 0, changes = [] }) => ({
      content: `@@ -${beforeStartLine},${beforeLineCount} +${afterStartLine},${afterLineCount} @@`,
      oldStart: beforeStartLine,
      oldLines: beforeLineCount,
      newStart: afterStartLine,
      newLines: afterLineCount,
      changes: changes.map(({ type, beforeLineNumber = 0, afterLineNumber = 0, content = '' }): ChangeData => {
        const shown = shownLine(content);
        if (type === 'ADD') return { type: 'insert', isInsert: true, lineNumber: afterLineNumber, content: shown };
        if (type === 'DELETE') return { type: 'delete', isDelete: true, lineNumber: beforeLineNumber, content: shown };
        return {
          type: 'normal',
          isNormal: true,
          oldLineNumber: beforeLineNumber,
          newLineNumber: afterLineNumber,
          content: shown,
        };
      }),
    }),
  );
}

/** All lines of a file that is added as those of one that is deleted: the API compares with nothing before only. */
export function deletedHunks(added: readonly DiffHunk[]): DiffHunk[] {
  return added.map(({ afterStartLine, afterLineCount, changes }) => ({
    beforeStartLine: afterStartLine,
    beforeLineCount: afterLineCount,
    afterStartLine: 0,
    afterLineCount: 0,
    changes: changes?.map(({ content, afterLineNumber }) => ({
      type: 'DELETE',
      beforeLineNumber: afterLineNumber,
      content,
    })),
  }));
}

/** The hunks up to a number of lines, the last one perhaps in part. */
export function firstLines(hunks: readonly HunkData[], count: number): readonly HunkData[] {
  const shown: HunkData[] = [];
  let left = count;
  for (const hunk of hunks) {
    if (left <= 0) break;
    shown.push(hunk.changes.length <= left ? hunk : { ...hunk, changes: hunk.changes.slice(0, left) });
    left -= hunk.changes.length;
  }
  return shown;
}

export function lineCount(hunks: readonly HunkData[]): number {
  return hunks.reduce((sum, { changes }) => sum + changes.length, 0);
}

function shownLine(content: string): string {
  const line = content.endsWith('\r') ? content.slice(0, -1) : content;
  if (line.length <= LINE_CHARACTERS) return visibleText(line);
  const left = (line.length - LINE_CHARACTERS).toLocaleString('en');
  return `${visibleText(line.slice(0, LINE_CHARACTERS))} … ${left} more characters`;
}
