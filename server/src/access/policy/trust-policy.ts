import { hasDuplicateKeys } from './duplicate-keys.ts';
import { validateConditions } from './policy-document.ts';
import {
  type ConditionBlock,
  documentElements,
  type Effect,
  type ElementPatterns,
  isJsonObject,
  type JsonObject,
  MalformedPolicyDocumentError,
  readConditions,
  readEffect,
  readPatterns,
  readSid,
  refuseUnknownElements,
} from './policy-structure.ts';

/** Whom a statement speaks about, by type, as the document has them. */
interface TrustedPrincipals {
  readonly AWS: readonly string[];
  readonly Service: readonly string[];
  readonly Federated: readonly string[];
}

export interface TrustStatement {
  readonly sid: string | undefined;
  readonly effect: Effect;
  readonly actions: ElementPatterns;
  readonly principals: TrustedPrincipals;
  readonly conditions: readonly ConditionBlock[];
}

export interface TrustPolicy {
  /** Policy variables are filled in: Version 2012-10-17. */
  readonly variables: boolean;
  readonly statements: readonly TrustStatement[];
}

const statementElements = new Set(['Sid', 'Effect', 'Principal', 'Action', 'NotAction', 'Condition']);
const versions: readonly unknown[] = [undefined, '2012-10-17', '2008-10-17'];

/**
 * Reads and validates a role's trust policy. Whether its principals exist is not asked here.
 * Throws {@link MalformedPolicyDocumentError} with AWS's message.
 */
export function parseTrustPolicy(text: string): TrustPolicy {
  const document = parseJson(text);
  refuseUnknownElements(document, documentElements);
  if (document.Id !== undefined && typeof document.Id !== 'string') throw invalidJson();
  if (!versions.includes(document.Version)) {
    throw new MalformedPolicyDocumentError('The policy must contain a valid version string');
  }
  const statements = statementsOf(document).map(readStatement);
  const sids = statements.flatMap(({ sid }) => (sid === undefined || sid === '' ? [] : [sid]));
  if (new Set(sids).size < sids.length) {
    throw new MalformedPolicyDocumentError('The Statement Ids in the policy are not unique');
  }
  return { variables: document.Version === '2012-10-17', statements };
}

/** The principals of type AWS that a trust policy names, in the order of the text. */
export function awsPrincipalsOf(text: string): string[] {
  return parseTrustPolicy(text).statements.flatMap(({ principals }) => principals.AWS);
}

/** The same trust policy, without white space, with other words for its principals of type AWS. */
export function renameAwsPrincipals(text: string, rename: (principal: string) => string): string {
  const document = parseJson(text);
  const renamed = statementsOf(document).map((statement) => {
    if (!isJsonObject(statement) || !isJsonObject(statement.Principal)) return statement;
    const { AWS } = statement.Principal;
    if (AWS === undefined) return statement;
    const names = Array.isArray(AWS) ? AWS.map((name) => rename(String(name))) : rename(String(AWS));
    return { ...statement, Principal: { ...statement.Principal, AWS: names } };
  });
  return JSON.stringify({ ...document, Statement: Array.isArray(document.Statement) ? renamed : renamed[0] });
}

function parseJson(text: string): JsonObject {
  const document = jsonOf(text);
  if (!isJsonObject(document) || hasDuplicateKeys(text)) throw invalidJson();
  return document;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidJson();
  }
}

function invalidJson(): MalformedPolicyDocumentError {
  return new MalformedPolicyDocumentError('This policy contains invalid Json');
}

function statementsOf(document: JsonObject): readonly unknown[] {
  const { Statement: statement = [] } = document;
  const statements = Array.isArray(statement) ? statement : [statement];
  if (statements.length === 0) {
    throw new MalformedPolicyDocumentError('Could not parse the policy: Statement is empty!');
  }
  return statements;
}

function readStatement(statement: unknown): TrustStatement {
  if (!isJsonObject(statement)) throw invalidJson();
  refuseProhibited(statement);
  refuseUnknownElements(statement, statementElements);
  if (statement.Effect === undefined) throw missing('Effect');
  const principals = readPrincipals(statement.Principal);
  const actions = readPatterns(statement.Action, statement.NotAction);
  if (!actions?.patterns.length) throw missing('Action');
  if (!actions.patterns.every((action) => /^sts:/i.test(action))) {
    throw new MalformedPolicyDocumentError('AssumeRole policy may only specify STS AssumeRole actions.');
  }
  const conditions = readConditions(statement.Condition);
  validateConditions({ conditions });
  return { sid: readSid(statement.Sid), effect: readEffect(statement.Effect), actions, principals, conditions };
}

/** A trust policy is its role's alone, and must say whom it trusts: not whom it does not. */
function refuseProhibited(statement: JsonObject): void {
  if (statement.Resource !== undefined) throw new MalformedPolicyDocumentError('Has prohibited field Resource');
  if (statement.NotResource !== undefined) {
    throw new MalformedPolicyDocumentError('AssumeRole policy must not contain resources.');
  }
  if (statement.NotPrincipal !== undefined) {
    throw new MalformedPolicyDocumentError(
      statement.Effect === 'Deny'
        ? 'AssumeRole policy must not contain NotPrincipal field.'
        : 'Allow with NotPrincipal is not allowed.',
    );
  }
}

function readPrincipals(principal: unknown): TrustedPrincipals {
  if (principal === undefined) throw missing('Principal');
  // `"Principal": "*"` too: only {"AWS": "*"} means everybody in a trust policy.
  if (!isJsonObject(principal)) throw new MalformedPolicyDocumentError('Principal must be a JSON object.');
  const { AWS, Service, Federated, ...others } = principal;
  const [other] = Object.keys(others);
  if (other !== undefined) throw new MalformedPolicyDocumentError(`Invalid principal in policy: "${other}"`);
  const principals = { AWS: readNames(AWS), Service: readNames(Service), Federated: readNames(Federated) };
  if (Object.values(principals).every((names) => names.length === 0)) {
    throw new MalformedPolicyDocumentError('Missing required field Principal cannot be empty!');
  }
  return principals;
}

function readNames(names: unknown): readonly string[] {
  return readPatterns(names, undefined)?.patterns ?? [];
}

function missing(element: string): MalformedPolicyDocumentError {
  return new MalformedPolicyDocumentError(`Missing required field ${element}`);
}
