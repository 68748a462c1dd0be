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
}

export type Decision =
  | { readonly effect: 'allow'; readonly source: string; readonly sid?: string }
  | { readonly effect: 'deny'; readonly explicit: true; readonly source: string; readonly sid?: string }
  | { readonly effect: 'deny'; readonly explicit: false };

/**
 * Deny by default; an explicit deny wins over every allow.
 * Source: IAM User Guide, "Policy evaluation logic". One evaluation is for one resource and one reference: a list in
 * a multivalued key would ask another question.
 */
export function evaluate(request: AuthorizationRequest, policies: PolicySet): Decision {
  const deny = findStatement('Deny', request, policies);
  if (deny !== undefined) return { effect: 'deny', explicit: true, ...deny };
  const allow = findStatement('Allow', request, policies);
  return allow === undefined ? { effect: 'deny', explicit: false } : { effect: 'allow', ...allow };
}

/** For what a service does on behalf of a caller who needs no permission but whose denies count, as KMS for CodeCommit. */
export function isExplicitlyDenied(request: AuthorizationRequest, policies: PolicySet): boolean {
  return findStatement('Deny', request, policies) !== undefined;
}

function findStatement(
  effect: Effect,
  { action, resource, context }: AuthorizationRequest,
  { identity }: PolicySet,
): { source: string; sid?: string } | undefined {
  for (const { source, policy } of identity) {
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
