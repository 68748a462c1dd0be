import {
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
  constructor(principal: Principal, action: string, resourceArn: string, decision: Denial) {
    const because = decision.explicit
      ? `with an explicit deny in ${withArticle[decision.policyType]} policy`
      : `because no ${decision.policyType} policy allows the ${action} action`;
    super(`User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resourceArn} ${because}`);
    this.name = 'AccessDeniedError';
  }
}

type Denial = Extract<Decision, { effect: 'deny' }>;

const withArticle: Readonly<Record<Denial['policyType'], string>> = {
  'identity-based': 'an identity-based',
  session: 'a session',
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

/** A role that a caller wants a session of. */
export interface AssumableRole extends AuthorizedResource {
  /** As it is stored. */
  readonly trustPolicy: string;
}

/**
 * Whether the caller may take an action of STS on a role: the role must trust them, and nothing may deny it to them.
 * Whom the role trusts by name within its account needs no further permission; everyone else's policies must allow it.
 *
 * Source: IAM User Guide, "Policy evaluation logic" and "Cross-account policy evaluation logic".
 *
 * @param action sts:AssumeRole, sts:TagSession or sts:SetSourceIdentity
 */
export function mayActOnRole(
  principal: Principal,
  environment: RequestEnvironment,
  action: string,
  role: AssumableRole,
  context: ConditionEntries,
): boolean {
  const known = requestContext(principal, environment, role, context);
  const trust = evaluateTrustPolicy(role.trustPolicy, { principal, action, context: known });
  if (trust.effect === 'deny') return false;
  const decision = evaluate({ action, resource: role.arn, context: known }, policiesOf(principal));
  if (decision.effect === 'allow') return true;
  const isNamed = trust.trusts === 'principal' && role.accountId === principal.accountId;
  // What its trust adds to an identity's permissions, it does not add to a session that was narrowed.
  return isNamed && !decision.explicit && principal.sessionPolicies === undefined;
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
