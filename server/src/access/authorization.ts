import {
  type AuthorizationRequest,
  type ConditionEntry,
  type ConditionValue,
  conditionContext,
  type Decision,
  evaluate,
  isExplicitlyDenied,
  type PolicySet,
} from './policy/evaluation.ts';
import { evaluateTrustPolicy } from './policy/trust-evaluation.ts';
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
  constructor(principal: Principal, action: string, resourceArn: string, denial: Denial) {
    const because = denial.explicit
      ? `with an explicit deny in ${withArticle[denial.policyType]} policy`
      : `because no ${denial.policyType} policy allows the ${action} action`;
    super(`User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resourceArn} ${because}`);
    this.name = 'AccessDeniedError';
  }
}

type PolicyDenial = Extract<Decision, { effect: 'deny' }>;

interface Denial {
  readonly explicit: boolean;
  readonly policyType: PolicyDenial['policyType'] | 'role trust';
}

const withArticle: Readonly<Record<Denial['policyType'], string>> = {
  'identity-based': 'an identity-based',
  session: 'a session',
  'role trust': 'the role trust',
};

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

/** A role that somebody wants a session of. */
export interface AssumedRole extends AuthorizedResource {
  /** As it is stored. */
  readonly trustPolicy: string;
}

/**
 * Throws {@link AccessDeniedError} unless the caller may take on the role. The role's trust policy must allow it, and so
 * must the caller's own policies, save where the trust policy names a caller of the role's account.
 * Source: IAM User Guide, "Policy evaluation logic", and "Granting a user permissions to switch roles".
 *
 * @param action `sts:AssumeRole`, and `sts:TagSession` and `sts:SetSourceIdentity` where the request does that
 */
export function authorizeAssumption(
  principal: Principal,
  environment: RequestEnvironment,
  action: string,
  role: AssumedRole,
  context: ConditionEntries = [],
): void {
  const denial = assumptionDenial(principal, role, {
    action,
    resource: role.arn,
    context: requestContext(principal, environment, role, context),
  });
  if (denial !== undefined) throw new AccessDeniedError(principal, action, role.arn, denial);
}

function assumptionDenial(principal: Principal, role: AssumedRole, request: AuthorizationRequest): Denial | undefined {
  const own = evaluate(request, policiesOf(principal));
  if (own.effect === 'deny' && own.explicit) return own;
  const trust = evaluateTrustPolicy(role.trustPolicy, { principal, ...request });
  if (trust.effect === 'deny') return { explicit: trust.explicit, policyType: 'role trust' };
  if (own.effect === 'allow') return undefined;
  const isNamed = trust.trusts === 'principal' && role.accountId === principal.accountId;
  return isNamed ? sessionDenial(principal, request) : own;
}

/** What the policies of a session refuse, whatever those of its identity say. */
function sessionDenial({ sessionPolicies }: Principal, request: AuthorizationRequest): Denial | undefined {
  if (sessionPolicies === undefined) return undefined;
  const decision = evaluate(request, { identity: sessionPolicies });
  return decision.effect === 'allow' ? undefined : { explicit: decision.explicit, policyType: 'session' };
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
    policiesOf(principal),
  );
}

function policiesOf({ identityPolicies, sessionPolicies }: Principal): PolicySet {
  return { identity: identityPolicies, session: sessionPolicies };
}

function decide(
  principal: Principal,
  environment: RequestEnvironment,
  action: string,
  resource: AuthorizedResource,
  context: ConditionEntries,
): Decision {
  // Another account's resource needs that account's consent, which only a resource policy could give.
  if (resource.accountId !== principal.accountId) {
    return { effect: 'deny', explicit: false, policyType: 'identity-based' };
  }
  return evaluate(
    { action, resource: resource.arn, context: requestContext(principal, environment, resource, context) },
    policiesOf(principal),
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
    ['aws:PrincipalArn', principal.session?.issuerArn ?? principal.arn],
    ['aws:PrincipalAccount', principal.accountId],
    ['aws:PrincipalType', principalTypes[principal.kind]],
    ['aws:RequestedRegion', environment.region],
    ['aws:CurrentTime', () => environment.time.toISOString()],
    ['aws:EpochTime', () => String(Math.floor(environment.time.getTime() / 1000))],
    ['aws:SecureTransport', String(environment.secureTransport)],
    ['aws:ResourceAccount', resource.accountId],
    ['aws:ViaAWSService', 'false'],
    ...sessionEntries(principal, environment),
  ];
  if (principal.userName !== undefined) entries.push(['aws:username', principal.userName]);
  if (environment.userAgent !== undefined) entries.push(['aws:UserAgent', environment.userAgent]);
  for (const [key, value] of Object.entries(principal.tags)) entries.push([`aws:PrincipalTag/${key}`, value]);
  for (const [key, value] of Object.entries(resource.tags ?? {})) entries.push([`aws:ResourceTag/${key}`, value]);
  return entries;
}

const principalTypes: Readonly<Record<Principal['kind'], string>> = {
  root: 'Account',
  user: 'User',
  'assumed-role': 'AssumedRole',
  'federated-user': 'FederatedUser',
};

/**
 * What only temporary credentials tell. Long-lived ones have not even `aws:MultiFactorAuthPresent`: IAM User Guide,
 * "AWS global condition context keys".
 */
function sessionEntries({ session }: Principal, environment: RequestEnvironment): readonly ConditionEntry[] {
  if (session === undefined) return [];
  const { issuedAt, mfaAuthenticatedAt, sourceIdentity } = session;
  const entries: ConditionEntry[] = [
    ['aws:TokenIssueTime', issuedAt.toISOString()],
    ['aws:MultiFactorAuthPresent', String(mfaAuthenticatedAt !== undefined)],
  ];
  if (mfaAuthenticatedAt !== undefined) {
    entries.push(['aws:MultiFactorAuthAge', () => secondsBetween(mfaAuthenticatedAt, environment.time)]);
  }
  if (sourceIdentity !== undefined) entries.push(['aws:SourceIdentity', sourceIdentity]);
  return entries;
}

function secondsBetween(from: Date, to: Date): string {
  return String(Math.floor((to.getTime() - from.getTime()) / 1000));
}
