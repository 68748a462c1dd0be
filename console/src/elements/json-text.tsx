import { useEffect, useRef } from 'react';
import { Loading } from '../frame/loading.tsx';
import { JsonLines } from './json-lines.tsx';
import type { TextMark } from './json-marks.ts';
import { CopyButton } from './secret.tsx';

interface JsonTextProps {
  /** What it is, for who does not see it and for the button that copies it. */
  readonly name: string;
  /** Undefined while it is still coming. */
  readonly text: string | undefined;
  readonly marks?: readonly TextMark[];
}

const NONE: readonly TextMark[] = [];
/** Characters of a line above which lines are wrapped rather than scrolled. */
const LONG_LINE = 160;

/** A JSON document to read, scrolled to the first part that is pointed out. */
export function JsonText({ name, text, marks = NONE }: JsonTextProps) {
  const isLong = text?.split('\n').some(({ length }) => length > LONG_LINE);
  const box = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: other marks are another place to scroll to
  useEffect(() => {
    const mark = box.current?.querySelector('mark');
    if (box.current !== null && mark instanceof HTMLElement) box.current.scrollTop = mark.offsetTop - 40;
  }, [marks]);
  return (
    <div className="json-box">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard */}
      <section ref={box} className={isLong ? 'json-read json-wrapped' : 'json-read'} aria-label={name} tabIndex={0}>
        {text === undefined ? (
          <Loading what={name} />
        ) : (
          <pre className="json-grid">
            <JsonLines text={text} marks={marks} />
          </pre>
        )}
      </section>
      {text !== undefined && (
        <div className="json-copy">
          <CopyButton name={name} value={text} />
        </div>
      )}
    </div>
  );
}
