import type { CompiledPolicy, CompiledStatement } from './compiled-policy.ts';
import type { ConditionContext } from './condition-context.ts';
import type { Effect } from './policy-structure.ts';

export { type ConditionEntry, type ConditionValue, conditionContext } from './condition-context.ts';

export interface AuthorizationRequest {
  /** `service:Operation` */
  readonly action: string;
  /** An ARN, or `*` for an action without resource types. */
  readonly resource: string;
  readonly context: ConditionContext;
}

export interface SourcedPolicy {
  /** The ARN of a managed policy or the name of an inline one, for messages. */
  readonly source: string;
  readonly policy: CompiledPolicy;
}

/** Every policy that speaks about the caller. */
export interface PolicySet {
  readonly identity: readonly SourcedPolicy[];
  /** Of a session that was given policies of its own. It may do nothing that none of them allows. */
  readonly session?: readonly SourcedPolicy[] | undefined;
}

type PolicyType = 'identity-based' | 'session';

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
 * Deny by default; an explicit deny wins over every allow, wherever it stands; what a session may do is what its own
 * policies and those of its identity both allow.
 * Source: IAM User Guide, "Policy evaluation logic". One evaluation is for one resource and one reference: a list in
 * a multivalued key would ask another question.
 */
export function evaluate(request: AuthorizationRequest, policies: PolicySet): Decision {
  const deny = findDeny(request, policies);
  if (deny !== undefined) return deny;
  const allow = findStatement('Allow', request, policies.identity);
  if (allow === undefined) return { effect: 'deny', explicit: false, policyType: 'identity-based' };
  if (policies.session !== undefined && findStatement('Allow', request, policies.session) === undefined) {
    return { effect: 'deny', explicit: false, policyType: 'session' };
  }
  return { effect: 'allow', ...allow };
}

/** For what a service does on behalf of a caller who needs no permission but whose denies count, as KMS for CodeCommit. */
export function isExplicitlyDenied(request: AuthorizationRequest, policies: PolicySet): boolean {
  return findDeny(request, policies) !== undefined;
}

function findDeny(request: AuthorizationRequest, { identity, session = [] }: PolicySet): Decision | undefined {
  const ofIdentity = findStatement('Deny', request, identity);
  if (ofIdentity !== undefined) {
    return { effect: 'deny', explicit: true, policyType: 'identity-based', ...ofIdentity };
  }
  const ofSession = findStatement('Deny', request, session);
  return ofSession && { effect: 'deny', explicit: true, policyType: 'session', ...ofSession };
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

function firstApplicable(
  statements: readonly CompiledStatement[],
  resource: string,
  context: ConditionContext,
): CompiledStatement | undefined {
  return statements.find((statement) => statement.appliesTo(resource, context));
}
