import { LRUCache } from 'lru-cache';
import { type ConditionContext, conditionContext } from './condition-context.ts';
import { type Condition, compileConditionBlock } from './conditions.ts';
import { UNLIMITED } from './evaluation-effort.ts';
import {
  type Effect,
  type ElementPatterns,
  MalformedPolicyDocumentError,
  type PolicyStatement,
  readPolicyDocument,
} from './policy-structure.ts';
import { textCompiler, type ValueMatcher } from './value-matchers.ts';

export interface CompiledStatement {
  /** Its place in the document, from 0. */
  readonly index: number;
  readonly sid: string | undefined;
  /** Resource and Condition hold; Action has been looked at by {@link CompiledPolicy.statementsFor}. */
  readonly appliesTo: (resource: string, context: ConditionContext) => boolean;
}

/** The statements of one effect that speak about an action, in the order of the document. */
type StatementsByEffect = Readonly<Record<Effect, readonly CompiledStatement[]>>;

/** A policy made ready for many evaluations. */
export interface CompiledPolicy {
  /** The document that it was compiled from. */
  readonly text: string;
  readonly statementsFor: (action: string) => StatementsByEffect;
}

/** Documents kept compiled (a few kilobytes each), and actions whose statements each of them remembers. */
const maxCachedPolicies = 10_000;
const maxCachedActions = 250;

const cache = new LRUCache<string, CompiledPolicy>({ max: maxCachedPolicies });

/**
 * Compiles a stored identity policy, once for each text. What only {@link parsePolicyDocument} refuses is evaluated
 * fail closed: an unknown operator never holds in an Allow and always holds in a Deny.
 * Throws {@link MalformedPolicyDocumentError} when the text is no policy at all.
 */
export function compilePolicy(text: string): CompiledPolicy {
  const cached = cache.get(text);
  if (cached !== undefined) return cached;
  const { version, statements } = readPolicyDocument(text);
  const compiled = statements.map((statement, index) => compileStatement(statement, index, version === '2012-10-17'));
  const policy = { text, statementsFor: indexByAction(compiled) };
  cache.set(text, policy);
  return policy;
}

interface IndexedStatement extends CompiledStatement {
  readonly effect: Effect;
  readonly coversAction: (action: string) => boolean;
}

function indexByAction(statements: readonly IndexedStatement[]): CompiledPolicy['statementsFor'] {
  // A plain map, as each policy has one: a cache of a fixed size takes its whole room at once.
  const known = new Map<string, StatementsByEffect>();
  return (action) => {
    const remembered = known.get(action);
    if (remembered !== undefined) return remembered;
    const covering = statements.filter((statement) => statement.coversAction(action));
    const found = {
      Allow: covering.filter(({ effect }) => effect === 'Allow'),
      Deny: covering.filter(({ effect }) => effect === 'Deny'),
    };
    if (known.size >= maxCachedActions) known.clear();
    known.set(action, found);
    return found;
  };
}

function compileStatement(statement: PolicyStatement, index: number, variables: boolean): IndexedStatement {
  const { sid, effect, actions, resources, conditions } = statement;
  if (actions === undefined) throw new MalformedPolicyDocumentError('Policy statement must contain actions.');
  if (resources === undefined) throw new MalformedPolicyDocumentError('Policy statement must contain resources.');
  const coversAction = compileActions(actions);
  // Most statements speak of other actions than are asked about, so their scope is never looked at.
  let scope: CompiledStatement['appliesTo'] | undefined;
  const appliesTo: CompiledStatement['appliesTo'] = (resource, context) => {
    scope ??= compileScope({ effect, resources, conditions }, variables);
    return scope(resource, context);
  };
  return { index, sid, effect, coversAction, appliesTo };
}

/**
 * Resource and Condition of a statement of any kind of policy.
 *
 * @param statement without `resources` where the statement is about what its policy belongs to
 */
export function compileScope(
  { effect, resources, conditions }: Pick<PolicyStatement, 'effect' | 'resources' | 'conditions'>,
  variables: boolean,
): CompiledStatement['appliesTo'] {
  const coversResource = resources === undefined ? () => true : compileResources(resources, effect, variables);
  const compiled: Condition[] = conditions.flatMap((block) => compileConditionBlock(block, { effect, variables }));
  return (resource, context) => coversResource(resource, context) && compiled.every((condition) => condition(context));
}

const compileAction = textCompiler({ wildcards: true, ignoreCase: true });
/** Actions and their patterns are short. */
const noContext = conditionContext(() => [], UNLIMITED);

/** Actions are case-insensitive and know no variables. */
export function compileActions({ patterns, negated }: ElementPatterns): (action: string) => boolean {
  const matchers = patterns.map((pattern) => compileAction(pattern, false));
  return (action) => matchers.some((matches) => matches(action, noContext) === true) !== negated;
}

const compileResource = textCompiler({ wildcards: true });

function compileResources(
  { patterns, negated }: ElementPatterns,
  effect: Effect,
  variables: boolean,
): (resource: string, context: ConditionContext) => boolean {
  const matchers = patterns.map((pattern) => compileResource(pattern, variables));
  if (!negated) return (resource, context) => matchers.some((matches) => matches(resource, context) === true);
  return (resource, context) => isOutside(matchers, effect, resource, context);
}

/** A NotResource with a variable that has no value: an Allow does not apply, a Deny does. */
function isOutside(
  matchers: readonly ValueMatcher[],
  effect: Effect,
  resource: string,
  context: ConditionContext,
): boolean {
  return matchers.every((matches) => {
    const result = matches(resource, context);
    return result === undefined ? effect === 'Deny' : !result;
  });
}
