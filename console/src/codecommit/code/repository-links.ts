/** Where a link or an image of a Markdown file leads within its repository. */
export interface RepositoryTarget {
  readonly path: string;
  /** Of the page, without its #; empty for none. */
  readonly fragment: string;
}

const ABSOLUTE = /^([a-z][a-z0-9+.-]*:|\/\/)/i;

/**
 * @param link as the file has it: `../src/main.ts#L10`, `/docs`, `#usage`
 * @param folder where the file is; empty for the root
 * @returns undefined for an address outside of the repository
 */
export function repositoryTarget(link: string, folder: string): RepositoryTarget | undefined {
  if (ABSOLUTE.test(link)) return undefined;
  const [before = '', fragment = ''] = link.split('#', 2);
  const [path = ''] = before.split('?', 1);
  const parts = path.startsWith('/') || folder === '' ? [] : folder.split('/');
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(decoded(part));
  }
  return { path: parts.join('/'), fragment: decoded(fragment) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
