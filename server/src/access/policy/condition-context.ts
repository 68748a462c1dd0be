/** One value, or the values of a multivalued key. Numbers, booleans and dates in AWS's string forms. */
export type ConditionValue = string | readonly string[];

/** What is known of a request, by lower-cased condition key. Made by {@link conditionContext} only. */
export type ConditionContext = ReadonlyMap<string, ConditionValue>;

/**
 * Condition keys are case-insensitive, the tag key after a slash too. A later entry replaces an earlier one of the
 * same key. A multivalued key without values counts as missing, as on AWS.
 */
export function conditionContext(entries: Iterable<readonly [key: string, value: ConditionValue]>): ConditionContext {
  const context = new Map<string, ConditionValue>();
  for (const [key, value] of entries) {
    const name = key.toLowerCase();
    if (value.length === 0 && typeof value !== 'string') context.delete(name);
    else context.set(name, value);
  }
  return context;
}
