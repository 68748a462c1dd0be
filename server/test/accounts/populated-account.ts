import { randomBytes, randomUUID } from 'node:crypto';
import type { Principal } from '../../src/access/principal.ts';
import { loadUserPrincipal, rootPrincipal } from '../../src/access/principals.ts';
import { createAccount } from '../../src/services/iam/accounts.ts';
import { ed25519Line } from '../../src/services/iam/test-keys.ts';
import { authenticatorFor, stepsAfter } from '../../src/services/iam/test-mfa-device.ts';
import type { Call } from '../../src/services/operation.ts';
import { type AllServices, REGION, type ServiceName } from './services.ts';

/** What names a resource in some operation. */
export interface Names {
  readonly accountId: string;
  readonly user: string;
  readonly userArn: string;
  readonly group: string;
  readonly role: string;
  readonly roleArn: string;
  readonly deletionTask: string;
  readonly inlinePolicy: string;
  readonly policy: string;
  readonly policyArn: string;
  readonly profile: string;
  readonly accessKey: string;
  readonly credential: string;
  readonly sshKey: string;
  readonly device: string;
  readonly serialNumber: string;
  readonly samlProvider: string;
  readonly samlProviderArn: string;
  readonly oidcUrl: string;
  readonly oidcProviderArn: string;
  readonly accountAlias: string;
  readonly lastAccessedJob: string;
  readonly keyId: string;
  readonly keyArn: string;
  readonly alias: string;
  readonly aliasArn: string;
  readonly grant: string;
  readonly ciphertext: Uint8Array;
  readonly repository: string;
  readonly repositoryArn: string;
  readonly commit: string;
  readonly blob: string;
}

export interface PopulatedAccount {
  readonly names: Names;
  /** A request of the root user. */
  readonly asRoot: () => Call;
  /** A request of a user with AdministratorAccess, who is no part of `names`. */
  readonly asAdministrator: () => Promise<Call>;
}

const ADMINISTRATOR = 'arn:aws:iam::aws:policy/AdministratorAccess';
export const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'codecommit:GitPull', Resource: '*' }],
});
export const SAML_METADATA =
  '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example">' +
  '<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"/>' +
  `${' '.repeat(1000)}</EntityDescriptor>`;

function callOf(principal: Principal): Call {
  const environment = {
    sourceIp: '192.0.2.1',
    userAgent: 'test',
    secureTransport: true,
    region: REGION,
    time: new Date(),
  };
  return { requestId: randomUUID(), principal, environment };
}

/** An account with one of each resource that an operation can name; the names of all of them end in `suffix`. */
export async function populatedAccount(services: AllServices, suffix: string): Promise<PopulatedAccount> {
  const { accountId } = await createAccount(services, {
    rootEmail: `root-${suffix}@example.com`,
    rootPassword: 'Correct-horse-1',
  });
  const asRoot = () => callOf(rootPrincipal(accountId));
  // biome-ignore lint/suspicious/noExplicitAny: outputs differ by operation
  const run = (service: ServiceName, operation: string, input: object): Promise<any> =>
    services.run(asRoot(), service, operation, input);
  const identities = await identityNames(run, accountId, suffix);
  const administrator = `administrator-${suffix}`;
  const { User } = await run('iam', 'CreateUser', { UserName: administrator });
  await run('iam', 'AttachUserPolicy', { UserName: administrator, PolicyArn: ADMINISTRATOR });
  return {
    names: {
      accountId,
      ...identities,
      ...(await keyNames(run, accountId, identities.userArn, suffix)),
      ...(await repositoryNames(run, accountId, suffix)),
    },
    asRoot,
    async asAdministrator() {
      const principal = await loadUserPrincipal(services.database, User.UserId);
      if (principal === undefined) throw new Error('The administrator is gone');
      return callOf(principal);
    },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: outputs differ by operation
type Run = (service: ServiceName, operation: string, input: object) => Promise<any>;

async function identityNames(run: Run, accountId: string, suffix: string) {
  const iam = (operation: string, input: object) => run('iam', operation, input);
  const [user, group, role] = [`user-${suffix}`, `group-${suffix}`, `role-${suffix}`];
  const [inlinePolicy, policy, profile] = [`inline-${suffix}`, `policy-${suffix}`, `profile-${suffix}`];
  const Tags = [{ Key: 'team', Value: suffix }];
  const { User } = await iam('CreateUser', { UserName: user, Tags });
  await iam('CreateLoginProfile', { UserName: user, Password: 'Correct-horse-1' });
  const { AccessKey } = await iam('CreateAccessKey', { UserName: user });
  const { ServiceSpecificCredential } = await iam('CreateServiceSpecificCredential', {
    UserName: user,
    ServiceName: 'codecommit.amazonaws.com',
  });
  const { SSHPublicKey } = await iam('UploadSSHPublicKey', { UserName: user, SSHPublicKeyBody: ed25519Line() });
  const { Policy } = await iam('CreatePolicy', { PolicyName: policy, PolicyDocument: POLICY, Tags });
  await iam('CreatePolicyVersion', { PolicyArn: Policy.Arn, PolicyDocument: POLICY });
  await iam('CreateGroup', { GroupName: group });
  await iam('AddUserToGroup', { GroupName: group, UserName: user });
  const trust = {
    Effect: 'Allow',
    Principal: { AWS: accountId },
    Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
  };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
  const { Role } = await iam('CreateRole', { RoleName: role, AssumeRolePolicyDocument, Tags });
  for (const [kind, name] of [
    ['User', user],
    ['Group', group],
    ['Role', role],
  ]) {
    await iam(`Put${kind}Policy`, { [`${kind}Name`]: name, PolicyName: inlinePolicy, PolicyDocument: POLICY });
    await iam(`Attach${kind}Policy`, { [`${kind}Name`]: name, PolicyArn: Policy.Arn });
  }
  await iam('CreateInstanceProfile', { InstanceProfileName: profile, Tags });
  await iam('AddRoleToInstanceProfile', { InstanceProfileName: profile, RoleName: role });
  const linked = () => iam('CreateServiceLinkedRole', { AWSServiceName: 'codestar-notifications.amazonaws.com' });
  const { DeletionTaskId } = await iam('DeleteServiceLinkedRole', { RoleName: (await linked()).Role.RoleName });
  await linked();
  const { SAMLProviderArn } = await iam('CreateSAMLProvider', {
    Name: `saml-${suffix}`,
    SAMLMetadataDocument: SAML_METADATA,
    Tags,
  });
  const oidcUrl = `https://oidc-${suffix}.example.com`;
  const { OpenIDConnectProviderArn } = await iam('CreateOpenIDConnectProvider', {
    Url: oidcUrl,
    ClientIDList: ['client'],
    ThumbprintList: ['a'.repeat(40)],
    Tags,
  });
  const device = `device-${suffix}`;
  const { VirtualMFADevice } = await iam('CreateVirtualMFADevice', { VirtualMFADeviceName: device, Tags });
  const authenticator = authenticatorFor(VirtualMFADevice);
  await iam('EnableMFADevice', {
    UserName: user,
    SerialNumber: authenticator.SerialNumber,
    ...authenticator.codes(stepsAfter(new Date(), 0)),
  });
  const accountAlias = `alias-${suffix}`;
  await iam('CreateAccountAlias', { AccountAlias: accountAlias });
  await iam('UpdateAccountPasswordPolicy', { MinimumPasswordLength: 9 });
  await iam('GenerateCredentialReport', {});
  const { JobId } = await iam('GenerateServiceLastAccessedDetails', { Arn: User.Arn });
  return {
    user,
    userArn: User.Arn as string,
    group,
    role,
    roleArn: Role.Arn as string,
    deletionTask: DeletionTaskId as string,
    inlinePolicy,
    policy,
    policyArn: Policy.Arn as string,
    profile,
    accessKey: AccessKey.AccessKeyId as string,
    credential: ServiceSpecificCredential.ServiceSpecificCredentialId as string,
    sshKey: SSHPublicKey.SSHPublicKeyId as string,
    device,
    serialNumber: authenticator.SerialNumber,
    samlProvider: `saml-${suffix}`,
    samlProviderArn: SAMLProviderArn as string,
    oidcUrl,
    oidcProviderArn: OpenIDConnectProviderArn as string,
    accountAlias,
    lastAccessedJob: JobId as string,
  };
}

async function keyNames(run: Run, accountId: string, grantee: string, suffix: string) {
  const { KeyMetadata } = await run('kms', 'CreateKey', { Tags: [{ TagKey: 'team', TagValue: suffix }] });
  const { KeyId: keyId, Arn: keyArn } = KeyMetadata as { KeyId: string; Arn: string };
  const alias = `alias/key-${suffix}`;
  await run('kms', 'CreateAlias', { AliasName: alias, TargetKeyId: keyId });
  const { GrantId } = await run('kms', 'CreateGrant', {
    KeyId: keyId,
    GranteePrincipal: grantee,
    RetiringPrincipal: grantee,
    Operations: ['Decrypt'],
  });
  const { CiphertextBlob } = await run('kms', 'Encrypt', {
    KeyId: keyId,
    Plaintext: Buffer.from(suffix),
    EncryptionContext: { purpose: 'test' },
  });
  return {
    keyId,
    keyArn,
    alias,
    aliasArn: `arn:aws:kms:${REGION}:${accountId}:${alias}`,
    grant: GrantId as string,
    ciphertext: CiphertextBlob as Uint8Array,
  };
}

async function repositoryNames(run: Run, accountId: string, suffix: string) {
  const repositoryName = `repository-${suffix}`;
  await run('codecommit', 'CreateRepository', { repositoryName, tags: { team: suffix } });
  const { commitId, blobId } = await run('codecommit', 'PutFile', {
    repositoryName,
    branchName: 'main',
    filePath: `file-${suffix}`,
    fileContent: Buffer.from(`content of ${suffix}`),
  });
  return {
    repository: repositoryName,
    repositoryArn: `arn:aws:codecommit:${REGION}:${accountId}:${repositoryName}`,
    commit: commitId as string,
    blob: blobId as string,
  };
}

const letters = (length: number) =>
  randomBytes(length).toString('hex').slice(0, length).toUpperCase().replace(/[01]/g, 'A');

/** Names of the same forms in the same account of which there is nothing. */
export function missingNames(of: Names, suffix: string): Names {
  const renamed = Object.entries(of).map(([slot, name]) => [
    slot,
    typeof name === 'string' ? rename(slot, name) : name,
  ]);
  return Object.fromEntries(renamed) as Names;

  function rename(slot: string, name: string): string {
    if (slot === 'accountId') return name;
    if (slot === 'keyArn') return name.replace(/key\/.*/, `key/${randomUUID()}`);
    if (['keyId', 'lastAccessedJob'].includes(slot)) return randomUUID();
    if (slot === 'deletionTask') return name.replace(/[^/]*$/, randomUUID());
    if (['commit', 'blob', 'grant'].includes(slot)) return randomBytes(32).toString('hex').slice(0, name.length);
    if (['accessKey', 'credential', 'sshKey'].includes(slot)) return `${name.slice(0, 4)}${letters(name.length - 4)}`;
    return name.replace(of.user.replace(/^user-/, ''), suffix);
  }
}
