import { Fragment, useMemo } from 'react';
import { markedLines, type Segment, type TextMark } from './json-marks.ts';

interface JsonLinesProps {
  readonly text: string;
  readonly marks: readonly TextMark[];
}

/** JSON in colours, each line with its number; the numbers are no part of what is copied. */
export function JsonLines({ text, marks }: JsonLinesProps) {
  const lines = useMemo(() => markedLines(text, marks), [text, marks]);
  return lines.map((segments, index) => {
    const isProblem = marks.some(({ kind, start }) => kind === 'problem' && start.line === index + 1);
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
      <Fragment key={index}>
        <span className={isProblem ? 'json-number json-number-problem' : 'json-number'} aria-hidden="true" />
        <span className="json-line">
          {segments.map((segment, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a piece is its place
            <Piece key={place} {...segment} />
          ))}
          {'\n'}
        </span>
      </Fragment>
    );
  });
}

function Piece({ text, token, mark }: Segment) {
  const className = token === undefined ? undefined : `json-${token}`;
  if (mark === undefined) return <span className={className}>{text}</span>;
  return <mark className={`json-mark-${mark} ${className ?? ''}`}>{text}</mark>;
}
