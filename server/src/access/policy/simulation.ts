import { compilePolicy } from './compiled-policy.ts';
import { type ConditionEntry, conditionContext } from './condition-context.ts';
import { contextKeysOf } from './context-keys.ts';
import {
  type AuthorizationRequest,
  applicableStatements,
  type Decision,
  evaluate,
  type PolicyOfResource,
  type SourcedPolicy,
} from './evaluation.ts';
import type { Effort } from './evaluation-effort.ts';
import { type Effect, readPolicyDocument } from './policy-structure.ts';
import { readResourcePolicy } from './resource-policy.ts';
import { type AwsCaller, applicableResourceStatements } from './resource-policy-evaluation.ts';
import { statementPositions } from './statement-positions.ts';

/** A policy to simulate with. */
export interface SimulatedPolicy {
  /** As AWS names it: PolicyInputList.1, the name of a managed policy, user_NAME_POLICY. */
  readonly id: string;
  readonly text: string;
}

export interface Simulation {
  readonly identity: readonly SimulatedPolicy[];
  readonly boundary: SimulatedPolicy | undefined;
  readonly resourcePolicy: SimulatedPolicy | undefined;
  /** Whom principals of the resource policy are compared with. */
  readonly caller: AwsCaller;
  readonly context: readonly ConditionEntry[];
  /** What all scenarios together may take. */
  readonly effort: Effort;
}

export interface Scenario {
  readonly action: string;
  readonly resource: string;
  /** The account that owns the resource. */
  readonly resourceOwner: string;
}

/** A statement that decided, with its place in the text of its policy. */
type MatchedStatement = ReturnType<typeof statementPositions>[number] & {
  readonly policyId: string;
  readonly policyType: 'IAM Policy' | 'Permissions Boundary Policy' | 'Resource Policy';
};

interface SimulatedDecision {
  readonly decision: 'allowed' | 'explicitDeny' | 'implicitDeny';
  readonly matched: readonly MatchedStatement[];
  /** Condition keys that a statement about the action asks for, and that no entry of the context has. */
  readonly missingKeys: readonly string[];
  /** Undefined without a boundary. */
  readonly isWithinBoundary: boolean | undefined;
  /** What each side would decide by itself; undefined within one account. */
  readonly sides: Readonly<Record<'IAM Policy' | 'Resource Policy', SimulatedDecision['decision']>> | undefined;
}

/**
 * Decides by the evaluator that decides real requests, and tells why.
 *
 * @throws EvaluationLimitError when the scenarios of the simulation have taken more than its effort
 */
export function simulate(simulation: Simulation, { action, resource, resourceOwner }: Scenario): SimulatedDecision {
  const { boundary, resourcePolicy, caller } = simulation;
  const context = conditionContext(() => simulation.context, simulation.effort);
  const request = { action, resource, context };
  const identity = simulation.identity.map(compiled);
  const bound = boundary && compiled(boundary);
  const side = { caller, accountId: resourceOwner, policy: resourcePolicy && policyOfResource(action, resourcePolicy) };
  const decision = outcomeOf(evaluate(request, { identity, boundary: bound, resource: side }));
  const sides = () => ({
    'IAM Policy': outcomeOf(evaluate(request, { identity, boundary: bound })),
    'Resource Policy': outcomeOf(evaluate(request, { identity: [everything], resource: side })),
  });
  return {
    decision,
    matched:
      decision === 'implicitDeny'
        ? []
        : matchedStatements(simulation, request, decision === 'allowed' ? 'Allow' : 'Deny'),
    missingKeys: askedKeys(simulation, action).filter((key) => !context.has(key.toLowerCase())),
    isWithinBoundary: bound && outcomeOf(evaluate(request, { identity: [bound] })) === 'allowed',
    sides: resourceOwner === caller.accountId ? undefined : sides(),
  };
}

function matchedStatements(
  { identity, boundary, resourcePolicy, caller, effort }: Simulation,
  request: AuthorizationRequest,
  effect: Effect,
): MatchedStatement[] {
  const ofIdentity = (policies: readonly SimulatedPolicy[], policyType: MatchedStatement['policyType']) =>
    policies.flatMap((policy) => {
      const places = applicableStatements(effect, request, [compiled(policy)]).map(({ index }) => index);
      return located(effort, policy, policyType, places);
    });
  const ofResource = (policy: SimulatedPolicy) =>
    located(
      effort,
      policy,
      'Resource Policy',
      applicableResourceStatements(policy.text, effect, { ...request, caller }),
    );
  return [
    ...ofIdentity(identity, 'IAM Policy'),
    ...ofIdentity(boundary === undefined ? [] : [boundary], 'Permissions Boundary Policy'),
    ...(resourcePolicy === undefined ? [] : ofResource(resourcePolicy)),
  ];
}

function located(
  effort: Effort,
  { id, text }: SimulatedPolicy,
  policyType: MatchedStatement['policyType'],
  places: readonly number[],
): MatchedStatement[] {
  if (places.length === 0) return [];
  effort.spend(text.length);
  const positions = statementPositions(text);
  return places.flatMap((place) => {
    const position = positions[place];
    return position === undefined ? [] : [{ policyId: id, policyType, ...position }];
  });
}

const everything: SourcedPolicy = {
  source: 'everything',
  policy: compilePolicy('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'),
};

function compiled({ id, text }: SimulatedPolicy) {
  return { source: id, policy: compilePolicy(text) };
}

/** KMS keys and roles need the consent of their policy; for any other resource of the account the identity's suffices. */
function policyOfResource(action: string, { text }: SimulatedPolicy): PolicyOfResource {
  return {
    type: 'resource-based',
    documents: [text],
    consent: /^(?:kms|sts):/i.test(action) ? 'required' : 'sufficient',
  };
}

function askedKeys({ identity, boundary, resourcePolicy, effort }: Simulation, action: string): string[] {
  const texts = [...identity, boundary, resourcePolicy].map((policy) => policy?.text ?? '');
  effort.spend(texts.reduce((sum, text) => sum + text.length, 0));
  const ofIdentity = [...identity, ...(boundary === undefined ? [] : [boundary])].map(({ text }) => {
    const { version, statements } = readPolicyDocument(text);
    return contextKeysOf({ statements, variables: version === '2012-10-17' }, action);
  });
  const ofResource = resourcePolicy === undefined ? [] : contextKeysOf(readResourcePolicy(resourcePolicy.text), action);
  const keys = [...ofIdentity.flat(), ...ofResource];
  return [...new Map(keys.map((key) => [key.toLowerCase(), key])).values()];
}

function outcomeOf(decision: Decision): SimulatedDecision['decision'] {
  if (decision.effect === 'allow') return 'allowed';
  return decision.explicit ? 'explicitDeny' : 'implicitDeny';
}
