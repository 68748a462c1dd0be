import type { RequestTarget } from '../../request-target.ts';

/** What a request below `info/lfs` asks for. */
export type LfsRoute =
  | { readonly kind: 'batch' }
  | { readonly kind: 'download'; readonly objectId: string }
  | { readonly kind: 'upload'; readonly objectId: string }
  | { readonly kind: 'verify' }
  | { readonly kind: 'lock' }
  | { readonly kind: 'list locks' }
  | { readonly kind: 'verify locks' }
  | { readonly kind: 'unlock'; readonly lockId: string }
  | { readonly kind: 'unknown' };

export interface LfsAddress {
  readonly repositoryName: string;
  /** Path of the API, up to `/info/lfs`, as the client wrote it. */
  readonly root: string;
  readonly query: string;
  readonly route: LfsRoute;
}

const PATH = /^(\/v1\/repos\/([\w.-]{1,104}?)(?:\.git)?\/info\/lfs)(\/.*)?$/;
const OBJECT = /^\/objects\/([0-9a-f]{64})$/;
const UNLOCK = /^\/locks\/([0-9a-f-]{36})\/unlock$/;

/** Undefined for a path that is not of Git LFS. */
export function lfsAddressOf(method: string, { path, query }: RequestTarget): LfsAddress | undefined {
  const [, root, repositoryName, rest = ''] = PATH.exec(path) ?? [];
  if (root === undefined || repositoryName === undefined) return undefined;
  return { root, repositoryName, query, route: routeOf(method, rest) };
}

function routeOf(method: string, path: string): LfsRoute {
  const objectId = OBJECT.exec(path)?.[1];
  if (objectId !== undefined && method === 'GET') return { kind: 'download', objectId };
  if (objectId !== undefined && method === 'PUT') return { kind: 'upload', objectId };
  if (method === 'GET' && path === '/locks') return { kind: 'list locks' };
  if (method !== 'POST') return { kind: 'unknown' };
  if (path === '/objects/batch') return { kind: 'batch' };
  if (path === '/objects/verify') return { kind: 'verify' };
  if (path === '/locks') return { kind: 'lock' };
  if (path === '/locks/verify') return { kind: 'verify locks' };
  const lockId = UNLOCK.exec(path)?.[1];
  return lockId === undefined ? { kind: 'unknown' } : { kind: 'unlock', lockId };
}
