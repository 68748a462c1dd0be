import type { ConditionContext, ConditionValue } from './condition-context.ts';
import { type ComparisonOperator, parseConditionOperator } from './condition-operators.ts';
import type { ConditionBlock, Effect } from './policy-structure.ts';
import { parseBoolean, type ValueMatcher } from './value-matchers.ts';

export type Condition = (context: ConditionContext) => boolean;

interface ConditionScope {
  readonly effect: Effect;
  /** Policy variables are filled in: Version 2012-10-17. */
  readonly variables: boolean;
}

/**
 * One operator with its keys, all of which must hold. What cannot be understood, an unknown operator or a value that
 * it cannot take, never holds in an Allow and always holds in a Deny.
 */
export function compileConditionBlock(block: ConditionBlock, scope: ConditionScope): Condition[] {
  const notUnderstood: Condition = () => scope.effect === 'Deny';
  const operator = parseConditionOperator(block.operator);
  if (operator === undefined) return [notUnderstood];
  return block.keys.map(({ key, values }) => {
    const name = key.toLowerCase();
    const condition =
      operator.kind === 'null' ? compileNull(name, values) : compileComparison(operator, name, values, scope);
    return condition ?? notUnderstood;
  });
}

/** False when a stored policy with it would be refused on writing. */
export function acceptsValues(operatorName: string, values: readonly string[]): boolean {
  const operator = parseConditionOperator(operatorName);
  if (operator === undefined) return false;
  return operator.kind === 'null'
    ? values.every((value) => parseBoolean(value) !== undefined)
    : values.every((value) => operator.compileValue(value, true) !== undefined);
}

function compileNull(key: string, values: readonly string[]): Condition | undefined {
  const wanted = values.map(parseBoolean);
  return wanted.includes(undefined) ? undefined : (context) => wanted.includes(!context.has(key));
}

function compileComparison(
  operator: ComparisonOperator,
  key: string,
  values: readonly string[],
  { effect, variables }: ConditionScope,
): Condition | undefined {
  const compiled = values.map((value) => operator.compileValue(value, variables));
  const matchers = compiled.filter((matcher) => matcher !== undefined);
  if (matchers.length < compiled.length) return undefined;
  const whenMissing = operator.ifExists || holdsWhenMissing(operator);
  const holds = (context: ConditionContext, actual: string) =>
    holdsForValue(operator, matchers, effect, context, actual);
  return (context) => {
    const actual = context.get(key);
    return actual === undefined ? whenMissing : holdsForValues(operator, actual, (value) => holds(context, value));
  };
}

function holdsWhenMissing({ qualifier, negated }: ComparisonOperator): boolean {
  return qualifier === undefined ? negated : qualifier === 'forAllValues';
}

/**
 * Without a set qualifier a multivalued key is taken as AWS's own examples take `aws:TagKeys`: a positive operator
 * wants one value that matches, a negated one wants no value that does.
 */
function holdsForValues(
  { qualifier, negated }: ComparisonOperator,
  actual: ConditionValue,
  holds: (value: string) => boolean,
): boolean {
  if (typeof actual === 'string') return holds(actual);
  const wantsAll = qualifier === undefined ? negated : qualifier === 'forAllValues';
  return wantsAll ? actual.every(holds) : actual.some(holds);
}

/** The policy's values are alternatives: a positive operator wants one to match, a negated one wants none to. */
function holdsForValue(
  { negated }: ComparisonOperator,
  matchers: readonly ValueMatcher[],
  effect: Effect,
  context: ConditionContext,
  actual: string,
): boolean {
  let unresolved = false;
  context.spend(matchers.length);
  for (const matcher of matchers) {
    const matches = matcher(actual, context);
    if (matches === true) return !negated;
    if (matches === undefined) unresolved = true;
  }
  // "Differs from nobody" must not open a door for a caller without the value; in a Deny it must not close one less.
  return negated && !(unresolved && effect === 'Allow');
}
