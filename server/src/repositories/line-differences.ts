import type { RepositoryObjects } from './repository-objects.ts';

const HUNK_HEADER = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;

interface LineChange {
  readonly type: 'CONTEXT' | 'ADD' | 'DELETE';
  /** 1-based; absent where the line is not on that side. */
  readonly beforeLineNumber?: number;
  readonly afterLineNumber?: number;
  /** Without the line feed. */
  readonly content: string;
}

/** A run of changed lines with what stands around them; numbers as in Git's unified format. */
export interface Hunk {
  readonly beforeStartLine: number;
  readonly beforeLineCount: number;
  readonly afterStartLine: number;
  readonly afterLineCount: number;
  readonly changes: readonly LineChange[];
}

interface LineDifferenceOptions {
  readonly contextLines: number;
  /** Lines that differ in white space only are the same. */
  readonly ignoreWhitespace: boolean;
}

/**
 * Compares two blobs that are stored, line by line, as `git diff` does.
 *
 * @throws TooMuchWorkError
 */
export async function lineDifferences(
  objects: RepositoryObjects,
  beforeBlobId: string,
  afterBlobId: string,
  { contextLines, ignoreWhitespace }: LineDifferenceOptions,
): Promise<readonly Hunk[]> {
  const output = await objects.git([
    'diff',
    '--text',
    '--no-color',
    '--no-ext-diff',
    '--no-textconv',
    `--unified=${contextLines}`,
    ...(ignoreWhitespace ? ['--ignore-all-space'] : []),
    beforeBlobId,
    afterBlobId,
    '--',
  ]);
  return parseHunks(output.toString('utf8'));
}

/** A file that is new as a whole. */
export function addedLines(content: string): readonly Hunk[] {
  const lines = content.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) return [];
  const changes = lines.map((line, index): LineChange => ({ type: 'ADD', afterLineNumber: index + 1, content: line }));
  return [{ beforeStartLine: 0, beforeLineCount: 0, afterStartLine: 1, afterLineCount: lines.length, changes }];
}

/** Reads the hunks of Git's unified format: https://git-scm.com/docs/diff-format#generate_patch_text_with_p */
function parseHunks(output: string): readonly Hunk[] {
  const hunks: Hunk[] = [];
  let changes: LineChange[] = [];
  // How much of the hunk is still to come: a line of it may look like anything.
  let [beforeLeft, afterLeft] = [0, 0];
  let [before, after] = [0, 0];
  for (const line of output.split('\n')) {
    if (beforeLeft === 0 && afterLeft === 0) {
      const [, beforeStart, beforeCount = '1', afterStart, afterCount = '1'] = HUNK_HEADER.exec(line) ?? [];
      if (beforeStart === undefined || afterStart === undefined) continue;
      [before, after, beforeLeft, afterLeft] = [beforeStart, afterStart, beforeCount, afterCount].map(Number) as [
        number,
        number,
        number,
        number,
      ];
      changes = [];
      hunks.push({
        beforeStartLine: before,
        beforeLineCount: beforeLeft,
        afterStartLine: after,
        afterLineCount: afterLeft,
        changes,
      });
      continue;
    }
    const content = line.slice(1);
    if (line.startsWith('+')) {
      changes.push({ type: 'ADD', afterLineNumber: after++, content });
      afterLeft--;
    } else if (line.startsWith('-')) {
      changes.push({ type: 'DELETE', beforeLineNumber: before++, content });
      beforeLeft--;
    } else if (!line.startsWith('\\')) {
      changes.push({ type: 'CONTEXT', beforeLineNumber: before++, afterLineNumber: after++, content });
      beforeLeft--;
      afterLeft--;
    }
  }
  return hunks;
}
