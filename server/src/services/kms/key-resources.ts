import type { AuthorizedResource } from '../../access/authorization.ts';
import type { Tags } from '../../access/principal.ts';
import { type Grant, grantDocument } from './key-grants.ts';
import { type FoundKey, keyArn } from './keys.ts';

/** A key that is found in memory is the same object as long as nothing of it has changed. */
const withoutGrants = new WeakMap<FoundKey, AuthorizedResource>();

/**
 * A key as access decisions see it. Its policy is the base: without an allow of the policy or of a grant nobody may do
 * anything with the key, not even the account's root user; a policy that names the account leaves it to the account's
 * own policies. Source: KMS Developer Guide, "Key policies in AWS KMS".
 *
 * @param grants those that speak to the caller and hold for the request
 */
export function keyResource(key: FoundKey, grants: readonly Grant[]): AuthorizedResource {
  if (grants.length > 0) return resourceOf(key, grants);
  const known = withoutGrants.get(key) ?? resourceOf(key, []);
  withoutGrants.set(key, known);
  return known;
}

function resourceOf(key: FoundKey, grants: readonly Grant[]): AuthorizedResource {
  return {
    arn: keyArn({ accountId: key.account_id, region: key.region }, key.key_id),
    accountId: key.account_id,
    tags: JSON.parse(key.tags) as Tags,
    policy: {
      type: 'resource-based',
      documents: [storedKeyPolicy(key), ...grants.map(grantDocument)],
      consent: 'required',
    },
  };
}

/** A key or alias that does not exist. To other accounts it looks like one whose policy does not speak of them. */
export function missingKeyResource(arn: string, accountId: string, callerAccount: string): AuthorizedResource {
  if (accountId === callerAccount) return { arn, accountId };
  return { arn, accountId, policy: { type: 'resource-based', documents: [], consent: 'required' } };
}

/** The policy of a key, with users and roles by their unique IDs. */
export function storedKeyPolicy(key: Pick<FoundKey, 'policy' | 'account_id' | 'region'>): string {
  return key.policy ?? codecommitKeyPolicy(key);
}

/**
 * The policy of the AWS managed key for CodeCommit, as AWS's GetKeyPolicy shows it: everyone in the account through the
 * service, and the account's own policies for reading about the key.
 */
function codecommitKeyPolicy({ account_id: accountId, region }: Pick<FoundKey, 'account_id' | 'region'>): string {
  return JSON.stringify({
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
  });
}
