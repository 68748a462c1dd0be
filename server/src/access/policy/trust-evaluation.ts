import { LRUCache } from 'lru-cache';
import { compileActions } from './compiled-policy.ts';
import type { ConditionContext } from './condition-context.ts';
import { type Condition, compileConditionBlock } from './conditions.ts';
import type { Effect } from './policy-structure.ts';
import { parseTrustPolicy, type TrustStatement } from './trust-policy.ts';

/** Who asks for a session of a role. */
export interface TrustRequest {
  readonly principal: {
    readonly kind: 'root' | 'user' | 'assumed-role' | 'federated-user';
    readonly accountId: string;
    readonly arn: string;
    /** AIDA…, or AROA…:SESSION */
    readonly userId: string;
  };
  /** sts:AssumeRole, sts:TagSession or sts:SetSourceIdentity */
  readonly action: string;
  readonly context: ConditionContext;
}

/**
 * `trusts`: a caller who is named needs no other permission in the role's account; one who is trusted as a part of
 * their account needs it from their own policies as well.
 */
export type TrustDecision =
  | { readonly effect: 'allow'; readonly trusts: 'principal' | 'account' }
  | { readonly effect: 'deny'; readonly explicit: boolean };

type Trust = 'principal' | 'account';

interface CompiledTrustStatement {
  readonly effect: Effect;
  readonly appliesTo: (request: TrustRequest) => Trust | undefined;
}

const maxCachedPolicies = 1_000;
const cache = new LRUCache<string, readonly CompiledTrustStatement[]>({ max: maxCachedPolicies });

/**
 * Decides by a role's trust policy: deny by default, an explicit deny wins.
 * Source: IAM User Guide, "AWS JSON policy elements: Principal" and "Policy evaluation logic".
 *
 * @param document as it is stored: users and roles by their unique IDs, so that a name that somebody else has by now
 *   trusts nobody
 * @throws MalformedPolicyDocumentError when the document is no trust policy
 */
export function evaluateTrustPolicy(document: string, request: TrustRequest): TrustDecision {
  const statements = compiled(document);
  const trustsOf = (effect: Effect) =>
    statements.flatMap((statement) => (statement.effect === effect ? (statement.appliesTo(request) ?? []) : []));
  if (trustsOf('Deny').length > 0) return { effect: 'deny', explicit: true };
  const trusts = trustsOf('Allow');
  if (trusts.length === 0) return { effect: 'deny', explicit: false };
  return { effect: 'allow', trusts: trusts.includes('principal') ? 'principal' : 'account' };
}

function compiled(document: string): readonly CompiledTrustStatement[] {
  const cached = cache.get(document);
  if (cached !== undefined) return cached;
  const { statements, variables } = parseTrustPolicy(document);
  const policy = statements.map((statement) => compileStatement(statement, variables));
  cache.set(document, policy);
  return policy;
}

function compileStatement(statement: TrustStatement, variables: boolean): CompiledTrustStatement {
  const { effect, principals } = statement;
  const coversAction = compileActions(statement.actions);
  const conditions: Condition[] = statement.conditions.flatMap((block) =>
    compileConditionBlock(block, { effect, variables }),
  );
  return {
    effect,
    appliesTo(request) {
      const trust = trustIn(principals.AWS, request.principal);
      const applies =
        trust !== undefined &&
        coversAction(request.action) &&
        conditions.every((condition) => condition(request.context));
      return applies ? trust : undefined;
    },
  };
}

/** Callers with credentials of this server are AWS principals: services and identity providers never call. */
function trustIn(names: readonly string[], principal: TrustRequest['principal']): Trust | undefined {
  if (names.some((name) => isNamed(name, principal))) return 'principal';
  const { accountId } = principal;
  return names.some((name) => name === accountId || name === `arn:aws:iam::${accountId}:root`) ? 'account' : undefined;
}

function isNamed(name: string, { kind, arn, userId }: TrustRequest['principal']): boolean {
  if (name === '*') return true;
  switch (kind) {
    case 'root':
      return false;
    case 'user':
      return name === userId;
    case 'assumed-role':
      return name === userId || userId.startsWith(`${name}:`);
    case 'federated-user':
      return name === arn;
  }
}
