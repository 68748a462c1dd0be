import {
  type ConditionEntry,
  type ConditionValue,
  conditionContext,
  type Decision,
  evaluate,
  isExplicitlyDenied,
} from './policy/evaluation.ts';
import type { Principal, RequestEnvironment, Tags } from './principal.ts';

/** A resource as policies name it. */
export interface AuthorizedResource {
  /** `*` for actions without resource types. */
  readonly arn: string;
  /** The account that owns the resource. */
  readonly accountId: string;
  readonly tags?: Tags;
}

/** Condition keys and their values, beside the global ones. */
export type ConditionEntries = readonly (readonly [key: string, value: ConditionValue])[];

/** The caller may not do this. The message is AWS's, and does not tell whether the resource exists. */
export class AccessDeniedError extends Error {
  constructor(principal: Principal, action: string, resourceArn: string, decision: Decision) {
    const because =
      decision.effect === 'deny' && decision.explicit
        ? 'with an explicit deny in an identity-based policy'
        : `because no identity-based policy allows the ${action} action`;
    super(`User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resourceArn} ${because}`);
    this.name = 'AccessDeniedError';
  }
}

/** Throws {@link AccessDeniedError} unless the caller's policies allow the action on the resource. */
export function authorize(
  principal: Principal,
  environment: RequestEnvironment,
  action: string,
  resource: AuthorizedResource,
  context: ConditionEntries = [],
): void {
  const decision = decide(principal, environment, action, resource, context);
  if (decision.effect === 'deny') throw new AccessDeniedError(principal, action, resource.arn, decision);
}

/** True when a policy of the caller denies the action outright: for uses that need no permission but respect a deny. */
export function isDeniedExplicitly(
  principal: Principal,
  environment: RequestEnvironment,
  action: string,
  resource: AuthorizedResource,
  context: ConditionEntries = [],
): boolean {
  return isExplicitlyDenied(
    { action, resource: resource.arn, context: requestContext(principal, environment, resource, context) },
    { identity: principal.identityPolicies },
  );
}

function decide(
  principal: Principal,
  environment: RequestEnvironment,
  action: string,
  resource: AuthorizedResource,
  context: ConditionEntries,
): Decision {
  // Another account's resource needs that account's consent, which only a resource policy could give.
  if (resource.accountId !== principal.accountId) return { effect: 'deny', explicit: false };
  if (principal.kind === 'root') return { effect: 'allow', source: 'root' };
  return evaluate(
    { action, resource: resource.arn, context: requestContext(principal, environment, resource, context) },
    { identity: principal.identityPolicies },
  );
}

/** The global condition keys that a server can know, and those of the request itself, which may override them. */
function requestContext(
  principal: Principal,
  environment: RequestEnvironment,
  resource: AuthorizedResource,
  context: ConditionEntries,
) {
  return conditionContext(() => [...globalEntries(principal, environment, resource), ...context]);
}

function globalEntries(
  principal: Principal,
  environment: RequestEnvironment,
  resource: AuthorizedResource,
): readonly ConditionEntry[] {
  const entries: ConditionEntry[] = [
    ['aws:SourceIp', environment.sourceIp],
    ['aws:userid', principal.userId],
    ['aws:PrincipalArn', principal.arn],
    ['aws:PrincipalAccount', principal.accountId],
    ['aws:PrincipalType', principal.kind === 'root' ? 'Account' : 'User'],
    ['aws:RequestedRegion', environment.region],
    ['aws:CurrentTime', () => environment.time.toISOString()],
    ['aws:EpochTime', () => String(Math.floor(environment.time.getTime() / 1000))],
    ['aws:SecureTransport', String(environment.secureTransport)],
    ['aws:ResourceAccount', resource.accountId],
    ['aws:ViaAWSService', 'false'],
  ];
  if (principal.userName !== undefined) entries.push(['aws:username', principal.userName]);
  if (environment.userAgent !== undefined) entries.push(['aws:UserAgent', environment.userAgent]);
  for (const [key, value] of Object.entries(principal.tags)) entries.push([`aws:PrincipalTag/${key}`, value]);
  for (const [key, value] of Object.entries(resource.tags ?? {})) entries.push([`aws:ResourceTag/${key}`, value]);
  return entries;
}
