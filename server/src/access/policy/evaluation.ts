import type { CompiledPolicy, CompiledStatement } from './compiled-policy.ts';
import type { ConditionContext } from './condition-context.ts';
import type { Effect } from './policy-structure.ts';
import { type AwsCaller, type Consent, evaluateResourcePolicy } from './resource-policy-evaluation.ts';

export { type ConditionEntry, type ConditionValue, conditionContext } from './condition-context.ts';

export interface AuthorizationRequest {
  /** `service:Operation` */
  readonly action: string;
  /** An ARN, or `*` for an action without resource types. */
  readonly resource: string;
  readonly context: ConditionContext;
}

export interface SourcedPolicy {
  /** The ARN of a managed policy, or whose an inline one is and its name: user_NAME_POLICY. */
  readonly source: string;
  readonly policy: CompiledPolicy;
}

/** Every policy that speaks about the caller or the resource. */
export interface PolicySet {
  readonly identity: readonly SourcedPolicy[];
  /** What the identity may do at most. */
  readonly boundary?: SourcedPolicy | undefined;
  /** Of a session that was given policies of its own. It may do nothing that none of them allows. */
  readonly session?: readonly SourcedPolicy[] | undefined;
  readonly resource?: ResourceSide | undefined;
}

/** Whose resource it is, and what its own policy says to whom. */
interface ResourceSide {
  readonly caller: AwsCaller;
  /** The account that owns the resource. */
  readonly accountId: string;
  readonly policy?: PolicyOfResource | undefined;
}

/** The policy that a resource brings. */
export interface PolicyOfResource {
  readonly type: 'resource-based' | 'role trust';
  /**
   * As they are stored; more than one where a resource allows in more ways than by its policy. See
   * {@link evaluateResourcePolicy} for how they name principals.
   */
  readonly documents: readonly string[];
  /**
   * `required`: nobody may do anything without its allow, not even in the resource's account, as with KMS keys and
   * roles. `sufficient`: in that account the identity's own policies do as well.
   */
  readonly consent: 'required' | 'sufficient';
}

type PolicyType = 'identity-based' | 'permissions boundary' | 'session' | PolicyOfResource['type'];

interface DecidingStatement {
  /** Of which policy. */
  readonly source: string;
  readonly sid?: string;
}

/** `policyType`: the kind of policy that denies, or the first kind that does not allow. */
export type Decision =
  | ({ readonly effect: 'allow' } & DecidingStatement)
  | ({ readonly effect: 'deny'; readonly explicit: true; readonly policyType: PolicyType } & DecidingStatement)
  | { readonly effect: 'deny'; readonly explicit: false; readonly policyType: PolicyType };

/**
 * Deny by default; an explicit deny wins over every allow, wherever it stands. What an identity may do is what its
 * policies and its permissions boundary both allow, and in a session what the session's policies allow too. The policy
 * of a resource gives to callers of its account as {@link Consent} tells; for those of other accounts their own
 * policies must allow as well.
 * Source: IAM User Guide, "Policy evaluation logic". One evaluation is for one resource and one reference: a list in
 * a multivalued key would ask another question.
 */
export function evaluate(request: AuthorizationRequest, policies: PolicySet): Decision {
  const deny = findDeny(request, policies);
  if (deny !== undefined) return deny;
  const { resource } = policies;
  const consent = consentOf(request, resource);
  if (consent?.effect === 'deny' && consent.explicit) return consent;
  const isForeign = resource !== undefined && resource.accountId !== resource.caller.accountId;
  if (consent?.effect === 'allow' && !isForeign && consent.to !== 'account') {
    return (consent.to === 'identity' ? limitsOf(request, policies) : undefined) ?? consent;
  }
  const isNeeded = isForeign || resource?.policy?.consent === 'required';
  if (consent?.effect === 'deny' && isNeeded) return consent;
  const allow = findStatement('Allow', request, policies.identity);
  if (allow === undefined) return implicitDeny('identity-based');
  const isRefused = isForeign && consent === undefined;
  return limitsOf(request, policies) ?? (isRefused ? implicitDeny('resource-based') : { effect: 'allow', ...allow });
}

/** For what a service does on behalf of a caller who needs no permission but whose denies count, as KMS for CodeCommit. */
export function isExplicitlyDenied(request: AuthorizationRequest, policies: PolicySet): boolean {
  return findDeny(request, policies) !== undefined;
}

type Denial = Extract<Decision, { effect: 'deny' }>;

/** Undefined where the resource has no policy. */
function consentOf(
  request: AuthorizationRequest,
  resource: ResourceSide | undefined,
): ({ readonly effect: 'allow'; readonly to: Consent } & DecidingStatement) | Denial | undefined {
  if (resource?.policy === undefined) return undefined;
  const { documents, type: policyType } = resource.policy;
  const decision = evaluateResourcePolicy(documents, { ...request, caller: resource.caller });
  if (decision.effect === 'deny' && !decision.explicit) return implicitDeny(policyType);
  const statement = { source: policyType, ...(decision.sid !== undefined && { sid: decision.sid }) };
  return decision.effect === 'allow'
    ? { effect: 'allow', to: decision.to, ...statement }
    : { effect: 'deny', explicit: true, policyType, ...statement };
}

/** What the permissions boundary or the policies of the session do not allow, whatever others do. */
function limitsOf(request: AuthorizationRequest, { boundary, session }: PolicySet): Denial | undefined {
  if (boundary !== undefined && !allows(request, [boundary])) return implicitDeny('permissions boundary');
  return session === undefined || allows(request, session) ? undefined : implicitDeny('session');
}

function implicitDeny(policyType: PolicyType): Denial {
  return { effect: 'deny', explicit: false, policyType };
}

function findDeny(request: AuthorizationRequest, { identity, boundary, session = [] }: PolicySet): Denial | undefined {
  const layers = [
    ['identity-based', identity],
    ['permissions boundary', boundary === undefined ? [] : [boundary]],
    ['session', session],
  ] as const;
  for (const [policyType, policies] of layers) {
    const found = findStatement('Deny', request, policies);
    if (found !== undefined) return { effect: 'deny', explicit: true, policyType, ...found };
  }
  return undefined;
}

function allows(request: AuthorizationRequest, policies: readonly SourcedPolicy[]): boolean {
  return findStatement('Allow', request, policies) !== undefined;
}

function findStatement(
  effect: Effect,
  { action, resource, context }: AuthorizationRequest,
  policies: readonly SourcedPolicy[],
): DecidingStatement | undefined {
  for (const { source, policy } of policies) {
    const found = firstApplicable(policy.statementsFor(action)[effect], resource, context);
    if (found !== undefined) return found.sid === undefined ? { source } : { source, sid: found.sid };
  }
  return undefined;
}

/** Every statement of an effect that applies to the request, in the order of the policies. */
export function applicableStatements(
  effect: Effect,
  { action, resource, context }: AuthorizationRequest,
  policies: readonly SourcedPolicy[],
): { readonly policy: SourcedPolicy; readonly index: number }[] {
  return policies.flatMap((policy) =>
    policy.policy
      .statementsFor(action)
      [effect].filter((statement) => statement.appliesTo(resource, context))
      .map(({ index }) => ({ policy, index })),
  );
}

function firstApplicable(
  statements: readonly CompiledStatement[],
  resource: string,
  context: ConditionContext,
): CompiledStatement | undefined {
  return statements.find((statement) => statement.appliesTo(resource, context));
}
