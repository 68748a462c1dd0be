import type { MenuItem } from '../frame/side-menu.tsx';
import { repositoryPath } from './repositories.ts';

interface RepositoryMenu {
  readonly title: string;
  readonly items: readonly MenuItem[];
  /** Of the page that is shown. */
  readonly active: MenuItem | undefined;
}

/** Each with the pages that belong to it: the first is the one that the menu leads to. */
const PAGES: readonly (readonly [text: string, pages: readonly [string, ...string[]]])[] = [
  ['Code', ['browse', 'create', 'upload', 'edit', 'delete', 'setup']],
  ['Commits', ['commits', 'commit', 'compare']],
  ['Branches', ['branches']],
  ['Git tags', ['tags']],
  ['Settings', ['settings']],
];

/** The pages of the repository that an address is within; undefined outside of any. */
export function repositoryMenu(pathname: string): RepositoryMenu | undefined {
  const [, encoded, shown = ''] = /^\/console\/codecommit\/repositories\/([^/]+)\/([^/]+)/.exec(pathname) ?? [];
  if (encoded === undefined) return undefined;
  const title = decodeURIComponent(encoded);
  const menu = PAGES.map(([text, pages]) => ({ text, path: repositoryPath(title, pages[0]), pages }));
  return { title, items: menu, active: menu.find(({ pages }) => pages.includes(shown)) };
}
