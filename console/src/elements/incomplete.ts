import { useEffect, useState } from 'react';

/**
 * Whether a form was found incomplete when somebody would have sent it. Each time it is, the first field with an error
 * gets the focus: it may be out of view.
 */
export function useIncomplete(): readonly [isIncomplete: boolean, set: (isIncomplete: boolean) => void] {
  const [found, setFound] = useState({ isIncomplete: false });
  useEffect(() => {
    if (found.isIncomplete) document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [found]);
  return [found.isIncomplete, (isIncomplete) => setFound({ isIncomplete })];
}
