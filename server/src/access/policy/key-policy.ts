import { validateConditions } from './policy-document.ts';
import { MalformedPolicyDocumentError } from './policy-structure.ts';
import { namesOf, type ResourcePolicy, readResourcePolicy } from './resource-policy.ts';

const versions: readonly unknown[] = [undefined, '2012-10-17', '2008-10-17'];

/**
 * Reads and validates the policy of a KMS key when one is written. Whether its principals exist is not asked here.
 * AWS publishes few of its messages for key policies; the others are those for other resource policies.
 *
 * @throws MalformedPolicyDocumentError
 */
export function parseKeyPolicy(text: string): ResourcePolicy {
  const policy = readResourcePolicy(text);
  const { Version: version } = JSON.parse(text) as { readonly Version?: unknown };
  if (!versions.includes(version)) {
    throw new MalformedPolicyDocumentError('The policy must contain a valid version string');
  }
  if (policy.statements.length === 0) {
    throw new MalformedPolicyDocumentError('Could not parse the policy: Statement is empty!');
  }
  for (const statement of policy.statements) {
    const { principals, actions, resources } = statement;
    if (namesOf(principals).length === 0) throw missing('Principal cannot be empty!');
    if (actions.patterns.length === 0) throw missing('Action');
    if (resources === undefined || resources.patterns.length === 0) throw missing('Resource');
    if (principals.negated && statement.effect === 'Allow') {
      throw new MalformedPolicyDocumentError('Allow with NotPrincipal is not allowed.');
    }
    validateConditions(statement);
  }
  const sids = policy.statements.flatMap(({ sid }) => (sid === undefined || sid === '' ? [] : [sid]));
  if (new Set(sids).size < sids.length) {
    throw new MalformedPolicyDocumentError('The Statement Ids in the policy are not unique');
  }
  return policy;
}

function missing(element: string): MalformedPolicyDocumentError {
  return new MalformedPolicyDocumentError(`Missing required field ${element}`);
}
