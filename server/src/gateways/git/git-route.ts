import { LRUCache } from 'lru-cache';
import type { GitService } from '../../repositories/repositories.ts';

/** What a request below `/v1/repos/` asks for. */
export type GitRoute =
  | { readonly kind: 'discovery'; readonly repositoryName: string; readonly service: GitService }
  | { readonly kind: 'exchange'; readonly repositoryName: string; readonly service: GitService }
  /** The old protocol, which reads files one by one. */
  | { readonly kind: 'dumb' }
  | { readonly kind: 'unknown' };

/** CodeCommit's repository names; a `.git` that a user adds is not part of one. */
const PATH =
  /^\/v1\/repos\/([\w.-]{1,104}?)(?:\.git)?\/{1,2}(info\/refs|git-upload-pack|git-receive-pack|HEAD|objects\/.*)$/;
const REGION_OF_HOST = /(?:^|\.)git-codecommit(?:-fips)?\.([a-z]{2}(?:-[a-z]+)+-\d+)\./;

const REMEMBERED_ROUTES = 1_000;
const routes = new LRUCache<string, GitRoute>({ max: REMEMBERED_ROUTES });

/** Reads method and URL of a request of smart HTTP: https://git-scm.com/docs/http-protocol */
export function gitRouteOf(method: string, url: string): GitRoute {
  const text = `${method} ${url}`;
  const remembered = routes.get(text);
  if (remembered !== undefined) return remembered;
  const route = parseGitRoute(method, url);
  routes.set(text, route);
  return route;
}

function parseGitRoute(method: string, url: string): GitRoute {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const [, repositoryName, resource] = PATH.exec(pathname) ?? [];
  if (repositoryName === undefined || resource === undefined) return { kind: 'unknown' };
  if (method === 'POST') {
    return isService(resource) ? { kind: 'exchange', repositoryName, service: resource } : { kind: 'unknown' };
  }
  if (method !== 'GET' || isService(resource)) return { kind: 'unknown' };
  const service = searchParams.get('service');
  if (resource !== 'info/refs' || service === null) return { kind: 'dumb' };
  return isService(service) ? { kind: 'discovery', repositoryName, service } : { kind: 'unknown' };
}

/** The Region that a host of the form `git-codecommit.REGION.ANYTHING` names; also `-fips` and VPC endpoints. */
export function regionOfHost(host: string): string | undefined {
  return REGION_OF_HOST.exec(host.toLowerCase())?.[1];
}

function isService(name: string): name is GitService {
  return name === 'git-upload-pack' || name === 'git-receive-pack';
}
