import { type Effort, EvaluationLimitError, effortOf, VALUE_MAXIMUM } from './evaluation-effort.ts';

/** One value, or the values of a multivalued key. Numbers, booleans and dates in AWS's string forms. */
export type ConditionValue = string | readonly string[];

/** A key and its value, or how to make the value when a policy asks for it. */
export type ConditionEntry = readonly [key: string, value: ConditionValue | (() => string)];

/** What is known of a request, by lower-cased condition key. Made by {@link conditionContext} only. */
export interface ConditionContext extends Effort {
  has(key: string): boolean;
  get(key: string): ConditionValue | undefined;
}

/**
 * Condition keys are case-insensitive, the tag key after a slash too. A later entry replaces an earlier one of the
 * same key. A multivalued key without values counts as missing, as on AWS.
 *
 * @param entries asked for when a policy reads the context: most decisions read nothing of it
 * @param effort of the request, which its decisions share
 * @throws EvaluationLimitError when a value is longer than 8,192 and a policy reads the context
 */
export function conditionContext(
  entries: () => Iterable<ConditionEntry>,
  effort: Effort = effortOf(),
): ConditionContext {
  let values: ReturnType<typeof valuesByKey> | undefined;
  const known = () => {
    values ??= valuesByKey(entries());
    return values;
  };
  return {
    has: (key) => known().has(key),
    get(key) {
      const value = known().get(key);
      return typeof value === 'function' ? value() : value;
    },
    spend: effort.spend,
  };
}

function valuesByKey(entries: Iterable<ConditionEntry>): Map<string, ConditionEntry[1]> {
  const values = new Map<string, ConditionEntry[1]>();
  for (const [key, value] of entries) {
    const name = key.toLowerCase();
    refuseLongValue(key, value);
    if (Array.isArray(value) && value.length === 0) values.delete(name);
    else values.set(name, value);
  }
  return values;
}

function refuseLongValue(key: string, value: ConditionEntry[1]): void {
  const values = typeof value === 'string' ? [value] : typeof value === 'function' ? [] : value;
  if (values.some((text) => text.length > VALUE_MAXIMUM)) {
    throw new EvaluationLimitError(`The value of ${key} is longer than ${VALUE_MAXIMUM} characters`);
  }
}
