import { useState } from 'react';

export type DiffView = 'unified' | 'split';

const NAME = 'codekeep-diff-view';

/** Kept in this browser. */
export function useDiffView(): [DiffView, (view: DiffView) => void] {
  const [view, setView] = useState<DiffView>(() => (localStorage.getItem(NAME) === 'split' ? 'split' : 'unified'));
  return [
    view,
    (chosen) => {
      localStorage.setItem(NAME, chosen);
      setView(chosen);
    },
  ];
}
