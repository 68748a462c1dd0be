import { CodeCommitClient, CreateRepositoryCommand, DeleteRepositoryCommand } from '@aws-sdk/client-codecommit';
import {
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateServiceSpecificCredentialCommand,
  CreateUserCommand,
  DeleteSSHPublicKeyCommand,
  IAMClient,
  PutUserPolicyCommand,
  UpdateSSHPublicKeyCommand,
  UploadSSHPublicKeyCommand,
} from '@aws-sdk/client-iam';
import type { AwsAccess } from './aws-cli.ts';
import type { CodekeepServer } from './codekeep-server.ts';
import type { GitCredential } from './git-client.ts';

const POWER_USER = 'arn:aws:iam::aws:policy/AWSCodeCommitPowerUser';

/** Makes an IAM user with AWSCodeCommitPowerUser and Git credentials, by the AWS SDK as the account's root user. */
export async function createGitUser(server: CodekeepServer, userName: string): Promise<GitCredential> {
  const iam = new IAMClient(asRootUser(server));
  try {
    await iam.send(new CreateUserCommand({ UserName: userName }));
    await iam.send(new AttachUserPolicyCommand({ UserName: userName, PolicyArn: POWER_USER }));
    const { ServiceSpecificCredential: credential } = await iam.send(
      new CreateServiceSpecificCredentialCommand({ UserName: userName, ServiceName: 'codecommit.amazonaws.com' }),
    );
    const { ServiceUserName, ServicePassword } = credential ?? {};
    if (ServiceUserName === undefined || ServicePassword === undefined) throw new Error('No Git credentials came back');
    return { url: server.url, userName: ServiceUserName, password: ServicePassword };
  } finally {
    iam.destroy();
  }
}

/** Makes an IAM user with the statements as inline policy, and an access key. */
export async function createKeyUser(
  server: CodekeepServer,
  userName: string,
  statements: readonly object[],
): Promise<AwsAccess> {
  const iam = new IAMClient(asRootUser(server));
  try {
    await iam.send(new CreateUserCommand({ UserName: userName }));
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements });
    await iam.send(new PutUserPolicyCommand({ UserName: userName, PolicyName: 'own', PolicyDocument }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: userName }));
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = AccessKey ?? {};
    if (accessKeyId === undefined || secretAccessKey === undefined) throw new Error('No access key came back');
    return { endpoint: server.url, region: server.account.region, accessKeyId, secretAccessKey };
  } finally {
    iam.destroy();
  }
}

/**
 * Makes a role with AWSCodeCommitPowerUser that trusts the account.
 *
 * @returns its ARN
 */
export async function createRole(server: CodekeepServer, roleName: string): Promise<string> {
  const iam = new IAMClient(asRootUser(server));
  const trust = { Effect: 'Allow', Principal: { AWS: server.account.accountId }, Action: 'sts:AssumeRole' };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
  try {
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName: roleName, AssumeRolePolicyDocument }));
    await iam.send(new AttachRolePolicyCommand({ RoleName: roleName, PolicyArn: POWER_USER }));
    if (Role?.Arn === undefined) throw new Error('No role came back');
    return Role.Arn;
  } finally {
    iam.destroy();
  }
}

/** Makes an empty repository the same way, and returns its URL for Git. */
export async function createRepository(
  server: CodekeepServer,
  repositoryName: string,
  region = server.account.region,
): Promise<string> {
  const codecommit = new CodeCommitClient({ ...asRootUser(server), region });
  try {
    await codecommit.send(new CreateRepositoryCommand({ repositoryName }));
    return `${server.url}/v1/repos/${repositoryName}`;
  } finally {
    codecommit.destroy();
  }
}

export async function deleteRepository(server: CodekeepServer, repositoryName: string): Promise<void> {
  const codecommit = new CodeCommitClient(asRootUser(server));
  try {
    await codecommit.send(new DeleteRepositoryCommand({ repositoryName }));
  } finally {
    codecommit.destroy();
  }
}

/** Makes an IAM user that these statements apply to, by the AWS SDK as the account's root user. */
export async function createUser(
  server: CodekeepServer,
  userName: string,
  statements: readonly object[],
): Promise<void> {
  const iam = new IAMClient(asRootUser(server));
  try {
    await iam.send(new CreateUserCommand({ UserName: userName }));
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements });
    await iam.send(new PutUserPolicyCommand({ UserName: userName, PolicyName: 'test', PolicyDocument }));
  } finally {
    iam.destroy();
  }
}

/** Uploads an SSH public key the same way, and returns its ID. */
export async function uploadSshKey(server: CodekeepServer, userName: string, publicKey: string): Promise<string> {
  const iam = new IAMClient(asRootUser(server));
  try {
    const { SSHPublicKey } = await iam.send(
      new UploadSSHPublicKeyCommand({ UserName: userName, SSHPublicKeyBody: publicKey }),
    );
    if (SSHPublicKey?.SSHPublicKeyId === undefined) throw new Error('No SSH key ID came back');
    return SSHPublicKey.SSHPublicKeyId;
  } finally {
    iam.destroy();
  }
}

/** Changes an SSH public key the same way, or deletes it. */
export async function changeSshKey(
  server: CodekeepServer,
  userName: string,
  keyId: string,
  change: 'Active' | 'Inactive' | 'deleted',
): Promise<void> {
  const iam = new IAMClient(asRootUser(server));
  const key = { UserName: userName, SSHPublicKeyId: keyId };
  try {
    if (change === 'deleted') await iam.send(new DeleteSSHPublicKeyCommand(key));
    else await iam.send(new UpdateSSHPublicKeyCommand({ ...key, Status: change }));
  } finally {
    iam.destroy();
  }
}

export function asRootUser({ url, account: { region, accessKeyId, secretAccessKey } }: CodekeepServer) {
  return { endpoint: url, region, credentials: { accessKeyId, secretAccessKey } };
}

/** Puts an inline policy of one statement on a user. */
export async function putUserPolicy(server: CodekeepServer, userName: string, statement: object): Promise<void> {
  const iam = new IAMClient(asRootUser(server));
  try {
    const document = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await iam.send(new PutUserPolicyCommand({ UserName: userName, PolicyName: 'inline', PolicyDocument: document }));
  } finally {
    iam.destroy();
  }
}
