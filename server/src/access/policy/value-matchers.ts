import type { ConditionContext } from './condition-context.ts';
import { compileGlob, type Glob, type GlobPart } from './glob.ts';
import { isInRange, parseIpAddress, parseIpRange } from './ip-range.ts';
import { parsePolicyDate } from './policy-date.ts';
import { fillIn, isConstant, type PolicyTextPart, parsePolicyText } from './policy-text.ts';

/**
 * Does a value of the request satisfy one value of the policy? Undefined when a variable in the policy's value has no
 * value in the request.
 */
export type ValueMatcher = (actual: string, context: ConditionContext) => boolean | undefined;

/** Makes the matcher of one value of a policy; undefined when the operator cannot take the value (`IpAddress: "home"`). */
export type ValueCompiler = (value: string, variables: boolean) => ValueMatcher | undefined;

interface TextOptions {
  readonly wildcards: boolean;
  readonly ignoreCase?: boolean;
}

/** Actions, resources and string operators. In conditions, variables apply here and to ARN operators only (IAM User Guide, "Variables"). */
export function textCompiler({
  wildcards,
  ignoreCase = false,
}: TextOptions): (value: string, variables: boolean) => ValueMatcher {
  const fold = ignoreCase ? foldCase : (parts: readonly GlobPart[]) => parts;
  return (value, variables) => {
    const matcher = filledIn(parsePolicyText(value, { wildcards, variables }), (parts) => compileGlob(fold(parts)));
    if (!ignoreCase) return matcher;
    return (actual, context) => {
      context.spend(actual.length);
      return matcher(actual.toLowerCase(), context);
    };
  };
}

function foldCase(parts: readonly GlobPart[]): GlobPart[] {
  return parts.map((part) => (typeof part === 'string' ? part.toLowerCase() : part));
}

/** Compiles once where nothing has to be filled in, else at each evaluation. */
function filledIn(parts: readonly PolicyTextPart[], compile: (parts: readonly GlobPart[]) => Glob): ValueMatcher {
  if (isConstant(parts)) return compile(parts);
  return (actual, context) => {
    const filled = fillIn(parts, context);
    if (filled === undefined) return undefined;
    context.spend(lengthOf(filled));
    return compile(filled)(actual, context);
  };
}

function lengthOf(parts: readonly GlobPart[]): number {
  return parts.reduce((sum, part) => sum + (typeof part === 'string' ? part.length : 1), 0);
}

const arnComponents = 6;

/**
 * ArnEquals and ArnLike, which are the same: each of the six colon-separated components is matched by itself, and the
 * last one takes the rest. The last component of a shorter pattern takes the rest too (`arn:aws:iam::*`).
 */
export const compileArn: ValueCompiler = (value, variables) => {
  const components = splitComponents(parsePolicyText(value, { wildcards: true, variables }));
  const matchers = components.map((parts) => filledIn(parts, compileGlob));
  return (actual, context) => {
    context.spend(actual.length);
    const actualComponents = splitArn(actual, matchers.length);
    let matches = actualComponents !== undefined;
    for (const [index, matcher] of matchers.entries()) {
      const result = matcher(actualComponents?.[index] ?? '', context);
      if (result === undefined) return undefined;
      matches &&= result;
    }
    return matches;
  };
};

function splitComponents(parts: readonly PolicyTextPart[]): PolicyTextPart[][] {
  let last: PolicyTextPart[] = [];
  const components = [last];
  for (const part of parts) {
    if (typeof part !== 'string') {
      last.push(part);
      continue;
    }
    const pieces = splitFirst(part, arnComponents - components.length + 1);
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) {
        last = [];
        components.push(last);
      }
      if (piece !== '') last.push(piece);
    }
  }
  return components;
}

/** Undefined when the text is no ARN. */
function splitArn(text: string, count: number): string[] | undefined {
  const isArn = text.startsWith('arn:') && splitFirst(text, arnComponents).length === arnComponents;
  return isArn ? splitFirst(text, count) : undefined;
}

/** At most `count` pieces; the last one keeps its colons. */
function splitFirst(text: string, count: number): string[] {
  const pieces = text.split(':');
  return pieces.length <= count ? pieces : [...pieces.slice(0, count - 1), pieces.slice(count - 1).join(':')];
}

type Comparison = (actual: number, wanted: number) => boolean;
type NumberParser = (text: string) => number | undefined;

/** Numeric and Date operators. A value of the request that is no number, or no date, satisfies none. */
export function comparisonCompiler(parse: NumberParser, compare: Comparison): ValueCompiler {
  return (value) => {
    const wanted = parse(value);
    if (wanted === undefined) return undefined;
    return (actual) => {
      const number = parse(actual);
      return number !== undefined && compare(number, wanted);
    };
  };
}

export const parseDate: NumberParser = parsePolicyDate;

export const parseNumber: NumberParser = (text) => {
  const number = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
};

/** `true` and `false` in any case. */
export function parseBoolean(text: string): boolean | undefined {
  const lowerCased = text.toLowerCase();
  return lowerCased === 'true' ? true : lowerCased === 'false' ? false : undefined;
}

export const compileBoolean: ValueCompiler = (value) => {
  const wanted = parseBoolean(value);
  return wanted === undefined ? undefined : (actual) => parseBoolean(actual) === wanted;
};

/** Both sides in base64; equal when their bytes are. */
export const compileBinary: ValueCompiler = (value) => {
  const wanted = decodeBase64(value);
  return wanted === undefined ? undefined : (actual) => decodeBase64(actual)?.equals(wanted) ?? false;
};

export function decodeBase64(text: string): Buffer | undefined {
  const isBase64 = text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
  return isBase64 ? Buffer.from(text, 'base64') : undefined;
}

export const compileIpRange: ValueCompiler = (value) => {
  const range = parseIpRange(value);
  if (range === undefined) return undefined;
  return (actual) => {
    const address = parseIpAddress(actual);
    return address !== undefined && isInRange(address, range);
  };
};
