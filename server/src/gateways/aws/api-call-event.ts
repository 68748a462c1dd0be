import type { IncomingMessage } from 'node:http';
import { type AuthorizedResource, shownArn } from '../../access/authorization.ts';
import type { AuditedEvent } from '../../observability/audit/cloudtrail-record.ts';
import { loggedMembers } from '../../observability/audit/logged-members.ts';
import { tlsDetailsOf } from '../../observability/audit/tls-details.ts';
import { userIdentityOf } from '../../observability/audit/user-identity.ts';
import type { Call } from '../../services/operation.ts';
import type { Failure } from './failure.ts';
import type { Route } from './routing.ts';

/** A call of the API on its way. */
export interface AuditedCall {
  readonly route: Route;
  readonly call: Call;
  readonly request: IncomingMessage;
  resources: readonly AuthorizedResource[];
  /** Absent as long as it has not been read. */
  input?: object;
}

/** Services without Regions: their events are those of us-east-1. */
const GLOBAL_SERVICES = new Set(['iam', 'sts']);
const GLOBAL_REGION = 'us-east-1';
/** They read only, but what they hand out is told, without its secrets. */
const HANDS_OUT_CREDENTIALS = /^(AssumeRole|GetSessionToken|GetFederationToken)/;

/** The event of a call that has ended. */
export function apiCallEvent(
  { route: { service, operation }, call, request, resources, input }: AuditedCall,
  end: { readonly output: object } | { readonly failure: Failure },
): AuditedEvent {
  const { principal, environment, credential, requestId } = call;
  const [, , , , inputSchema, outputSchema] = operation.schema;
  const tellsOutput = !operation.readOnly || HANDS_OUT_CREDENTIALS.test(operation.name);
  return {
    eventSource: `${service.signingName}.amazonaws.com`,
    eventName: operation.name,
    readOnly: operation.readOnly,
    region: eventRegion(service, environment.region),
    identity: userIdentityOf(principal, credential?.accessKeyId),
    requestId,
    time: environment.time,
    sourceIp: environment.sourceIp,
    userAgent: environment.userAgent,
    tls: tlsDetailsOf(request),
    requestParameters: input === undefined ? undefined : loggedMembers(inputSchema, input),
    responseElements: 'output' in end && tellsOutput ? loggedMembers(outputSchema, end.output) : undefined,
    error: 'failure' in end ? { code: end.failure.code, message: end.failure.message } : undefined,
    resources: 'failure' in end ? resources.map((resource) => ({ ...resource, arn: shownArn(resource) })) : resources,
  };
}

/** @param region of the request */
export function eventRegion({ signingName }: Route['service'], region: string): string {
  return GLOBAL_SERVICES.has(signingName) ? GLOBAL_REGION : region;
}
