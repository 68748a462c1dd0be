import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../policy/compiled-policy.ts';
import { conditionContext, evaluate } from '../policy/evaluation.ts';
import { parsePolicyDocument } from '../policy/policy-document.ts';
import { awsManagedPolicies } from './index.ts';

const policies = [...awsManagedPolicies.values()];

function allows(name: string, action: string, resource = '*', entries: [string, string][] = []): boolean {
  const policy = policies.find((candidate) => candidate.name === name);
  const identity = policy === undefined ? [] : [{ source: policy.arn, policy: compilePolicy(policy.document) }];
  const context = conditionContext(() => [['aws:username', 'ann'], ...entries]);
  return evaluate({ action, resource, context }, { identity }).effect === 'allow';
}

const repository = 'arn:aws:codecommit:eu-west-1:111122223333:Demo';
const ann = 'arn:aws:iam::111122223333:user/ann';
const bob = 'arn:aws:iam::111122223333:user/bob';
const teamAnn = 'arn:aws:iam::111122223333:user/team/ann';

describe('awsManagedPolicies', () => {
  it('holds the policies a CodeCommit user meets, at AWS’s versions', () => {
    expect(policies.map(({ name, defaultVersionId }) => `${name} ${defaultVersionId}`)).toEqual([
      'AWSCodeCommitFullAccess v13',
      'AWSCodeCommitPowerUser v18',
      'AWSCodeCommitReadOnly v14',
      'AWSKeyManagementServicePowerUser v2',
      'AdministratorAccess v1',
      'IAMFullAccess v2',
      'IAMReadOnlyAccess v4',
      'IAMSelfManageServiceSpecificCredentials v1',
      'IAMUserChangePassword v5',
      'IAMUserSSHKeys v1',
      'PowerUserAccess v12',
    ]);
  });

  it.each(policies)('$name is a valid policy with complete metadata', (policy) => {
    expect(parsePolicyDocument(policy.document).version).toBe('2012-10-17');
    expect(policy.arn).toBe(`arn:aws:iam::aws:policy${policy.path}${policy.name}`);
    expect(awsManagedPolicies.get(policy.arn)).toBe(policy);
    expect(policy.policyId).toMatch(/^ANPA[A-Z2-7]{17}$/);
    expect(policy.description).not.toBe('');
    expect(policy.createDate.getTime()).toBeLessThanOrEqual(policy.updateDate.getTime());
  });

  it('has an identifier of its own for each', () => {
    expect(new Set(policies.map(({ policyId }) => policyId)).size).toBe(policies.length);
  });

  it('keeps identifiers from one release to the next', () => {
    const powerUser = awsManagedPolicies.get('arn:aws:iam::aws:policy/AWSCodeCommitPowerUser');
    expect(powerUser?.policyId).toBe('ANPAKHRM2TEIHDULPKXUM');
  });
});

describe('what each policy allows', () => {
  it.each<[name: string, action: string, resource: string]>([
    ['AdministratorAccess', 'kms:ScheduleKeyDeletion', '*'],
    ['AWSCodeCommitFullAccess', 'codecommit:DeleteRepository', repository],
    ['AWSCodeCommitFullAccess', 'codecommit:GitPush', repository],
    ['AWSCodeCommitFullAccess', 'iam:CreateServiceSpecificCredential', ann],
    ['AWSCodeCommitFullAccess', 'iam:ListAccessKeys', ann],
    ['AWSCodeCommitFullAccess', 'sns:CreateTopic', 'arn:aws:sns:eu-west-1:111122223333:codecommit-x'],
    ['AWSCodeCommitPowerUser', 'codecommit:CreateRepository', repository],
    ['AWSCodeCommitPowerUser', 'codecommit:DeleteBranch', repository],
    ['AWSCodeCommitPowerUser', 'codecommit:GitPull', repository],
    ['AWSCodeCommitPowerUser', 'codecommit:GitPush', repository],
    ['AWSCodeCommitPowerUser', 'codecommit:ListRepositories', '*'],
    ['AWSCodeCommitPowerUser', 'codecommit:MergePullRequestBySquash', repository],
    ['AWSCodeCommitPowerUser', 'codecommit:UpdateRepositoryName', repository],
    ['AWSCodeCommitPowerUser', 'iam:ResetServiceSpecificCredential', ann],
    ['AWSCodeCommitPowerUser', 'iam:UploadSSHPublicKey', ann],
    ['AWSCodeCommitPowerUser', 'iam:ListUsers', '*'],
    ['AWSCodeCommitReadOnly', 'codecommit:BatchGetRepositories', repository],
    ['AWSCodeCommitReadOnly', 'codecommit:GitPull', repository],
    ['AWSCodeCommitReadOnly', 'codecommit:GetBranch', repository],
    ['AWSCodeCommitReadOnly', 'iam:ListServiceSpecificCredentials', ann],
    ['AWSKeyManagementServicePowerUser', 'kms:CreateKey', '*'],
    ['IAMFullAccess', 'iam:DeleteUser', bob],
    ['IAMReadOnlyAccess', 'iam:GetUser', bob],
    ['IAMSelfManageServiceSpecificCredentials', 'iam:DeleteServiceSpecificCredential', ann],
    ['IAMUserChangePassword', 'iam:ChangePassword', ann],
    ['IAMUserChangePassword', 'iam:ChangePassword', teamAnn],
    ['IAMUserChangePassword', 'iam:GetAccountPasswordPolicy', '*'],
    ['IAMUserSSHKeys', 'iam:UploadSSHPublicKey', ann],
    ['PowerUserAccess', 'codecommit:DeleteRepository', repository],
    ['PowerUserAccess', 'iam:ListRoles', '*'],
  ])('%s: %s on %s', (name, action, resource) => {
    expect(allows(name, action, resource)).toBe(true);
  });

  it.each<[name: string, action: string, resource: string]>([
    ['AWSCodeCommitFullAccess', 'iam:CreateServiceSpecificCredential', bob],
    ['AWSCodeCommitFullAccess', 'iam:CreateAccessKey', ann],
    ['AWSCodeCommitFullAccess', 'sns:CreateTopic', 'arn:aws:sns:eu-west-1:111122223333:other'],
    ['AWSCodeCommitPowerUser', 'codecommit:DeleteRepository', repository],
    ['AWSCodeCommitPowerUser', 'codecommit:DeleteApprovalRuleTemplate', '*'],
    ['AWSCodeCommitPowerUser', 'codecommit:DeletePullRequestApprovalRule', repository],
    ['AWSCodeCommitPowerUser', 'codecommit:DeleteCommentContent', repository],
    ['AWSCodeCommitPowerUser', 'iam:UploadSSHPublicKey', bob],
    ['AWSCodeCommitPowerUser', 'iam:UploadSSHPublicKey', teamAnn],
    ['AWSCodeCommitPowerUser', 'iam:CreateUser', bob],
    ['AWSCodeCommitReadOnly', 'codecommit:GitPush', repository],
    ['AWSCodeCommitReadOnly', 'codecommit:CreateBranch', repository],
    ['AWSCodeCommitReadOnly', 'iam:CreateServiceSpecificCredential', ann],
    ['AWSCodeCommitReadOnly', 'iam:ListServiceSpecificCredentials', bob],
    ['AWSKeyManagementServicePowerUser', 'kms:Decrypt', '*'],
    ['AWSKeyManagementServicePowerUser', 'kms:PutKeyPolicy', '*'],
    ['IAMFullAccess', 'codecommit:GitPull', repository],
    ['IAMReadOnlyAccess', 'iam:CreateUser', bob],
    ['IAMSelfManageServiceSpecificCredentials', 'iam:DeleteServiceSpecificCredential', bob],
    ['IAMUserChangePassword', 'iam:ChangePassword', bob],
    ['IAMUserSSHKeys', 'iam:UploadSSHPublicKey', bob],
    ['PowerUserAccess', 'iam:CreateUser', ann],
    ['PowerUserAccess', 'organizations:LeaveOrganization', '*'],
    ['PowerUserAccess', 'account:EnableRegion', '*'],
  ])('%s: never %s on %s', (name, action, resource) => {
    expect(allows(name, action, resource)).toBe(false);
  });

  it('lets notification rules be made for CodeCommit repositories only', () => {
    const key = 'codestar-notifications:NotificationsForResource';
    const action = 'codestar-notifications:CreateNotificationRule';
    expect(allows('AWSCodeCommitPowerUser', action, '*', [[key, repository]])).toBe(true);
    expect(allows('AWSCodeCommitPowerUser', action, '*', [[key, 'arn:aws:codebuild:eu-west-1:1:project/x']])).toBe(
      false,
    );
    expect(allows('AWSCodeCommitPowerUser', action)).toBe(false);
  });
});
