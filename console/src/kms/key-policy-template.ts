interface KeyPeople {
  readonly accountId: string;
  /** ARNs of users and roles. */
  readonly administrators: readonly string[];
  readonly mayDelete: boolean;
  /** ARNs of users and roles. */
  readonly users: readonly string[];
}

const ADMINISTRATION = [
  'kms:Create*',
  'kms:Describe*',
  'kms:Enable*',
  'kms:List*',
  'kms:Put*',
  'kms:Update*',
  'kms:Revoke*',
  'kms:Disable*',
  'kms:Get*',
  'kms:Delete*',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:RotateKeyOnDemand',
];
const DELETION = ['kms:ScheduleKeyDeletion', 'kms:CancelKeyDeletion'];
const USE = ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'];
const GRANTS = ['kms:CreateGrant', 'kms:ListGrants', 'kms:RevokeGrant'];

/** The key policy that the AWS console makes of the same choices: KMS Developer Guide, "Default key policy". */
export function keyPolicyFor({ accountId, administrators, mayDelete, users }: KeyPeople): string {
  const statement = (Sid: string, arns: readonly string[], Action: readonly string[] | string, Condition?: object) => ({
    Sid,
    Effect: 'Allow',
    Principal: { AWS: arns.length === 1 ? arns[0] : arns },
    Action,
    Resource: '*',
    ...(Condition !== undefined && { Condition }),
  });
  const administration = mayDelete ? [...ADMINISTRATION, ...DELETION] : ADMINISTRATION;
  const forServices = { Bool: { 'kms:GrantIsForAWSResource': 'true' } };
  const Statement = [
    statement('Enable IAM User Permissions', [`arn:aws:iam::${accountId}:root`], 'kms:*'),
    ...(administrators.length === 0
      ? []
      : [statement('Allow access for Key Administrators', administrators, administration)]),
    ...(users.length === 0
      ? []
      : [
          statement('Allow use of the key', users, USE),
          statement('Allow attachment of persistent resources', users, GRANTS, forServices),
        ]),
  ];
  return JSON.stringify({ Version: '2012-10-17', Id: 'key-consolepolicy-3', Statement }, undefined, 2);
}
