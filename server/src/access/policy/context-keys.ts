import { compileActions } from './compiled-policy.ts';
import type { ElementPatterns, PolicyStatement } from './policy-structure.ts';
import { parsePolicyText } from './policy-text.ts';

interface KeyedStatements {
  /** Policy variables are filled in: Version 2012-10-17. */
  readonly variables: boolean;
  readonly statements: readonly PolicyStatement[];
}

/**
 * The condition keys that a policy asks for, in conditions and as policy variables, as they are written first and in
 * the order of the document.
 *
 * @param action leaves out statements that do not speak about it
 */
export function contextKeysOf({ statements, variables }: KeyedStatements, action?: string): string[] {
  const keys = new Map<string, string>();
  const add = (key: string) => keys.set(key.toLowerCase(), keys.get(key.toLowerCase()) ?? key);
  const addVariables = (text: string) => {
    if (!variables) return;
    for (const part of parsePolicyText(text, { wildcards: false, variables }))
      if (typeof part === 'object') add(part.key);
  };
  for (const { actions, resources, conditions } of statements) {
    if (action !== undefined && !covers(actions, action)) continue;
    for (const { key, values } of conditions.flatMap(({ keys: ofOperator }) => ofOperator)) {
      add(key);
      values.forEach(addVariables);
    }
    resources?.patterns.forEach(addVariables);
  }
  return [...keys.values()];
}

function covers(actions: ElementPatterns | undefined, action: string): boolean {
  return actions !== undefined && compileActions(actions)(action);
}
