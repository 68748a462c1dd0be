import {
  GetKeyPolicy$,
  GetKeyPolicyCommand,
  ListKeyPolicies$,
  ListKeyPoliciesCommand,
  MalformedPolicyDocumentException$,
  NotFoundException$,
  PutKeyPolicy$,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms';
import { resourceConsents } from '../../access/authorization.ts';
import { parseKeyPolicy } from '../../access/policy/key-policy.ts';
import { MalformedPolicyDocumentError } from '../../access/policy/policy-document.ts';
import { policyViewWithArns, withPrincipalsById } from '../iam/policy-principals.ts';
import type { Call } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { limitExceeded } from './errors.ts';
import { keyResource, storedKeyPolicy } from './key-resources.ts';
import { existingKey, keyTarget, withLockedKey } from './key-targets.ts';
import { type FoundKey, keyConditions } from './keys.ts';
import { type KmsServices, operation } from './service.ts';

/** The only name there is: KMS API Reference, GetKeyPolicy. */
const POLICY_NAME = 'default';
/** In bytes: KMS Developer Guide, "Resource quotas". */
const MAX_POLICY_SIZE = 32 * 1024;

export const getKeyPolicy = operation(GetKeyPolicy$, GetKeyPolicyCommand, {
  target: (services, call, { KeyId }) => keyTarget(services, call, KeyId),
  handle: async ({ database }, _call, { PolicyName = POLICY_NAME }, target) => {
    const policy = storedKeyPolicy(existingKey(target));
    requireDefault(PolicyName);
    const view = await policyViewWithArns(database, [policy]);
    return { Policy: JSON.stringify(JSON.parse(view(policy)), undefined, 2), PolicyName };
  },
});

/** In every state of the key: KMS Developer Guide, "Key states of AWS KMS keys". */
export const putKeyPolicy = operation(PutKeyPolicy$, PutKeyPolicyCommand, {
  target: (services, call, { KeyId, BypassPolicyLockoutSafetyCheck = false }) =>
    keyTarget(services, call, KeyId, {
      context: [['kms:BypassPolicyLockoutSafetyCheck', String(BypassPolicyLockoutSafetyCheck)]],
    }),
  handle: async (services, call, input, target) => {
    const { PolicyName = POLICY_NAME, Policy, BypassPolicyLockoutSafetyCheck = false } = input;
    const key = existingKey(target);
    requireDefault(PolicyName);
    const policy = await storableKeyPolicy(services, Policy);
    if (!BypassPolicyLockoutSafetyCheck) refuseLockout(call, { ...key, policy });
    await withLockedKey(services, target, async (transaction, { key_id: keyId }) => {
      await transaction.updateTable('kms_keys').set({ policy }).where('key_id', '=', keyId).execute();
    });
    return {};
  },
});

export const listKeyPolicies = operation(ListKeyPolicies$, ListKeyPoliciesCommand, {
  target: (services, call, { KeyId }) => keyTarget(services, call, KeyId),
  handle: (_services, _call, _input, target) => {
    existingKey(target);
    return { PolicyNames: [POLICY_NAME], Truncated: false };
  },
});

/** The policy of a key whose maker says nothing of it: it leaves everything to the policies of the account. */
export function defaultKeyPolicy(accountId: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: [
      {
        Sid: 'Enable IAM User Permissions',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${accountId}:root` },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  });
}

/**
 * A key policy as it is stored: its users and roles by their unique IDs.
 *
 * @throws MalformedPolicyDocumentException, LimitExceededException
 */
export async function storableKeyPolicy({ database }: KmsServices, text: string): Promise<string> {
  if (Buffer.byteLength(text) > MAX_POLICY_SIZE) {
    throw limitExceeded(`The key policy is larger than the maximum size: ${MAX_POLICY_SIZE} bytes.`);
  }
  await refusingMalformed(() => parseKeyPolicy(text));
  const invalid = 'Policy contains a statement with one or more invalid principals.';
  return refusingMalformed(() => withPrincipalsById(database, text), invalid);
}

async function refusingMalformed<T>(work: () => T | Promise<T>, message?: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof MalformedPolicyDocumentError) throw malformed(message ?? error.message);
    throw error;
  }
}

/**
 * A new policy must let its author change it again: else nobody might be able to, not even AWS. An account's consent is
 * enough, as its administrator can give the rest. Source: KMS API Reference, PutKeyPolicy.
 *
 * @throws MalformedPolicyDocumentException
 */
export function refuseLockout(call: Call, key: FoundKey): void {
  const context = keyConditions(call.principal.accountId, key);
  if (resourceConsents(call.principal, call.environment, 'kms:PutKeyPolicy', keyResource(key, []), context)) return;
  throw malformed('The new key policy will not allow you to update the key policy in the future.');
}

/** @throws NotFoundException */
function requireDefault(policyName: string): void {
  if (policyName !== POLICY_NAME) throw new ServiceError(NotFoundException$, 'No such policy exists');
}

function malformed(message: string): ServiceError {
  return new ServiceError(MalformedPolicyDocumentException$, message);
}
