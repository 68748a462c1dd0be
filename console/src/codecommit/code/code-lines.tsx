import { memo, type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { VisibleParts } from '../../elements/user-text.tsx';
import type { TokenLine } from './highlighted-lines.ts';
import { type Highlighting, useChunkTokens, useHighlighting } from './highlighting.ts';

export interface LineRange {
  /** Both 1-based, both included. */
  readonly first: number;
  readonly last: number;
}

export interface LineMarking {
  /** The address of a line, but for its number: `?region=us-east-1&lines=`. */
  readonly address: string;
  /** @param isExtended from the marked line on */
  readonly mark: (line: number, isExtended: boolean) => void;
}

interface CodeLinesProps {
  /** For who does not see it: "src/main.ts". */
  readonly name: string;
  readonly lines: readonly string[];
  readonly language: string | undefined;
  readonly marked?: LineRange | undefined;
  /** Names the visit of the page: the first marked line is scrolled to once in each. */
  readonly visit?: string;
  /** What a click on a line's number does; without it, numbers are no links. */
  readonly marking?: LineMarking | undefined;
}

/** Far fewer than what a browser shows in one frame, far more than what fits on a screen. */
const CHUNK_LINES = 100;
/** As code.css has it. */
const LINE_PIXELS = 20;
/** How far beyond the screen lines have numbers and colours, in pixels. */
const NEAR_PIXELS = 800;
/** What is shown of one line, in characters: layout of a line takes longer than its length grows. */
const LINE_CHARACTERS = 5_000;

/**
 * A file's lines. Near the screen each has its number and its colours; those further away are the bare text of a whole
 * chunk, which costs next to nothing and which the browser's search finds.
 */
export function CodeLines({ name, lines, language, marked, visit = '', marking }: CodeLinesProps) {
  const links = useStableMarking(marking);
  const parts = useMemo(() => [lines], [lines]);
  const highlighting = useHighlighting(parts, language, CHUNK_LINES);
  const chunks = useMemo(
    () =>
      Array.from({ length: Math.ceil(lines.length / CHUNK_LINES) }, (_, index) =>
        lines.slice(index * CHUNK_LINES, (index + 1) * CHUNK_LINES),
      ),
    [lines],
  );
  const first = marked?.first;
  const container = useRef<HTMLElement>(null);
  const scrolled = useRef<string>(undefined);
  useEffect(() => {
    if (scrolled.current === `${visit} ${first}`) return;
    scrolled.current = `${visit} ${first}`;
    const chunk = first === undefined ? undefined : container.current?.children[Math.floor((first - 1) / CHUNK_LINES)];
    if (first === undefined || !(chunk instanceof HTMLElement)) return;
    const top = chunk.getBoundingClientRect().top + window.scrollY + ((first - 1) % CHUNK_LINES) * LINE_PIXELS;
    const isOnScreen = top > window.scrollY && top < window.scrollY + window.innerHeight;
    if (!isOnScreen) window.scrollTo({ top: top - window.innerHeight / 3 });
  }, [first, visit]);
  return (
    <section
      ref={container}
      className="code-lines"
      aria-label={name}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
      tabIndex={0}
    >
      {chunks.map((chunk, index) => (
        <Chunk
          // biome-ignore lint/suspicious/noArrayIndexKey: chunks never move
          key={index}
          index={index}
          lines={chunk}
          highlighting={highlighting}
          marked={overlap(marked, index)}
          links={links}
        />
      ))}
    </section>
  );
}

interface ChunkProps {
  readonly index: number;
  readonly lines: readonly string[];
  readonly highlighting: Highlighting;
  readonly marked: LineRange | undefined;
  readonly links: LineMarking | undefined;
}

const Chunk = memo(function Chunk({ index, lines, highlighting, marked, links }: ChunkProps) {
  const element = useRef<HTMLDivElement>(null);
  const [isNear, setNear] = useState(index === 0);
  useEffect(() => {
    if (element.current === null) return undefined;
    const observer = new IntersectionObserver((entries) => setNear(entries.at(-1)?.isIntersecting === true), {
      rootMargin: `${NEAR_PIXELS}px 0px`,
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={element} className="code-chunk" style={{ height: lines.length * LINE_PIXELS }}>
      {isNear ? (
        <NearLines index={index} lines={lines} highlighting={highlighting} marked={marked} links={links} />
      ) : (
        <div className="far-lines">{lines.map(shortened).join('\n')}</div>
      )}
    </div>
  );
});

function NearLines({ index, lines, highlighting, marked, links }: ChunkProps) {
  const tokens = useChunkTokens(highlighting, index);
  return lines.map((line, at) => {
    const number = index * CHUNK_LINES + at + 1;
    const isMarked = marked !== undefined && number >= marked.first && number <= marked.last;
    return (
      <div key={number} className={isMarked ? 'code-line marked-line' : 'code-line'}>
        <LineNumber number={number} links={links} isFirstMarked={number === marked?.first} />
        <code>
          <LineText line={line} tokens={tokens?.[at]} />
        </code>
      </div>
    );
  });
}

interface LineNumberProps {
  readonly number: number;
  readonly links: LineMarking | undefined;
  readonly isFirstMarked: boolean;
}

/** Only the marked line is in the order of the keyboard: a thousand numbers would stand before what follows the file. */
function LineNumber({ number, links, isFirstMarked }: LineNumberProps) {
  if (links === undefined) return <span className="line-number">{number}</span>;
  return (
    <a
      className="line-number"
      href={`${links.address}${number}-${number}`}
      tabIndex={isFirstMarked ? 0 : -1}
      onClick={(event) => {
        event.preventDefault();
        links.mark(number, event.shiftKey);
      }}
    >
      {number}
    </a>
  );
}

const LineText = memo(function LineText({
  line,
  tokens,
}: {
  readonly line: string;
  readonly tokens: TokenLine | undefined;
}): ReactNode {
  if (line.length > LINE_CHARACTERS) {
    return (
      <>
        <VisibleParts>{line.slice(0, LINE_CHARACTERS)}</VisibleParts>
        <span className="cut-line">… {(line.length - LINE_CHARACTERS).toLocaleString('en')} more characters</span>
      </>
    );
  }
  if (tokens === undefined) return <VisibleParts>{line}</VisibleParts>;
  return tokens.map(([scope, text], index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: tokens have no other name, and no state
    <span key={index} className={scope}>
      <VisibleParts>{text}</VisibleParts>
    </span>
  ));
});

function shortened(line: string): string {
  return line.length > LINE_CHARACTERS ? line.slice(0, LINE_CHARACTERS) : line;
}

/** The same for as long as addresses are, so that marking a line renders its chunk alone. */
function useStableMarking(marking: LineMarking | undefined): LineMarking | undefined {
  const mark = useRef(marking?.mark);
  useEffect(() => {
    mark.current = marking?.mark;
  });
  const address = marking?.address;
  return useMemo(
    () =>
      address === undefined
        ? undefined
        : { address, mark: (line: number, isExtended: boolean) => mark.current?.(line, isExtended) },
    [address],
  );
}

/** What of the marked lines is in the chunk, so that only such a chunk is rendered anew. */
function overlap(marked: LineRange | undefined, chunk: number): LineRange | undefined {
  if (marked === undefined) return undefined;
  const [start, end] = [chunk * CHUNK_LINES + 1, (chunk + 1) * CHUNK_LINES];
  return marked.last < start || marked.first > end ? undefined : marked;
}
