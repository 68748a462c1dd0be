/** Both count from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** A part of a text that is pointed out. `end` is the place after its last character. */
export interface TextMark {
  readonly start: TextPlace;
  readonly end: TextPlace;
  readonly kind: 'problem' | 'matched';
}

/** A piece of a line that looks the same throughout. */
export interface Segment {
  readonly text: string;
  readonly token: 'name' | 'string' | 'value' | undefined;
  readonly mark: TextMark['kind'] | undefined;
}

const TOKEN = /("(?:[^"\\]|\\.)*"?)(\s*:)?|-?\d[\d.eE+-]*|true|false|null/g;
/** Characters above which a text is shown without colours, so that typing stays quick. */
const MOST_COLOURED = 20_000;

/** The lines of a text in pieces by their JSON tokens and by the marks on them. */
export function markedLines(text: string, marks: readonly TextMark[]): readonly (readonly Segment[])[] {
  const isColoured = text.length <= MOST_COLOURED;
  return text.split('\n').map((line, index) => segmentsOf(line, index + 1, marks, isColoured ? tokensOf(line) : []));
}

interface Span<Kind> {
  readonly from: number;
  readonly to: number;
  readonly kind: Kind;
}

function segmentsOf(
  line: string,
  number: number,
  marks: readonly TextMark[],
  tokens: readonly Span<Segment['token']>[],
): Segment[] {
  const marked = marks.flatMap((mark) => spanOf(mark, number, line.length));
  const cuts = [0, line.length, ...[...tokens, ...marked].flatMap(({ from, to }) => [from, to])];
  const sorted = [...new Set(cuts)].filter((cut) => cut <= line.length).sort((a, b) => a - b);
  return sorted.slice(0, -1).map((from, index) => ({
    text: line.slice(from, sorted[index + 1]),
    token: kindAt(tokens, from),
    mark: kindAt(marked, from),
  }));
}

function kindAt<Kind>(spans: readonly Span<Kind>[], at: number): Kind | undefined {
  return spans.find(({ from, to }) => from <= at && at < to)?.kind;
}

function spanOf({ start, end, kind }: TextMark, line: number, length: number): Span<TextMark['kind']>[] {
  if (line < start.line || line > end.line) return [];
  const from = line === start.line ? start.column - 1 : 0;
  const to = line === end.line ? Math.min(end.column - 1, length) : length;
  return from < to ? [{ from, to, kind }] : [];
}

function tokensOf(line: string): Span<Segment['token']>[] {
  return [...line.matchAll(TOKEN)].map(({ index, 0: all, 1: quoted, 2: colon }) => {
    if (quoted === undefined) return { from: index, to: index + all.length, kind: 'value' };
    return { from: index, to: index + quoted.length, kind: colon === undefined ? 'string' : 'name' };
  });
}
