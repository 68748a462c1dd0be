import { MalformedQueryStringError, parseQueryString } from '../../access/authentication/query-string.ts';
import type { GitService } from '../../repositories/repositories.ts';
import type { RequestTarget } from '../request-target.ts';

/** What a request below `/v1/repos/` asks for. */
export type GitRoute =
  | { readonly kind: 'discovery'; readonly repositoryName: string; readonly service: GitService }
  | { readonly kind: 'exchange'; readonly repositoryName: string; readonly service: GitService }
  /** The old protocol, which reads files one by one. */
  | { readonly kind: 'dumb'; readonly repositoryName: string }
  | { readonly kind: 'unknown' };

/** CodeCommit's repository names; a `.git` that a user adds is not part of one. */
const PATH =
  /^\/v1\/repos\/([\w.-]{1,104}?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack|HEAD|objects\/.*)$/;
const REGION_OF_HOST = /(?:^|\.)git-codecommit(?:-fips)?\.([a-z]{2}(?:-[a-z]+)+-\d+)\./;

/** Reads method and target of a request of smart HTTP: https://git-scm.com/docs/http-protocol */
export function gitRouteOf(method: string, { path, query }: RequestTarget): GitRoute {
  const [, repositoryName, resource] = PATH.exec(path) ?? [];
  if (repositoryName === undefined || resource === undefined) return { kind: 'unknown' };
  if (method === 'POST') {
    return isService(resource) ? { kind: 'exchange', repositoryName, service: resource } : { kind: 'unknown' };
  }
  if (method !== 'GET' || isService(resource)) return { kind: 'unknown' };
  if (resource !== 'info/refs') return { kind: 'dumb', repositoryName };
  const [service, ...others] = servicesOf(query);
  if (service === undefined) return { kind: 'dumb', repositoryName };
  return isService(service) && others.length === 0
    ? { kind: 'discovery', repositoryName, service }
    : { kind: 'unknown' };
}

/** A query that cannot be read asks for a service that there is not. */
function servicesOf(query: string): string[] {
  try {
    return parseQueryString(query).flatMap(([name, value]) => (name === 'service' ? [value] : []));
  } catch (error) {
    if (error instanceof MalformedQueryStringError) return [''];
    throw error;
  }
}

/** The Region that a host of the form `git-codecommit.REGION.ANYTHING` names; also `-fips` and VPC endpoints. */
export function regionOfHost(host: string): string | undefined {
  return REGION_OF_HOST.exec(host.toLowerCase())?.[1];
}

function isService(name: string): name is GitService {
  return name === 'git-upload-pack' || name === 'git-receive-pack';
}
