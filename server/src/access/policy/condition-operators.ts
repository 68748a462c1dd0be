import {
  comparisonCompiler,
  compileArn,
  compileBinary,
  compileBoolean,
  compileIpRange,
  parseDate,
  parseNumber,
  textCompiler,
  type ValueCompiler,
} from './value-matchers.ts';

/** How the values of a multivalued key are taken together. */
type SetQualifier = 'forAllValues' | 'forAnyValue';

export interface ComparisonOperator {
  readonly kind: 'comparison';
  readonly compileValue: ValueCompiler;
  /** Satisfied by a value that matches none of the policy's values. */
  readonly negated: boolean;
  readonly qualifier: SetQualifier | undefined;
  /** `…IfExists`: satisfied when the request does not have the key. */
  readonly ifExists: boolean;
}

/** `Null`: asks whether the request has the key at all. A set qualifier changes nothing about that. */
interface NullOperator {
  readonly kind: 'null';
}

interface Comparison {
  readonly compileValue: ValueCompiler;
  readonly negated: boolean;
}

function positive(compileValue: ValueCompiler): Comparison {
  return { compileValue, negated: false };
}

function negated(compileValue: ValueCompiler): Comparison {
  return { compileValue, negated: true };
}

const equalText = textCompiler({ wildcards: false });
const equalTextIgnoringCase = textCompiler({ wildcards: false, ignoreCase: true });
const likeText = textCompiler({ wildcards: true });

function numberOperators(family: 'numeric' | 'date', parse: typeof parseNumber): [string, Comparison][] {
  const equal = comparisonCompiler(parse, (actual, wanted) => actual === wanted);
  return [
    [`${family}equals`, positive(equal)],
    [`${family}notequals`, negated(equal)],
    [`${family}lessthan`, positive(comparisonCompiler(parse, (actual, wanted) => actual < wanted))],
    [`${family}lessthanequals`, positive(comparisonCompiler(parse, (actual, wanted) => actual <= wanted))],
    [`${family}greaterthan`, positive(comparisonCompiler(parse, (actual, wanted) => actual > wanted))],
    [`${family}greaterthanequals`, positive(comparisonCompiler(parse, (actual, wanted) => actual >= wanted))],
  ];
}

const comparisons: ReadonlyMap<string, Comparison> = new Map([
  ['stringequals', positive(equalText)],
  ['stringnotequals', negated(equalText)],
  ['stringequalsignorecase', positive(equalTextIgnoringCase)],
  ['stringnotequalsignorecase', negated(equalTextIgnoringCase)],
  ['stringlike', positive(likeText)],
  ['stringnotlike', negated(likeText)],
  ...numberOperators('numeric', parseNumber),
  ...numberOperators('date', parseDate),
  ['bool', positive(compileBoolean)],
  ['binaryequals', positive(compileBinary)],
  ['ipaddress', positive(compileIpRange)],
  ['notipaddress', negated(compileIpRange)],
  ['arnequals', positive(compileArn)],
  ['arnlike', positive(compileArn)],
  ['arnnotequals', negated(compileArn)],
  ['arnnotlike', negated(compileArn)],
]);

const qualifiers: readonly (readonly [prefix: string, qualifier: SetQualifier])[] = [
  ['forallvalues:', 'forAllValues'],
  ['foranyvalue:', 'forAnyValue'],
];

const ifExistsSuffix = 'ifexists';

/**
 * Reads an operator's name, case-insensitive. Undefined for a name that AWS does not have, `NullIfExists` included.
 * Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
 */
export function parseConditionOperator(name: string): ComparisonOperator | NullOperator | undefined {
  const lowerCased = name.toLowerCase();
  const [prefix, qualifier] = qualifiers.find(([start]) => lowerCased.startsWith(start)) ?? ['', undefined];
  const unqualified = lowerCased.slice(prefix.length);
  if (unqualified === 'null') return { kind: 'null' };
  const ifExists = unqualified.endsWith(ifExistsSuffix);
  const comparison = comparisons.get(ifExists ? unqualified.slice(0, -ifExistsSuffix.length) : unqualified);
  return comparison && { kind: 'comparison', ...comparison, qualifier, ifExists };
}
