/** A kind of identity that policies are given to: where they are kept, and how many there may be. */
export interface PolicyHolder {
  readonly noun: 'user' | 'role' | 'group';
  readonly idColumn: 'user_id' | 'role_id' | 'group_id';
  readonly attachments: 'user_policy_attachments' | 'role_policy_attachments' | 'group_policy_attachments';
  readonly inlinePolicies: 'user_policies' | 'role_policies' | 'group_policies';
  /** As AWS names it. */
  readonly attachmentQuota: string;
  /** Of all inline policies of one identity together, in characters without white space. */
  readonly maxInlineSize: number;
}

// Sizes are AWS's: IAM User Guide, "IAM and AWS STS quotas".

export const USER_POLICIES: PolicyHolder = {
  noun: 'user',
  idColumn: 'user_id',
  attachments: 'user_policy_attachments',
  inlinePolicies: 'user_policies',
  attachmentQuota: 'PoliciesPerUser',
  maxInlineSize: 2048,
};

export const ROLE_POLICIES: PolicyHolder = {
  noun: 'role',
  idColumn: 'role_id',
  attachments: 'role_policy_attachments',
  inlinePolicies: 'role_policies',
  attachmentQuota: 'PoliciesPerRole',
  maxInlineSize: 10_240,
};

export const GROUP_POLICIES: PolicyHolder = {
  noun: 'group',
  idColumn: 'group_id',
  attachments: 'group_policy_attachments',
  inlinePolicies: 'group_policies',
  attachmentQuota: 'PoliciesPerGroup',
  maxInlineSize: 5120,
};
