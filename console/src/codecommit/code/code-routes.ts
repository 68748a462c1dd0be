import type { RouteObject } from 'react-router';

const REPOSITORY = 'codecommit/repositories/:name';

/** Where an address goes on with names that may hold slashes, code-addresses.ts reads them. */
export const codeRoutes: RouteObject[] = [
  { path: `${REPOSITORY}/browse/*`, lazy: () => import('./browse-page.tsx') },
  { path: `${REPOSITORY}/create/*`, lazy: () => import('./create-file-page.tsx') },
  { path: `${REPOSITORY}/upload/*`, lazy: () => import('./upload-file-page.tsx') },
  { path: `${REPOSITORY}/edit/*`, lazy: () => import('./edit-file-page.tsx') },
  { path: `${REPOSITORY}/delete/*`, lazy: () => import('./delete-file-page.tsx') },
  { path: `${REPOSITORY}/commits/*`, lazy: () => import('./commits-page.tsx') },
  { path: `${REPOSITORY}/commit/:commitId`, lazy: () => import('./commit-page.tsx') },
  { path: `${REPOSITORY}/compare/*`, lazy: () => import('./compare-page.tsx') },
  { path: `${REPOSITORY}/branches`, lazy: () => import('./branches-page.tsx') },
  { path: `${REPOSITORY}/tags`, lazy: () => import('./tags-page.tsx') },
];
