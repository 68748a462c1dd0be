import { parseConditionOperator } from './condition-operators.ts';
import { acceptsValues } from './conditions.ts';
import {
  legacyParsingError,
  MalformedPolicyDocumentError,
  type PolicyDocument,
  type PolicyStatement,
  readPolicyDocument,
} from './policy-structure.ts';
import { hasUnparsableForm, validateResource } from './resource-validation.ts';

export { MalformedPolicyDocumentError, type PolicyDocument } from './policy-structure.ts';

/**
 * Reads and validates an identity policy as IAM does when one is written (CreatePolicy, CreatePolicyVersion,
 * PutUserPolicy). Sizes are the caller's to check, and that managed policies must be of Version 2012-10-17.
 * Throws {@link MalformedPolicyDocumentError} with AWS's message; where a document has several faults, AWS's choice.
 */
export function parsePolicyDocument(text: string): PolicyDocument {
  const document = readPolicyDocument(text);
  const { statements } = document;
  for (const statement of statements) {
    validateConditions(statement);
    if (statement.resources?.patterns.some(hasUnparsableForm)) throw legacyParsingError();
  }
  validateSids(statements);
  for (const { actions } of statements) {
    if (!actions?.patterns.length) throw new MalformedPolicyDocumentError('Policy statement must contain actions.');
  }
  for (const { resources } of statements) resources?.patterns.forEach(validateResource);
  for (const { actions } of statements) actions?.patterns.forEach(validateAction);
  for (const { resources } of statements) {
    if (!resources?.patterns.length) throw new MalformedPolicyDocumentError('Policy statement must contain resources.');
  }
  return document;
}

export function validateConditions({ conditions }: Pick<PolicyStatement, 'conditions'>): void {
  for (const { operator, keys } of conditions) {
    if (parseConditionOperator(operator) === undefined) {
      throw new MalformedPolicyDocumentError(`Invalid Condition type : ${operator}.`);
    }
    for (const { values } of keys) if (!acceptsValues(operator, values)) throw legacyParsingError();
  }
}

function validateSids(statements: readonly PolicyStatement[]): void {
  const seen = new Set<string>();
  for (const { sid } of statements) {
    if (sid === undefined || sid === '') continue;
    if (!/^[0-9A-Za-z]*$/.test(sid)) {
      throw new MalformedPolicyDocumentError(
        'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
      );
    }
    if (seen.has(sid)) {
      throw new MalformedPolicyDocumentError('Statement IDs (SID) in a single policy must be unique.');
    }
    seen.add(sid);
  }
}

function validateAction(action: string): void {
  if (action === '*') return;
  const [vendor = '', name, ...rest] = action.split(':');
  if (name === undefined) {
    throw new MalformedPolicyDocumentError(
      'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
    );
  }
  if (rest.length > 0) throw new MalformedPolicyDocumentError('Actions/Condition can contain only one colon.');
  if (vendor !== '*' && !/^[a-zA-Z0-9.-]+$/.test(vendor)) {
    throw new MalformedPolicyDocumentError(`Vendor ${vendor} is not valid`);
  }
}
