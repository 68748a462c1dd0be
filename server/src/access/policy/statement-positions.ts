import { stringEnd } from './duplicate-keys.ts';

/** Both count from 1. AWS's columns are those of what follows a brace, as its parser tells them. */
interface Position {
  readonly Line: number;
  readonly Column: number;
}

interface StatementPosition {
  readonly StartPosition: Position;
  readonly EndPosition: Position;
}

/** Where the statements of a policy stand in its text, in their order. `text` must be a valid policy. */
export function statementPositions(text: string): StatementPosition[] {
  const positions: StatementPosition[] = [];
  const open: { readonly bracket: string; readonly start: Position; readonly isStatement: boolean }[] = [];
  let line = 1;
  // Where the line begins.
  let lineStart = 0;
  // The key that was read last at the top of the document.
  let topKey: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    const position = { Line: line, Column: at - lineStart + 2 };
    if (character === '\n') {
      line++;
      lineStart = at + 1;
    } else if (character === '"') {
      const end = stringEnd(text, at);
      if (open.length === 1 && /\s*:/y.test(text.slice(end, end + 64)))
        topKey = JSON.parse(text.slice(at, end)) as string;
      at = end - 1;
    } else if (character === '{' || character === '[') {
      const isAlone = open.length === 1;
      const isListed = open.length === 2 && open[1]?.bracket === '[';
      open.push({
        bracket: character,
        start: position,
        isStatement: character === '{' && topKey === 'Statement' && (isAlone || isListed),
      });
    } else if (character === '}' || character === ']') {
      const closed = open.pop();
      if (closed?.isStatement === true) {
        positions.push({ StartPosition: closed.start, EndPosition: position });
      }
    }
  }
  return positions;
}
