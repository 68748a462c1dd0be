import {
  GetKeyPolicy$,
  GetKeyPolicyCommand,
  ListKeyPolicies$,
  ListKeyPoliciesCommand,
  NotFoundException$,
} from '@aws-sdk/client-kms';
import { ServiceError } from '../service-error.ts';
import { existingKey, keyTarget } from './key-targets.ts';
import type { FoundKey } from './keys.ts';
import { operation } from './service.ts';

/** The only name there is: KMS API Reference, GetKeyPolicy. */
const POLICY_NAME = 'default';

export const getKeyPolicy = operation(GetKeyPolicy$, GetKeyPolicyCommand, {
  target: (services, call, { KeyId }) => keyTarget(services, call, KeyId),
  handle: (_services, _call, { PolicyName = POLICY_NAME }, target) => {
    const key = existingKey(target);
    if (PolicyName !== POLICY_NAME) throw new ServiceError(NotFoundException$, 'No such policy exists');
    return { Policy: JSON.stringify(codecommitKeyPolicy(key), undefined, 2), PolicyName };
  },
});

export const listKeyPolicies = operation(ListKeyPolicies$, ListKeyPoliciesCommand, {
  target: (services, call, { KeyId }) => keyTarget(services, call, KeyId),
  handle: (_services, _call, _input, target) => {
    existingKey(target);
    return { PolicyNames: [POLICY_NAME], Truncated: false };
  },
});

/**
 * The policy of the AWS managed key for CodeCommit, as AWS's GetKeyPolicy shows it. `KeyUse` and the authorisation of
 * operations enforce just this: everyone in the account through the service, and the account's own policies for reading
 * about the key.
 */
function codecommitKeyPolicy({ account_id: accountId, region }: FoundKey) {
  return {
    Version: '2012-10-17',
    Id: 'auto-codecommit-2',
    Statement: [
      {
        Sid: 'Allow access through CodeCommit for all principals in the account that are authorized to use CodeCommit',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
        Resource: '*',
        Condition: {
          StringEquals: { 'kms:CallerAccount': accountId, 'kms:ViaService': `codecommit.${region}.amazonaws.com` },
        },
      },
      {
        Sid: 'Allow direct access to key metadata to the account',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${accountId}:root` },
        Action: ['kms:Describe*', 'kms:Get*', 'kms:List*'],
        Resource: '*',
      },
    ],
  };
}
