import { MalformedPolicyDocumentException$ } from '@aws-sdk/client-iam';
import {
  MalformedPolicyDocumentError,
  type PolicyDocument,
  parsePolicyDocument,
} from '../../access/policy/policy-document.ts';
import { ServiceError } from '../service-error.ts';
import { quotaExceeded } from './errors.ts';
import { MAX_MANAGED_POLICY_SIZE } from './quotas.ts';

const MANAGED_POLICY_VERSION = '2012-10-17';

/** @throws MalformedPolicyDocument */
export function refuseMalformedDocument(text: string): PolicyDocument {
  try {
    return parsePolicyDocument(text);
  } catch (error) {
    throw error instanceof MalformedPolicyDocumentError ? malformed(error.message) : error;
  }
}

/**
 * Managed policies have a size of their own each, and must state the newer version.
 *
 * @throws LimitExceeded, MalformedPolicyDocument
 */
export function refuseUnfitManagedDocument(text: string): void {
  if (documentSize(text) > MAX_MANAGED_POLICY_SIZE) throw quotaExceeded('PolicySize', MAX_MANAGED_POLICY_SIZE);
  if (refuseMalformedDocument(text).version !== MANAGED_POLICY_VERSION) {
    throw malformed(`Policy document must be version ${MANAGED_POLICY_VERSION} or greater.`);
  }
}

/** Characters that count towards the size limits: IAM leaves out white space. */
export function documentSize(text: string): number {
  return text.replace(/\s/g, '').length;
}

/** As IAM returns documents: percent-encoded after RFC 3986. */
export function encodedDocument(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

export function malformed(message: string): ServiceError {
  return new ServiceError(MalformedPolicyDocumentException$, message);
}
