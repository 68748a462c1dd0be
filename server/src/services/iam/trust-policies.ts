import { MalformedPolicyDocumentError } from '../../access/policy/policy-document.ts';
import { parseTrustPolicy } from '../../access/policy/trust-policy.ts';
import type { Database } from '../../storage/database/database.ts';
import { quotaExceeded } from './errors.ts';
import { documentSize, encodedDocument, malformed } from './policy-documents.ts';
import { policyViewWithArns, withPrincipalsById } from './policy-principals.ts';
import { MAX_TRUST_POLICY_SIZE } from './quotas.ts';

/**
 * A role's trust policy as it is stored: see {@link withPrincipalsById}.
 *
 * @throws LimitExceeded above 2,048 characters, MalformedPolicyDocument, also for principals that do not exist
 */
export async function storableTrustPolicy(database: Database, text: string): Promise<string> {
  if (documentSize(text) > MAX_TRUST_POLICY_SIZE) throw quotaExceeded('ACLSizePerRole', MAX_TRUST_POLICY_SIZE);
  try {
    parseTrustPolicy(text);
    return await withPrincipalsById(database, text);
  } catch (error) {
    throw error instanceof MalformedPolicyDocumentError ? malformed(error.message) : error;
  }
}

/** How stored trust policies are shown: with ARNs, percent-encoded. */
export async function trustPolicyView(
  database: Database,
  documents: readonly string[],
): Promise<(document: string) => string> {
  const show = await policyViewWithArns(database, documents);
  return (document) => encodedDocument(show(document));
}
