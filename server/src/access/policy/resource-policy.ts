import { hasDuplicateKeys } from './duplicate-keys.ts';
import {
  documentElements,
  type ElementPatterns,
  isJsonObject,
  type JsonObject,
  MalformedPolicyDocumentError,
  type PolicyStatement,
  readConditions,
  readEffect,
  readPatterns,
  readSid,
  refuseUnknownElements,
  syntaxError,
} from './policy-structure.ts';

/** Whom a statement speaks about, by type, as the document has them; `"*"` is `{"AWS": "*"}`. */
export interface StatementPrincipals {
  /** NotPrincipal. */
  readonly negated: boolean;
  readonly AWS: readonly string[];
  readonly Service: readonly string[];
  readonly Federated: readonly string[];
  readonly CanonicalUser: readonly string[];
}

export interface ResourceStatement extends PolicyStatement {
  readonly principals: StatementPrincipals;
  readonly actions: ElementPatterns;
  /** Undefined: what the policy belongs to. A trust policy has no Resource element. */
  readonly resources: ElementPatterns | undefined;
}

/** The policy of a resource: a role's trust policy, a KMS key's policy. */
export interface ResourcePolicy {
  /** Policy variables are filled in: Version 2012-10-17. */
  readonly variables: boolean;
  readonly statements: readonly ResourceStatement[];
}

const statementElements = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);
const principalTypes = ['AWS', 'Service', 'Federated', 'CanonicalUser'] as const;

/**
 * Reads the grammar of a stored resource policy, not the meaning of its values. What a service demands when one is
 * written, and in which words it refuses, is that service's: {@link parseTrustPolicy} for roles.
 * Throws {@link MalformedPolicyDocumentError} when the text is no resource policy.
 */
export function readResourcePolicy(text: string): ResourcePolicy {
  const document = readJson(text);
  refuseUnknownElements(document, documentElements);
  return {
    variables: document.Version === '2012-10-17',
    statements: statementsOf(document).map(readStatement),
  };
}

/** The principals of type AWS that a resource policy names, in the order of the text. */
export function awsPrincipalsOf(text: string): string[] {
  return readResourcePolicy(text).statements.flatMap(({ principals }) => principals.AWS);
}

/** The same resource policy, without white space, with other words for its principals of type AWS. */
export function renameAwsPrincipals(text: string, rename: (principal: string) => string): string {
  const document = readJson(text);
  const renamed = statementsOf(document).map((statement) => {
    if (!isJsonObject(statement)) return statement;
    const { Principal, NotPrincipal } = statement;
    return {
      ...statement,
      ...(isJsonObject(Principal) && { Principal: withRenamed(Principal, rename) }),
      ...(isJsonObject(NotPrincipal) && { NotPrincipal: withRenamed(NotPrincipal, rename) }),
    };
  });
  return JSON.stringify({ ...document, Statement: Array.isArray(document.Statement) ? renamed : renamed[0] });
}

function withRenamed(principals: JsonObject, rename: (principal: string) => string): JsonObject {
  const { AWS } = principals;
  if (AWS === undefined) return principals;
  return { ...principals, AWS: Array.isArray(AWS) ? AWS.map((name) => rename(String(name))) : rename(String(AWS)) };
}

/** Undefined without either element. @throws MalformedPolicyDocumentError for both, and for types that AWS has not */
export function readPrincipals(principal: unknown, notPrincipal: unknown): StatementPrincipals | undefined {
  if (principal !== undefined && notPrincipal !== undefined) throw syntaxError();
  const negated = notPrincipal !== undefined;
  const element = negated ? notPrincipal : principal;
  if (element === undefined) return undefined;
  const byType = element === '*' ? { AWS: '*' } : element;
  if (!isJsonObject(byType)) throw syntaxError();
  refuseUnknownElements(byType, new Set(principalTypes));
  const namesOfType = (type: (typeof principalTypes)[number]) => readPatterns(byType[type], undefined)?.patterns ?? [];
  return {
    negated,
    AWS: namesOfType('AWS'),
    Service: namesOfType('Service'),
    Federated: namesOfType('Federated'),
    CanonicalUser: namesOfType('CanonicalUser'),
  };
}

export function namesOf(principals: StatementPrincipals): string[] {
  return principalTypes.flatMap((type) => principals[type]);
}

function readStatement(statement: unknown): ResourceStatement {
  if (!isJsonObject(statement)) throw syntaxError();
  refuseUnknownElements(statement, statementElements);
  const principals = readPrincipals(statement.Principal, statement.NotPrincipal);
  if (principals === undefined) throw new MalformedPolicyDocumentError('Missing required field Principal');
  const actions = readPatterns(statement.Action, statement.NotAction);
  if (actions === undefined) throw new MalformedPolicyDocumentError('Missing required field Action');
  return {
    sid: readSid(statement.Sid),
    effect: readEffect(statement.Effect),
    principals,
    actions,
    resources: readPatterns(statement.Resource, statement.NotResource),
    conditions: readConditions(statement.Condition),
  };
}

function readJson(text: string): JsonObject {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw syntaxError();
  }
  if (!isJsonObject(document) || hasDuplicateKeys(text)) throw syntaxError();
  return document;
}

function statementsOf({ Statement: statement = [] }: JsonObject): readonly unknown[] {
  return Array.isArray(statement) ? statement : [statement];
}
