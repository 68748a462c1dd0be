import type { ConditionContext } from './condition-context.ts';
import { ANY_CHARACTER, ANY_RUN, type GlobPart } from './glob.ts';

interface PolicyVariable {
  /** Lower-cased condition key. */
  readonly key: string;
  readonly fallback: string | undefined;
}

/** A piece of a resource or a condition value: literal text, a wildcard, or a variable to fill in at evaluation. */
export type PolicyTextPart = GlobPart | PolicyVariable;

interface PolicyTextSyntax {
  /** `*` and `?` are wildcards. */
  readonly wildcards: boolean;
  /** `${…}` is a policy variable or an escape: Version 2012-10-17 only. */
  readonly variables: boolean;
}

/**
 * Reads a resource or a condition value.
 * Source: IAM User Guide, "IAM policy elements: Variables and tags": `${key}`, `${key, 'default'}`, and the escapes
 * `${*}`, `${?}`, `${$}`. An opening `${` that is never closed is plain text.
 */
export function parsePolicyText(source: string, syntax: PolicyTextSyntax): PolicyTextPart[] {
  const parts: PolicyTextPart[] = [];
  let literal = '';
  const push = (part: PolicyTextPart) => {
    if (literal !== '') parts.push(literal);
    literal = '';
    parts.push(part);
  };
  const lastClosing = source.lastIndexOf('}');
  for (let position = 0; position < source.length; position++) {
    const character = source.charAt(position);
    const isVariable = syntax.variables && position < lastClosing && source.startsWith('${', position);
    const end = isVariable ? source.indexOf('}', position) : -1;
    if (end !== -1) {
      const body = source.slice(position + 2, end);
      if (body === '*' || body === '?' || body === '$') literal += body;
      else push(parseVariable(body));
      position = end;
    } else if (syntax.wildcards && character === '*') push(ANY_RUN);
    else if (syntax.wildcards && character === '?') push(ANY_CHARACTER);
    else literal += character;
  }
  if (literal !== '') parts.push(literal);
  return parts;
}

function parseVariable(body: string): PolicyVariable {
  const comma = body.indexOf(',');
  if (comma === -1) return { key: body.trim().toLowerCase(), fallback: undefined };
  const quoted = body.slice(comma + 1).trim();
  const isQuoted = quoted.length >= 2 && quoted.startsWith("'") && quoted.endsWith("'");
  return {
    key: body.slice(0, comma).trim().toLowerCase(),
    fallback: isQuoted ? quoted.slice(1, -1) : undefined,
  };
}

/** True when nothing has to be filled in. */
export function isConstant(parts: readonly PolicyTextPart[]): parts is readonly GlobPart[] {
  return parts.every((part) => typeof part !== 'object');
}

/**
 * The text with the request's values for its variables, each one literal: a `*` in a user's tag is no wildcard.
 * Undefined when a variable has neither a value nor a default; a multivalued key has no value as a variable.
 */
export function fillIn(parts: readonly PolicyTextPart[], context: ConditionContext): GlobPart[] | undefined {
  const filled: GlobPart[] = [];
  for (const part of parts) {
    if (typeof part !== 'object') {
      filled.push(part);
      continue;
    }
    const value = context.get(part.key) ?? part.fallback;
    if (typeof value !== 'string') return undefined;
    filled.push(value);
  }
  return filled;
}
