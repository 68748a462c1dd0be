import { useSearchParams } from 'react-router';
import type { LineRange } from './code-lines.tsx';

interface MarkedLines {
  readonly marked: LineRange | undefined;
  /** A line, or all from the marked one to it. */
  readonly mark: (line: number, isExtended: boolean) => void;
}

/** The lines that `?lines=` of the address names, as in AWS's console: `lines=10-12`. */
export function useMarkedLines(): MarkedLines {
  const [parameters, setParameters] = useSearchParams();
  const marked = lineRangeOf(parameters.get('lines'));
  return {
    marked,
    mark: (line, isExtended) => {
      const start = isExtended && marked !== undefined ? marked.first : line;
      setParameters(
        (earlier) => {
          const later = new URLSearchParams(earlier);
          later.set('lines', `${Math.min(start, line)}-${Math.max(start, line)}`);
          return later;
        },
        { replace: true, preventScrollReset: true },
      );
    },
  };
}

function lineRangeOf(text: string | null): LineRange | undefined {
  const [, first, last = first] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(text ?? '') ?? [];
  if (first === undefined || last === undefined || first === '0') return undefined;
  return { first: Math.min(Number(first), Number(last)), last: Math.max(Number(first), Number(last)) };
}
