import { createContext, useContext, useLayoutEffect } from 'react';

export interface Crumb {
  readonly text: string;
  /** Below /console. */
  readonly path: string;
}

/** What the frame shows of the page within it. */
export interface PageDescription {
  readonly title: string;
  /** From the service down to the page itself. */
  readonly crumbs: readonly Crumb[];
}

export const PageContext = createContext<(page: PageDescription) => void>(() => {});

/** Tells the frame and the browser's tab which page this is. */
export function usePage(title: string, crumbs: readonly Crumb[]): void {
  const show = useContext(PageContext);
  const key = JSON.stringify(crumbs);
  useLayoutEffect(() => {
    document.title = `${title} | Codekeep`;
    show({ title, crumbs: JSON.parse(key) as Crumb[] });
  }, [show, title, key]);
}
