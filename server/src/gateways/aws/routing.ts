import type { Operation, Service, UnsignedOperation } from '../../services/operation.ts';
import { RequestError } from './request-error.ts';

/** A service whichever its own dependencies are. */
export type AnyService = Service<unknown>;

export interface Route {
  readonly service: AnyService;
  readonly operation: Operation<unknown>;
}

/** Finds the operation of an `X-Amz-Target` header such as CodeCommit_20150413.GetBranch. */
export function routeOfTarget(services: readonly AnyService[], target: string): Route {
  const dot = target.lastIndexOf('.');
  const [prefix, name] = [target.slice(0, Math.max(dot, 0)), target.slice(dot + 1)];
  const service = services.find(({ protocol }) => {
    if (protocol.kind !== 'awsJson1.1') return false;
    const { targetPrefix, targetNamespace } = protocol;
    return (
      prefix === targetPrefix || (targetNamespace !== undefined && prefix === `${targetNamespace}.${targetPrefix}`)
    );
  });
  const operation = service?.operations.get(name);
  if (service === undefined || operation === undefined) {
    throw new RequestError('unknownOperation', `Could not find operation ${shown(name)}`);
  }
  return { service, operation };
}

interface QueryRoute extends Route {
  readonly xmlNamespace: string;
}

/** To an operation that takes no signature. */
interface UnsignedRoute {
  readonly service: AnyService;
  readonly unsigned: UnsignedOperation<unknown>;
  readonly xmlNamespace: string;
}

/** Finds the operation of the parameters `Action` and `Version`. */
export function routeOfAction(
  services: readonly AnyService[],
  parameters: ReadonlyMap<string, string>,
): QueryRoute | UnsignedRoute {
  const [action, version] = [parameters.get('Action'), parameters.get('Version')];
  if (!action) {
    throw new RequestError('missingAction', 'The request is missing an action or a required parameter.');
  }
  const found = serviceOfVersion(services, version);
  if (found === undefined && version !== undefined) {
    throw new RequestError('noSuchVersion', `The requested version ( ${shown(version)} ) is not valid.`);
  }
  const unsigned = found?.service.unsignedOperations?.get(action);
  if (found !== undefined && unsigned !== undefined) return { ...found, unsigned };
  const operation = found?.service.operations.get(action);
  if (found === undefined || operation === undefined) {
    throw new RequestError(
      'unknownOperation',
      `Could not find operation ${shown(action)} for version ${shown(version ?? 'NO_VERSION_SPECIFIED')}`,
    );
  }
  return { ...found, operation };
}

function serviceOfVersion(services: readonly AnyService[], version: string | undefined) {
  for (const service of services) {
    const { protocol } = service;
    if (protocol.kind === 'awsQuery' && protocol.version === version) {
      return { service, xmlNamespace: protocol.xmlNamespace };
    }
  }
  return undefined;
}

/** Names of operations are short; what stands in their place may be megabytes. */
function shown(name: string): string {
  return name.length > 128 ? `${name.slice(0, 128)}…` : name;
}
