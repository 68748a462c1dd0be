import {
  DeactivateMFADeviceCommand,
  DeleteAccessKeyCommand,
  DeleteLoginProfileCommand,
  DeleteServiceSpecificCredentialCommand,
  DeleteSSHPublicKeyCommand,
  DeleteUserCommand,
  DeleteVirtualMFADeviceCommand,
  GetLoginProfileCommand,
  type IAMClient,
  ListAccessKeysCommand,
  ListMFADevicesCommand,
  ListServiceSpecificCredentialsCommand,
  ListSSHPublicKeysCommand,
  NoSuchEntityException,
  RemoveUserFromGroupCommand,
} from '@aws-sdk/client-iam';
import {
  listAttachedPolicies,
  listInlinePolicies,
  operationsOn,
  type PolicyHolder,
} from './policies/policy-holders.ts';
import { listGroupsOf } from './users.ts';

/** What IAM wants taken away from a user before it deletes the user. */
export interface Belonging {
  /** In the plural: "Access keys". */
  readonly kind: string;
  readonly name: string;
  readonly remove: () => Promise<unknown>;
}

/**
 * Everything that goes with a user, in the order in which it is to go: what signs the user in first, so that nobody uses
 * it while policies that deny something are already gone.
 */
export async function belongingsOf(iam: IAMClient, UserName: string): Promise<readonly Belonging[]> {
  const holder: PolicyHolder = { kind: 'user', name: UserName };
  const { detach, remove } = operationsOn(iam, holder);
  const [password, accessKeys, gitCredentials, sshKeys, mfaDevices, groups, attached, inline] = await Promise.all([
    hasPassword(iam, UserName),
    iam.send(new ListAccessKeysCommand({ UserName })),
    iam.send(new ListServiceSpecificCredentialsCommand({ UserName })),
    iam.send(new ListSSHPublicKeysCommand({ UserName })),
    iam.send(new ListMFADevicesCommand({ UserName })),
    listGroupsOf(iam, UserName),
    listAttachedPolicies(iam, holder),
    listInlinePolicies(iam, holder),
  ]);
  const named = (kind: string, name: string | undefined, remove: Belonging['remove']): Belonging => ({
    kind,
    name: name ?? '',
    remove,
  });
  return [
    ...(password
      ? [named('Console password', UserName, () => iam.send(new DeleteLoginProfileCommand({ UserName })))]
      : []),
    ...(accessKeys.AccessKeyMetadata ?? []).map(({ AccessKeyId }) =>
      named('Access keys', AccessKeyId, () => iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }))),
    ),
    ...(gitCredentials.ServiceSpecificCredentials ?? []).map(({ ServiceUserName, ServiceSpecificCredentialId }) =>
      named('HTTPS Git credentials', ServiceUserName, () =>
        iam.send(new DeleteServiceSpecificCredentialCommand({ UserName, ServiceSpecificCredentialId })),
      ),
    ),
    ...(sshKeys.SSHPublicKeys ?? []).map(({ SSHPublicKeyId }) =>
      named('SSH public keys', SSHPublicKeyId, () =>
        iam.send(new DeleteSSHPublicKeyCommand({ UserName, SSHPublicKeyId })),
      ),
    ),
    ...(mfaDevices.MFADevices ?? []).map(({ SerialNumber }) =>
      named('MFA devices', SerialNumber, async () => {
        await iam.send(new DeactivateMFADeviceCommand({ UserName, SerialNumber }));
        await iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }));
      }),
    ),
    ...groups.map(({ GroupName }) =>
      named('Memberships of user groups', GroupName, () =>
        iam.send(new RemoveUserFromGroupCommand({ UserName, GroupName })),
      ),
    ),
    ...attached.map(({ PolicyName, PolicyArn = '' }) =>
      named('Attached policies', PolicyName, () => detach(PolicyArn)),
    ),
    ...inline.map((name) => named('Inline policies', name, () => remove(name))),
  ];
}

/** Takes these away, one after another, and then deletes the user. */
export async function deleteUser(iam: IAMClient, UserName: string, belongings: readonly Belonging[]): Promise<void> {
  for (const { remove } of belongings) await remove();
  await iam.send(new DeleteUserCommand({ UserName }));
}

async function hasPassword(iam: IAMClient, UserName: string): Promise<boolean> {
  try {
    await iam.send(new GetLoginProfileCommand({ UserName }));
    return true;
  } catch (error) {
    if (error instanceof NoSuchEntityException) return false;
    throw error;
  }
}
