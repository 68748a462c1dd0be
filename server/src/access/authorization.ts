import {
  type ConditionEntry,
  type ConditionValue,
  conditionContext,
  type Decision,
  evaluate,
  isExplicitlyDenied,
  type PolicyOfResource,
  type PolicySet,
} from './policy/evaluation.ts';
import { type Effort, EvaluationLimitError, effortOf } from './policy/evaluation-effort.ts';
import { evaluateResourcePolicy, type ResourceRequest } from './policy/resource-policy-evaluation.ts';
import type { Principal, RequestEnvironment, Tags } from './principal.ts';

/** A resource as policies name it. */
export interface AuthorizedResource {
  /** `*` for actions without resource types. */
  readonly arn: string;
  /** What a refusal tells in the place of the ARN: the caller named the resource by this and may not learn more. */
  readonly namedAs?: string;
  /** The account that owns the resource. Callers of other accounts need the consent of the resource's policy. */
  readonly accountId: string;
  readonly tags?: Tags;
  /** Of roles (who may assume them) and KMS keys. */
  readonly policy?: PolicyOfResource;
}

/** Condition keys and their values, beside the global ones. */
export type ConditionEntries = readonly (readonly [key: string, value: ConditionValue])[];

type Denial = Extract<Decision, { effect: 'deny' }> | UndecidedDenial;

/** Nothing is allowed that could not be decided. */
interface UndecidedDenial {
  readonly effect: 'deny';
  readonly limit: EvaluationLimitError;
}

/** What deciding has taken by now, for each request. */
const efforts = new WeakMap<RequestEnvironment, Effort>();

/**
 * The caller may not do this. The message is AWS's, and does not tell whether the resource exists. Like AWS's since
 * 2026, it names a managed policy that denies, and no other: "Troubleshoot access denied error messages".
 */
export class AccessDeniedError extends Error {
  /** The one that was refused, of those that the request needs. */
  readonly action: string;

  constructor(principal: Principal, action: string, resourceArn: string, denial: Denial) {
    const what = `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resourceArn}`;
    super(`${what} ${reasonOf(action, denial)}`);
    this.name = 'AccessDeniedError';
    this.action = action;
  }
}

function reasonOf(action: string, denial: Denial): string {
  if ('limit' in denial) return `because its policies cannot be evaluated: ${denial.limit.message}`;
  return denial.explicit ? explicitly(denial) : `because no ${layerOf(denial)} allows the ${action} action`;
}

type PolicyType = Extract<Decision, { effect: 'deny' }>['policyType'];

const articles: Readonly<Record<PolicyType, string>> = {
  'identity-based': 'an',
  'permissions boundary': 'a',
  session: 'a',
  'resource-based': 'a',
  'role trust': 'the',
};

function explicitly(denial: Extract<Decision, { explicit: true }>): string {
  const managed = denial.source.startsWith('arn:') ? `: ${denial.source}` : '';
  return `with an explicit deny in ${articles[denial.policyType]} ${layerOf(denial)}${managed}`;
}

function layerOf({ policyType }: { readonly policyType: PolicyType }): string {
  return policyType === 'permissions boundary' ? policyType : `${policyType} policy`;
}

/** The resource as someone sees it who is not allowed to act on it. */
export function shownArn({ arn, namedAs }: AuthorizedResource): string {
  return namedAs ?? arn;
}

/** Throws {@link AccessDeniedError} unless the policies of the caller and of the resource allow the action on it. */
export function authorize(
  principal: Principal,
  environment: RequestEnvironment,
  action: string,
  resource: AuthorizedResource,
  context: ConditionEntries = [],
): void {
  const decision = decide(principal, environment, action, resource, context);
  if (decision.effect === 'deny') throw new AccessDeniedError(principal, action, shownArn(resource), decision);
}

/** Whether the policies of the caller and of the resource allow the action on it: for what lists only what one may see. */
export function isAllowed(
  principal: Principal,
  environment: RequestEnvironment,
  action: string,
  resource: AuthorizedResource,
): boolean {
  return decide(principal, environment, action, resource, []).effect === 'allow';
}

/**
 * Whether a role's trust policy lets in those for whom an identity provider vouches: they have no policies of their own.
 *
 * @param provider as Principal elements name it
 * @param action `sts:AssumeRoleWithWebIdentity`, and `sts:TagSession` and `sts:SetSourceIdentity` where the token asks
 */
export function isTrusted(
  trustPolicy: string,
  provider: string,
  environment: RequestEnvironment,
  action: string,
  role: AuthorizedResource,
  context: ConditionEntries,
): boolean {
  const request: ResourceRequest = {
    caller: { kind: 'identity-provider', provider },
    action,
    resource: role.arn,
    context: conditionContext(() => [...requestEntries(environment, role), ...context], effortFor(environment)),
  };
  return withinLimit(() => evaluateResourcePolicy([trustPolicy], request)).effect === 'allow';
}

/** True when a policy of the caller denies the action outright: for uses that need no permission but respect a deny. */
export function isDeniedExplicitly(
  principal: Principal,
  environment: RequestEnvironment,
  action: string,
  resource: AuthorizedResource,
  context: ConditionEntries = [],
): boolean {
  const request = {
    action,
    resource: resource.arn,
    context: requestContext(principal, environment, resource, context),
  };
  const decision = withinLimit(() => isExplicitlyDenied(request, policiesOf(principal)));
  return typeof decision === 'boolean' ? decision : true;
}

/** True when the policy of the resource consents to the action, be it only that the caller's account may allow it. */
export function resourceConsents(
  principal: Principal,
  environment: RequestEnvironment,
  action: string,
  resource: AuthorizedResource,
  context: ConditionEntries = [],
): boolean {
  const request: ResourceRequest = {
    caller: principal,
    action,
    resource: resource.arn,
    context: requestContext(principal, environment, resource, context),
  };
  return withinLimit(() => evaluateResourcePolicy(resource.policy?.documents ?? [], request)).effect === 'allow';
}

function policiesOf(
  { identityPolicies, permissionsBoundary, sessionPolicies }: Principal,
  resource?: PolicySet['resource'],
): PolicySet {
  return { identity: identityPolicies, boundary: permissionsBoundary, session: sessionPolicies, resource };
}

function decide(
  principal: Principal,
  environment: RequestEnvironment,
  action: string,
  resource: AuthorizedResource,
  context: ConditionEntries,
): Decision | UndecidedDenial {
  const { arn, accountId, policy } = resource;
  const request = { action, resource: arn, context: requestContext(principal, environment, resource, context) };
  return withinLimit(() => evaluate(request, policiesOf(principal, { caller: principal, accountId, policy })));
}

function withinLimit<T>(decide: () => T): T | UndecidedDenial {
  try {
    return decide();
  } catch (error) {
    if (error instanceof EvaluationLimitError) return { effect: 'deny', limit: error };
    throw error;
  }
}

function effortFor(environment: RequestEnvironment): Effort {
  const known = efforts.get(environment);
  if (known !== undefined) return known;
  const effort = effortOf();
  efforts.set(environment, effort);
  return effort;
}

/** The global condition keys that a server can know, and those of the request itself, which may override them. */
function requestContext(
  principal: Principal,
  environment: RequestEnvironment,
  resource: AuthorizedResource,
  context: ConditionEntries,
) {
  const entries = () => [...globalEntries(principal, environment, resource), ...context];
  return conditionContext(entries, effortFor(environment));
}

function globalEntries(
  principal: Principal,
  environment: RequestEnvironment,
  resource: AuthorizedResource,
): readonly ConditionEntry[] {
  const entries: ConditionEntry[] = [
    ...requestEntries(environment, resource),
    ['aws:userid', principal.userId],
    ['aws:PrincipalArn', principal.session?.issuerArn ?? principal.arn],
    ['aws:PrincipalAccount', principal.accountId],
    ['aws:PrincipalType', principalTypes[principal.kind]],
    ...sessionEntries(principal, environment),
  ];
  if (principal.userName !== undefined) entries.push(['aws:username', principal.userName]);
  for (const [key, value] of Object.entries(principal.tags)) entries.push([`aws:PrincipalTag/${key}`, value]);
  return entries;
}

/** What is known whoever asks. */
function requestEntries(environment: RequestEnvironment, resource: AuthorizedResource): readonly ConditionEntry[] {
  const entries: ConditionEntry[] = [
    ['aws:SourceIp', environment.sourceIp],
    ['aws:RequestedRegion', environment.region],
    ['aws:CurrentTime', () => environment.time.toISOString()],
    ['aws:EpochTime', () => String(Math.floor(environment.time.getTime() / 1000))],
    ['aws:SecureTransport', String(environment.secureTransport)],
    ['aws:ResourceAccount', resource.accountId],
    ['aws:ViaAWSService', 'false'],
    ['aws:PrincipalIsAWSService', 'false'],
  ];
  if (environment.userAgent !== undefined) entries.push(['aws:UserAgent', environment.userAgent]);
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
