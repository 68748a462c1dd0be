import { CodeCommitClient, CreateRepositoryCommand, DeleteRepositoryCommand } from '@aws-sdk/client-codecommit';
import {
  AttachUserPolicyCommand,
  CreateServiceSpecificCredentialCommand,
  CreateUserCommand,
  DeleteSSHPublicKeyCommand,
  IAMClient,
  PutUserPolicyCommand,
  UpdateSSHPublicKeyCommand,
  UploadSSHPublicKeyCommand,
} from '@aws-sdk/client-iam';
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

/** Makes an empty repository the same way, and returns its URL for Git. */
export async function createRepository(server: CodekeepServer, repositoryName: string): Promise<string> {
  const codecommit = new CodeCommitClient(asRootUser(server));
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

function asRootUser({ url, account: { region, accessKeyId, secretAccessKey } }: CodekeepServer) {
  return { endpoint: url, region, credentials: { accessKeyId, secretAccessKey } };
}
