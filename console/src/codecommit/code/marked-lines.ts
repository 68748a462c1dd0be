import { useLocation, useSearchParams } from 'react-router';
import type { LineMarking, LineRange } from './code-lines.tsx';

interface MarkedLines {
  readonly marked: LineRange | undefined;
  readonly marking: LineMarking;
  /** Another one each time that lines are marked, the same ones too. */
  readonly visit: string;
}

/** The lines that `?lines=` of the address names, as in AWS's console: `lines=10-12`. */
export function useMarkedLines(): MarkedLines {
  const [parameters, setParameters] = useSearchParams();
  const { key: visit } = useLocation();
  const marked = lineRangeOf(parameters.get('lines'));
  const others = new URLSearchParams(parameters);
  others.delete('lines');
  return {
    marked,
    visit,
    marking: {
      address: `?${others.size > 0 ? `${others}&` : ''}lines=`,
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
    },
  };
}

function lineRangeOf(text: string | null): LineRange | undefined {
  const [, first, last = first] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(text ?? '') ?? [];
  if (first === undefined || last === undefined || first === '0') return undefined;
  return { first: Math.min(Number(first), Number(last)), last: Math.max(Number(first), Number(last)) };
}
