import { ed25519Line } from '../../src/services/iam/test-keys.ts';
import { codecommitConstraints } from '../../src/services/validation/constraints/codecommit.generated.ts';
import { codecommitExtensionConstraints } from '../../src/services/validation/constraints/codecommit-extensions.ts';
import { iamConstraints } from '../../src/services/validation/constraints/iam.generated.ts';
import { kmsConstraints } from '../../src/services/validation/constraints/kms.generated.ts';
import { stsConstraints } from '../../src/services/validation/constraints/sts.generated.ts';
import type { Shape } from '../../src/services/validation/constraints.ts';
import { type Names, POLICY, SAML_METADATA } from './populated-account.ts';
import type { ServiceName } from './services.ts';

/** A member that names a resource: how its value is made of the names of an account. */
type Naming = (names: Names) => unknown;

/** A way to write the input of an operation. */
export interface InputForm {
  /** Tells forms of one operation apart. */
  readonly label: string;
  /** The members that name resources. */
  readonly naming: Readonly<Record<string, Naming>>;
  /** The others. */
  readonly rest: Readonly<Record<string, unknown>>;
}

/**
 * The inputs of an operation: required members, and optional ones that name resources, one form for each way in which the
 * operation takes names. Throws for a required member that is not known here.
 */
export function inputForms(service: ServiceName, operation: string): InputForm[] {
  if (service === 'cloudtrail') return [{ label: '', naming: {}, rest: {} }];
  const { required, optional } = membersOf(service, operation);
  const special = SPECIAL[`${service}:${operation}`] ?? {};
  const naming: Record<string, Naming> = {};
  const rest: Record<string, unknown> = {};
  for (const member of required) {
    if (isFree(service, operation, member)) rest[member] = freeName(member, operation);
    else if (NAMING[service][member] !== undefined) naming[member] = NAMING[service][member];
    else if (member in REST[service]) rest[member] = REST[service][member];
    else if (special.naming?.[member] === undefined && special.rest?.[member] === undefined) {
      throw new Error(`${service}:${operation} requires ${member}, of which inputs.ts has no example`);
    }
  }
  for (const member of optional) {
    const name = NAMING[service][member];
    if (name !== undefined && !isFree(service, operation, member)) naming[member] = name;
  }
  const form = { label: '', naming: { ...naming, ...special.naming }, rest: { ...rest, ...special.rest } };
  const forms = Object.entries(OTHER_FORMS[service] ?? {})
    .filter(([member]) => member in form.naming && special.naming?.[member] === undefined)
    .flatMap(([member, others]) =>
      Object.entries(others).map(([label, other]) => ({ ...form, label, naming: { ...form.naming, [member]: other } })),
    );
  return [form, ...forms];
}

/** Names that their maker chooses: another account may have the same. */
const FREE: Readonly<Record<string, readonly string[]>> = {
  'iam:CreateUser': ['UserName'],
  'iam:CreateGroup': ['GroupName'],
  'iam:CreateRole': ['RoleName'],
  'iam:CreatePolicy': ['PolicyName'],
  'iam:CreateInstanceProfile': ['InstanceProfileName'],
  'iam:CreateSAMLProvider': ['Name'],
  'iam:CreateOpenIDConnectProvider': ['Url'],
  'iam:CreateVirtualMFADevice': ['VirtualMFADeviceName'],
  'iam:CreateAccountAlias': ['AccountAlias'],
  'iam:PutUserPolicy': ['PolicyName'],
  'iam:PutGroupPolicy': ['PolicyName'],
  'iam:PutRolePolicy': ['PolicyName'],
  'kms:CreateAlias': ['AliasName'],
  'codecommit:CreateRepository': ['repositoryName'],
  'codecommit:UpdateRepositoryName': ['newName'],
  'codecommit:CreateApprovalRuleTemplate': ['approvalRuleTemplateName'],
};

function isFree(service: ServiceName, operation: string, member: string): boolean {
  return FREE[`${service}:${operation}`]?.includes(member) ?? false;
}

let sequence = 0;

function freeName(member: string, operation: string): string {
  sequence += 1;
  const name = `free-${operation.toLowerCase()}-${sequence}`;
  if (member === 'Url') return `https://${name}.example.com`;
  return member === 'AliasName' ? `alias/${name}` : name;
}

type IdentityService = Exclude<ServiceName, 'cloudtrail'>;

const NAMING: Readonly<Record<IdentityService, Readonly<Record<string, Naming>>>> = {
  iam: {
    UserName: ({ user }) => user,
    GroupName: ({ group }) => group,
    RoleName: ({ role }) => role,
    InstanceProfileName: ({ profile }) => profile,
    PolicyName: ({ inlinePolicy }) => inlinePolicy,
    PolicyArn: ({ policyArn }) => policyArn,
    PermissionsBoundary: ({ policyArn }) => policyArn,
    OpenIDConnectProviderArn: ({ oidcProviderArn }) => oidcProviderArn,
    SAMLProviderArn: ({ samlProviderArn }) => samlProviderArn,
    SerialNumber: ({ serialNumber }) => serialNumber,
    AccessKeyId: ({ accessKey }) => accessKey,
    SSHPublicKeyId: ({ sshKey }) => sshKey,
    ServiceSpecificCredentialId: ({ credential }) => credential,
    AccountAlias: ({ accountAlias }) => accountAlias,
    Arn: ({ userArn }) => userArn,
    PolicySourceArn: ({ userArn }) => userArn,
    JobId: ({ lastAccessedJob }) => lastAccessedJob,
    DeletionTaskId: ({ deletionTask }) => deletionTask,
  },
  sts: {
    RoleArn: ({ roleArn }) => roleArn,
    PolicyArns: ({ policyArn }) => [{ arn: policyArn }],
  },
  kms: {
    KeyId: ({ keyArn }) => keyArn,
    TargetKeyId: ({ keyId }) => keyId,
    DestinationKeyId: ({ keyArn }) => keyArn,
    AliasName: ({ alias }) => alias,
    GrantId: ({ grant }) => grant,
  },
  codecommit: {
    repositoryName: ({ repository }) => repository,
    oldName: ({ repository }) => repository,
    repositoryNames: ({ repository }) => [repository],
    resourceArn: ({ repositoryArn }) => repositoryArn,
    kmsKeyId: ({ keyArn }) => keyArn,
    commitId: ({ commit }) => commit,
    commitIds: ({ commit }) => [commit],
    afterCommitId: ({ commit }) => commit,
    beforeCommitId: ({ commit }) => commit,
    parentCommitId: ({ commit }) => commit,
    afterCommitSpecifier: ({ commit }) => commit,
    sourceCommitSpecifier: ({ commit }) => commit,
    destinationCommitSpecifier: ({ commit }) => commit,
    blobId: ({ blob }) => blob,
    afterBlobId: ({ blob }) => blob,
    beforeBlobId: ({ blob }) => blob,
    triggers: ({ repositoryArn }) => [
      { name: 't', destinationArn: repositoryArn.replace('codecommit', 'sns'), events: ['all'] },
    ],
    targets: ({ repository }) => [
      { repositoryName: repository, sourceReference: 'main', destinationReference: 'other' },
    ],
  },
};

const groupArnOf: Naming = ({ accountId, group }) => `arn:aws:iam::${accountId}:group/${group}`;

/** Other ways to write a name. */
const OTHER_FORMS: Partial<Record<ServiceName, Readonly<Record<string, Readonly<Record<string, Naming>>>>>> = {
  iam: {
    UserName: { 'UserName in capitals': ({ user }) => user.toUpperCase() },
    RoleName: { 'RoleName in capitals': ({ role }) => role.toUpperCase() },
    GroupName: { 'GroupName in capitals': ({ group }) => group.toUpperCase() },
    Arn: {
      'Arn of a group': groupArnOf,
      'Arn of a policy': ({ policyArn }) => policyArn,
      'Arn of a role': ({ roleArn }) => roleArn,
    },
    PolicySourceArn: {
      'PolicySourceArn of a role': ({ roleArn }) => roleArn,
      'PolicySourceArn of a group': groupArnOf,
    },
  },
  kms: {
    KeyId: {
      'KeyId alone': ({ keyId }) => keyId,
      'alias as KeyId': ({ alias }) => alias,
      'ARN of an alias as KeyId': ({ aliasArn }) => aliasArn,
    },
    TargetKeyId: { 'TargetKeyId as ARN': ({ keyArn }) => keyArn },
  },
  codecommit: { kmsKeyId: { 'kmsKeyId alone': ({ keyId }) => keyId, 'alias as kmsKeyId': ({ aliasArn }) => aliasArn } },
};

const BYTES = Buffer.from('message');
const CONTEXT = { purpose: 'test' };

const REST: Readonly<Record<IdentityService, Readonly<Record<string, unknown>>>> = {
  iam: {
    ClientID: 'other-client',
    OldPassword: 'Correct-horse-1',
    NewPassword: 'Correct-horse-2',
    PolicyDocument: POLICY,
    AssumeRolePolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    }),
    SAMLMetadataDocument: SAML_METADATA,
    AWSServiceName: 'codestar-notifications.amazonaws.com',
    ServiceName: 'codecommit.amazonaws.com',
    AuthenticationCode1: '123456',
    AuthenticationCode2: '654321',
    PolicyInputList: [POLICY],
    Encoding: 'SSH',
    ServiceNamespace: 'codecommit',
    ServiceNamespaces: ['codecommit'],
    ActionNames: ['codecommit:GitPull'],
    Tags: [{ Key: 'team', Value: 'other' }],
    TagKeys: ['team'],
    Status: 'Inactive',
    VersionId: 'v2',
    ThumbprintList: ['b'.repeat(40)],
    Description: 'described',
    SSHPublicKeyBody: ed25519Line(),
  },
  sts: {
    RoleSessionName: 'session',
    EncodedMessage: 'message',
    Name: 'federated',
    AccessKeyId: 'AKIAUNKNOWNUNKNOWNAA',
  },
  kms: {
    Operations: ['Decrypt'],
    Plaintext: BYTES,
    KeyPairSpec: 'ECC_NIST_P256',
    Message: BYTES,
    MacAlgorithm: 'HMAC_SHA_256',
    SigningAlgorithm: 'ECDSA_SHA_256',
    Signature: BYTES,
    Mac: BYTES,
    Description: 'described',
    Policy: POLICY,
    Tags: [{ TagKey: 'team', TagValue: 'other' }],
    TagKeys: ['team'],
  },
  codecommit: {
    branchName: 'main',
    filePath: 'file',
    folderPath: '/',
    defaultBranchName: 'main',
    fileContent: BYTES,
    tags: { team: 'other' },
    tagKeys: ['team'],
    mergeOption: 'FAST_FORWARD_MERGE',
    title: 'title',
    pullRequestId: '1',
    approvalRuleTemplateName: 'template',
    oldApprovalRuleTemplateName: 'template',
    newApprovalRuleTemplateName: 'other-template',
    approvalRuleTemplateContent: '{"Version":"2018-11-08","Statements":[]}',
    approvalRuleTemplateDescription: 'described',
    approvalRuleName: 'rule',
    approvalRuleContent: '{"Version":"2018-11-08","Statements":[]}',
    newRuleContent: '{"Version":"2018-11-08","Statements":[]}',
    commentId: 'ff30b348EXAMPLEb9aa670f',
    inReplyTo: 'ff30b348EXAMPLEb9aa670f',
    revisionId: 'a'.repeat(64),
    overrideStatus: 'OVERRIDE',
    approvalState: 'APPROVE',
    pullRequestStatus: 'CLOSED',
    reactionValue: ':thumbsup:',
    content: 'content',
    description: 'described',
  },
};

interface Special {
  readonly naming?: Readonly<Record<string, Naming>>;
  readonly rest?: Readonly<Record<string, unknown>>;
}

/** What operations need beside their required members. */
const SPECIAL: Readonly<Record<string, Special>> = {
  'iam:CreateLoginProfile': { rest: { Password: 'Correct-horse-1' } },
  'iam:UpdateLoginProfile': { rest: { Password: 'Correct-horse-2' } },
  'iam:CreateUser': { rest: { Tags: [{ Key: 'team', Value: 'other' }] } },
  'iam:CreateRole': { rest: { Tags: [{ Key: 'team', Value: 'other' }] } },
  'iam:CreatePolicy': { rest: { Tags: [{ Key: 'team', Value: 'other' }] } },
  'iam:CreateInstanceProfile': { rest: { Tags: [{ Key: 'team', Value: 'other' }] } },
  'iam:CreateSAMLProvider': { rest: { Tags: [{ Key: 'team', Value: 'other' }] } },
  'iam:CreateOpenIDConnectProvider': {
    rest: { ClientIDList: ['c'], ThumbprintList: ['a'.repeat(40)], Tags: [{ Key: 'team', Value: 'other' }] },
  },
  'iam:CreateVirtualMFADevice': { rest: { Tags: [{ Key: 'team', Value: 'other' }] } },
  'iam:SimulateCustomPolicy': { naming: { CallerArn: ({ userArn }) => userArn } },
  'iam:UpdateSAMLProvider': { rest: { SAMLMetadataDocument: SAML_METADATA } },
  'sts:AssumeRole': {
    rest: {
      Tags: [{ Key: 'team', Value: 'other' }],
      SourceIdentity: 'source',
      ExternalId: 'external',
      TransitiveTagKeys: ['team'],
    },
  },
  'sts:GetFederationToken': { rest: { Tags: [{ Key: 'team', Value: 'other' }] } },
  'sts:GetSessionToken': {
    naming: { SerialNumber: ({ serialNumber }) => serialNumber },
    rest: { TokenCode: '123456' },
  },
  'kms:CreateKey': { rest: { Tags: [{ TagKey: 'team', TagValue: 'other' }] } },
  'kms:CreateGrant': {
    naming: { GranteePrincipal: ({ userArn }) => userArn, RetiringPrincipal: ({ userArn }) => userArn },
    rest: { Constraints: { EncryptionContextSubset: CONTEXT } },
  },
  'kms:Sign': { rest: { MessageType: 'RAW' } },
  'kms:Verify': { rest: { MessageType: 'RAW' } },
  'kms:PutKeyPolicy': { rest: { BypassPolicyLockoutSafetyCheck: true } },
  'kms:ListRetirableGrants': { naming: { RetiringPrincipal: ({ userArn }) => userArn } },
  'kms:Decrypt': { naming: { CiphertextBlob: ({ ciphertext }) => ciphertext }, rest: { EncryptionContext: CONTEXT } },
  'kms:ReEncrypt': {
    naming: { CiphertextBlob: ({ ciphertext }) => ciphertext },
    rest: { SourceEncryptionContext: CONTEXT, DestinationEncryptionContext: CONTEXT },
  },
  'kms:GenerateDataKey': { rest: { KeySpec: 'AES_256', EncryptionContext: CONTEXT } },
  'kms:GenerateDataKeyWithoutPlaintext': { rest: { KeySpec: 'AES_256', EncryptionContext: CONTEXT } },
  'kms:GenerateDataKeyPair': { rest: { EncryptionContext: CONTEXT } },
  'kms:GenerateDataKeyPairWithoutPlaintext': { rest: { EncryptionContext: CONTEXT } },
  'kms:ScheduleKeyDeletion': { rest: { PendingWindowInDays: 7 } },
  'kms:EnableKeyRotation': { rest: { RotationPeriodInDays: 90 } },
  'kms:GenerateRandom': { rest: { NumberOfBytes: 8 } },
  'kms:Encrypt': { rest: { EncryptionContext: CONTEXT } },
  'codecommit:CreateRepository': { rest: { tags: { team: 'other' } } },
};

function membersOf(service: IdentityService, operation: string): { required: readonly string[]; optional: string[] } {
  const { inputs, shapes } = CONSTRAINTS[service];
  const shape: Shape | undefined = shapes[inputs[operation] ?? ''];
  if (shape === undefined) return { required: [], optional: [] };
  if (shape.type !== 'structure') throw new Error(`The input of ${operation} is no structure`);
  const required = shape.required ?? [];
  return { required, optional: Object.keys(shape.members).filter((member) => !required.includes(member)) };
}

const CONSTRAINTS = {
  iam: iamConstraints,
  sts: stsConstraints,
  kms: kmsConstraints,
  codecommit: {
    inputs: { ...codecommitConstraints.inputs, ...codecommitExtensionConstraints.inputs },
    shapes: { ...codecommitConstraints.shapes, ...codecommitExtensionConstraints.shapes },
  },
};
