import { hasDuplicateKeys } from './duplicate-keys.ts';

/** IAM's MalformedPolicyDocument; the message is AWS's. */
export class MalformedPolicyDocumentError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MalformedPolicyDocumentError';
  }
}

export type Effect = 'Allow' | 'Deny';

/** Action and Resource, or NotAction and NotResource. */
export interface ElementPatterns {
  readonly negated: boolean;
  readonly patterns: readonly string[];
}

/** An operator's name as written, and its keys. */
export interface ConditionBlock {
  readonly operator: string;
  readonly keys: readonly { readonly key: string; readonly values: readonly string[] }[];
}

export interface PolicyStatement {
  readonly sid: string | undefined;
  readonly effect: Effect;
  readonly actions: ElementPatterns | undefined;
  readonly resources: ElementPatterns | undefined;
  readonly conditions: readonly ConditionBlock[];
}

export interface PolicyDocument {
  /** Absent means 2008-10-17, which has no policy variables. */
  readonly version: '2012-10-17' | '2008-10-17' | undefined;
  readonly statements: readonly PolicyStatement[];
}

export type JsonObject = Readonly<Record<string, unknown>>;

export const documentElements = new Set(['Version', 'Id', 'Statement']);
const statementElements = new Set(['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition']);

/**
 * Reads the grammar of a document, not the meaning of its values: a stored document must stay readable for evaluation
 * even where {@link parsePolicyDocument} would refuse it today.
 * Source: IAM User Guide, "Grammar of the IAM JSON policy language".
 */
export function readPolicyDocument(text: string): PolicyDocument {
  const document = parseJson(text);
  if (!isJsonObject(document) || hasDuplicateKeys(text)) throw syntaxError();
  refuseUnknownElements(document, documentElements);
  if (document.Id !== undefined && typeof document.Id !== 'string') throw syntaxError();
  const version = readVersion(document.Version);
  const statements = Array.isArray(document.Statement) ? document.Statement : [document.Statement];
  if (statements.length === 0) throw syntaxError();
  return { version, statements: statements.map(readStatement) };
}

export function syntaxError(): MalformedPolicyDocumentError {
  return new MalformedPolicyDocumentError('Syntax errors in policy.');
}

export function legacyParsingError(): MalformedPolicyDocumentError {
  return new MalformedPolicyDocumentError('The policy failed legacy parsing');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const [, line, column] = /\(line (\d+) column (\d+)\)/.exec(String(error)) ?? [];
    const isDocument = /^\s*\{/.test(text);
    if (!isDocument || line === undefined) throw syntaxError();
    throw new MalformedPolicyDocumentError(`Syntax error at position (${line},${column})`);
  }
}

function readVersion(version: unknown): PolicyDocument['version'] {
  if (version === undefined || version === '2012-10-17' || version === '2008-10-17') return version;
  if (typeof version !== 'string') throw syntaxError();
  throw new MalformedPolicyDocumentError('The policy must contain a valid version string.');
}

function readStatement(statement: unknown): PolicyStatement {
  if (!isJsonObject(statement)) throw syntaxError();
  if (statement.Principal !== undefined || statement.NotPrincipal !== undefined) {
    throw new MalformedPolicyDocumentError('Policy document should not specify a principal.');
  }
  refuseUnknownElements(statement, statementElements);
  return {
    sid: readSid(statement.Sid),
    effect: readEffect(statement.Effect),
    actions: readPatterns(statement.Action, statement.NotAction),
    resources: readPatterns(statement.Resource, statement.NotResource),
    conditions: readConditions(statement.Condition),
  };
}

export function readSid(sid: unknown): string | undefined {
  if (sid === undefined || typeof sid === 'string') return sid;
  throw syntaxError();
}

export function readEffect(effect: unknown): Effect {
  if (effect === 'Allow' || effect === 'Deny') return effect;
  // IAM's first parser takes any case, its second does not.
  if (typeof effect === 'string' && /^(?:allow|deny)$/i.test(effect)) throw legacyParsingError();
  throw syntaxError();
}

export function readPatterns(element: unknown, negatedElement: unknown): ElementPatterns | undefined {
  if (element !== undefined && negatedElement !== undefined) throw syntaxError();
  const negated = negatedElement !== undefined;
  const patterns = negated ? negatedElement : element;
  if (patterns === undefined) return undefined;
  if (typeof patterns === 'string') return { negated, patterns: [patterns] };
  if (!Array.isArray(patterns) || !patterns.every((pattern) => typeof pattern === 'string')) throw syntaxError();
  return { negated, patterns };
}

export function readConditions(condition: unknown): ConditionBlock[] {
  if (condition === undefined) return [];
  if (!isJsonObject(condition)) throw syntaxError();
  return Object.entries(condition).map(([operator, keys]) => {
    if (!isJsonObject(keys)) throw syntaxError();
    return { operator, keys: Object.entries(keys).map(([key, values]) => ({ key, values: readValues(values) })) };
  });
}

function readValues(values: unknown): string[] {
  return (Array.isArray(values) ? values : [values]).map((value) => {
    if (typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    throw syntaxError();
  });
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function refuseUnknownElements(object: JsonObject, known: ReadonlySet<string>): void {
  if (!Object.keys(object).every((element) => known.has(element))) throw syntaxError();
}
