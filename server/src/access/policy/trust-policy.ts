import { hasDuplicateKeys } from './duplicate-keys.ts';
import { validateConditions } from './policy-document.ts';
import {
  documentElements,
  isJsonObject,
  type JsonObject,
  MalformedPolicyDocumentError,
  readConditions,
  readEffect,
  readPatterns,
  readSid,
  refuseUnknownElements,
} from './policy-structure.ts';
import {
  namesOf,
  type ResourcePolicy,
  type ResourceStatement,
  readPrincipals,
  type StatementPrincipals,
} from './resource-policy.ts';

const statementElements = new Set(['Sid', 'Effect', 'Principal', 'Action', 'NotAction', 'Condition']);
const principalTypes = new Set(['AWS', 'Service', 'Federated']);
const versions: readonly unknown[] = [undefined, '2012-10-17', '2008-10-17'];

/**
 * Reads and validates a role's trust policy. Whether its principals exist is not asked here.
 * Throws {@link MalformedPolicyDocumentError} with AWS's message.
 */
export function parseTrustPolicy(text: string): ResourcePolicy {
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

function readStatement(statement: unknown): ResourceStatement {
  if (!isJsonObject(statement)) throw invalidJson();
  refuseProhibited(statement);
  refuseUnknownElements(statement, statementElements);
  if (statement.Effect === undefined) throw missing('Effect');
  const principals = readTrusted(statement.Principal);
  const actions = readPatterns(statement.Action, statement.NotAction);
  if (!actions?.patterns.length) throw missing('Action');
  if (!actions.patterns.every((action) => /^sts:/i.test(action))) {
    throw new MalformedPolicyDocumentError('AssumeRole policy may only specify STS AssumeRole actions.');
  }
  const conditions = readConditions(statement.Condition);
  validateConditions({ conditions });
  return {
    sid: readSid(statement.Sid),
    effect: readEffect(statement.Effect),
    principals,
    actions,
    resources: undefined,
    conditions,
  };
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

function readTrusted(principal: unknown): StatementPrincipals {
  if (principal === undefined) throw missing('Principal');
  // `"Principal": "*"` too: only {"AWS": "*"} means everybody in a trust policy.
  if (!isJsonObject(principal)) throw new MalformedPolicyDocumentError('Principal must be a JSON object.');
  const other = Object.keys(principal).find((type) => !principalTypes.has(type));
  if (other !== undefined) throw new MalformedPolicyDocumentError(`Invalid principal in policy: "${other}"`);
  const principals = readPrincipals(principal, undefined);
  if (principals === undefined || namesOf(principals).length === 0) {
    throw new MalformedPolicyDocumentError('Missing required field Principal cannot be empty!');
  }
  return principals;
}

function missing(element: string): MalformedPolicyDocumentError {
  return new MalformedPolicyDocumentError(`Missing required field ${element}`);
}
