import { LRUCache } from 'lru-cache';
import { type CompiledStatement, compileActions, compileScope } from './compiled-policy.ts';
import type { ConditionContext } from './condition-context.ts';
import type { Effect } from './policy-structure.ts';
import { type ResourceStatement, readResourcePolicy, type StatementPrincipals } from './resource-policy.ts';

/** Who asks, as Principal elements name them. A `Principal` of `access/principal.ts` is one. */
export type ResourceCaller = AwsCaller | IdentityProviderCaller;

export interface AwsCaller {
  readonly kind: 'root' | 'user' | 'assumed-role' | 'federated-user';
  readonly accountId: string;
  readonly arn: string;
  /** AIDA…, or AROA…:SESSION */
  readonly userId: string;
  /** Of a federated user: the unique ID of the user who federated them; undefined for root. */
  readonly federatedBy?: string | undefined;
  readonly permissionsBoundary?: unknown;
}

/** Someone without credentials of this server, whom an identity provider vouches for: AssumeRoleWithWebIdentity. */
interface IdentityProviderCaller {
  readonly kind: 'identity-provider';
  /** As policies name it: arn:aws:iam::ACCOUNT:oidc-provider/HOST/PATH, or accounts.google.com */
  readonly provider: string;
}

export interface ResourceRequest {
  readonly caller: ResourceCaller;
  /** `service:Operation` */
  readonly action: string;
  /** The ARN of what the policy belongs to. */
  readonly resource: string;
  readonly context: ConditionContext;
}

/**
 * To whom an allow speaks, from the most to the least direct. Within one account
 * - `caller` (a user's ARN, a session's ARN, everybody) needs no other permission;
 * - `identity` (the role of a session, the user behind a federated one) needs no identity-based policy, but the
 *   permissions boundary and the policies of the session limit it;
 * - `account` leaves it to the account's own policies, all of which must allow.
 *
 * Source: IAM User Guide, "How AWS enforcement code logic evaluates requests", resource-based policies.
 */
export type Consent = 'caller' | 'identity' | 'account';

export type ResourceDecision =
  | { readonly effect: 'allow'; readonly to: Consent; readonly sid: string | undefined }
  | { readonly effect: 'deny'; readonly explicit: true; readonly sid: string | undefined }
  | { readonly effect: 'deny'; readonly explicit: false };

interface CompiledResourceStatement {
  readonly sid: string | undefined;
  readonly effect: Effect;
  readonly consentTo: (request: ResourceRequest) => Consent | undefined;
}

const maxCachedPolicies = 1_000;
const cache = new LRUCache<string, readonly CompiledResourceStatement[]>({ max: maxCachedPolicies });
const consents: readonly Consent[] = ['caller', 'identity', 'account'];

/**
 * Decides by a resource's policies alone: deny by default, an explicit deny wins.
 * Sources: IAM User Guide, "AWS JSON policy elements: Principal", "… NotPrincipal", "Policy evaluation logic".
 *
 * @param documents as they are stored, taken together. Users and roles stand in them by their unique IDs, sessions as
 *   AROA…:SESSION (`services/iam/policy-principals.ts`), so that a name that somebody else has by now is trusted by
 *   nobody; federated users by their ARN, accounts by their ID or the ARN of their root
 * @throws MalformedPolicyDocumentError when a document is no resource policy
 */
export function evaluateResourcePolicy(documents: readonly string[], request: ResourceRequest): ResourceDecision {
  const statements = documents.flatMap(compiled);
  const applicable = (wanted: Effect) =>
    statements.flatMap(({ effect, sid, consentTo }) => {
      const to = effect === wanted ? consentTo(request) : undefined;
      return to === undefined ? [] : [{ sid, to }];
    });
  const [deny] = applicable('Deny');
  if (deny !== undefined) return { effect: 'deny', explicit: true, sid: deny.sid };
  const allows = applicable('Allow');
  const [allow] = consents.flatMap((consent) => allows.filter(({ to }) => to === consent));
  return allow === undefined ? { effect: 'deny', explicit: false } : { effect: 'allow', ...allow };
}

/** The places, from 0, of a resource policy's statements of an effect that apply to the request. */
export function applicableResourceStatements(document: string, effect: Effect, request: ResourceRequest): number[] {
  return compiled(document).flatMap((statement, index) =>
    statement.effect === effect && statement.consentTo(request) !== undefined ? [index] : [],
  );
}

function compiled(document: string): readonly CompiledResourceStatement[] {
  const cached = cache.get(document);
  if (cached !== undefined) return cached;
  const { statements, variables } = readResourcePolicy(document);
  const policy = statements.map((statement) => compileStatement(statement, variables));
  cache.set(document, policy);
  return policy;
}

function compileStatement(statement: ResourceStatement, variables: boolean): CompiledResourceStatement {
  const { sid, effect, principals } = statement;
  const coversAction = compileActions(statement.actions);
  const applies: CompiledStatement['appliesTo'] = compileScope(statement, variables);
  return {
    sid,
    effect,
    consentTo({ caller, action, resource, context }) {
      const consent = principals.negated ? outside(principals, caller, effect) : named(principals, caller, effect);
      return consent !== undefined && coversAction(action) && applies(resource, context) ? consent : undefined;
    },
  };
}

function named({ AWS, Federated }: StatementPrincipals, caller: ResourceCaller, effect: Effect): Consent | undefined {
  if (caller.kind === 'identity-provider') {
    // Everybody includes those without credentials where something is denied, and not where something is allowed.
    const isNamed = Federated.includes(caller.provider) || (effect === 'Deny' && AWS.includes('*'));
    return isNamed ? 'caller' : undefined;
  }
  if (AWS.includes('*')) return 'caller';
  const names = namesOfCaller(caller);
  return consents.find((consent) => AWS.some((name) => names[consent].includes(name)));
}

/**
 * NotPrincipal. To be outside of a deny, a caller must be listed with their account, their role and their session or
 * with their account and their user; whoever has a permissions boundary is never outside of it. To be inside of an
 * allow, a caller must not be listed in any way.
 */
function outside(principals: StatementPrincipals, caller: ResourceCaller, effect: Effect): Consent | undefined {
  if (caller.kind === 'identity-provider') {
    return principals.Federated.includes(caller.provider) ? undefined : 'caller';
  }
  const isListed = (names: readonly string[]) => principals.AWS.some((name) => name === '*' || names.includes(name));
  const levels = Object.values(namesOfCaller(caller)).filter((names) => names.length > 0);
  if (effect === 'Allow') return levels.some(isListed) ? undefined : 'caller';
  return levels.every(isListed) && caller.permissionsBoundary === undefined ? undefined : 'caller';
}

function namesOfCaller(caller: AwsCaller): Readonly<Record<Consent, readonly string[]>> {
  const { accountId, arn, userId, federatedBy } = caller;
  const account = [accountId, `arn:aws:iam::${accountId}:root`];
  switch (caller.kind) {
    case 'root':
      return { caller: [], identity: [], account };
    case 'user':
      return { caller: [userId], identity: [], account };
    case 'assumed-role':
      return { caller: [userId], identity: [userId.slice(0, userId.indexOf(':'))], account };
    case 'federated-user':
      return { caller: [arn], identity: federatedBy === undefined ? [] : [federatedBy], account };
  }
}
