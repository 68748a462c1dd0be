import { fileURLToPath } from 'node:url';

/** What a bundler tells of its modules while it makes chunks of them. */
interface Modules {
  getModuleInfo(id: string): { readonly importedIds: readonly string[] } | null;
}

const ENTRANCE = ['main.tsx', 'session/sign-in-page.tsx', 'session/sign-up-page.tsx'].map((path) =>
  fileURLToPath(new URL(`src/${path}`, import.meta.url)),
);
/** In this order: what one takes, with all that it imports, none below it has. */
const PARTS = {
  'codecommit-api': /console\/src\/api\/codecommit|@aws-sdk\/client-codecommit\/|services\/codecommit\//,
  'iam-api': /console\/src\/api\/iam\.|@aws-sdk\/client-iam\//,
  'kms-api': /console\/src\/api\/kms\.|@aws-sdk\/client-kms\//,
  codecommit: /console\/src\/codecommit\//,
  kms: /console\/src\/kms\//,
  iam: /console\/src\/iam\//,
};
/** Large, and of the two pages alone that show changes. */
const CHANGES = /node_modules\/react-diff-view\/|codecommit\/code\/(change|diff)/;
/** What fewer use would make the first visit of all others longer. */
const MANY_PAGES = 3;
const SHARED =
  /node_modules\/(@cloudscape-design|@smithy|@aws|@aws-crypto|@aws-sdk\/(?!client-)[^/]+|tslib)\/|console\/src\/(elements|frame|session|api\/(queries|client-options|pages-of))/;

/**
 * Each file that a page is made of costs a round trip, and a module of its own for each button made a hundred of them. So
 * what the sign-in page needs, which every page does, is one chunk; what many pages share is another, and of each service
 * two more. What one page alone needs stays with it, and what is imported later stays apart.
 */
export function chunkGroups() {
  let entrance: ReadonlySet<string> | undefined;
  return [
    {
      name: (id: string, modules: Modules) => {
        entrance ??= importedBy(ENTRANCE, modules);
        return entrance.has(id) ? 'entrance' : null;
      },
      priority: 6,
    },
    { name: 'shared', test: matches(SHARED), minShareCount: MANY_PAGES, priority: 5 },
    ...Object.entries(PARTS).map(([name, path]) => ({
      name,
      test: matches(path),
      minShareCount: MANY_PAGES,
      priority: 4,
    })),
    { name: 'changes', test: matches(CHANGES), minShareCount: 2, priority: 3 },
  ];
}

function matches(path: RegExp) {
  return (id: string) => path.test(id.replaceAll('\\', '/'));
}

/** The modules and what they import, be it by way of others, but not what they `import()` later. */
function importedBy(ids: readonly string[], modules: Modules): ReadonlySet<string> {
  const reached = new Set(ids);
  for (const id of reached) for (const imported of modules.getModuleInfo(id)?.importedIds ?? []) reached.add(imported);
  return reached;
}
