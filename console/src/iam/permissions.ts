import { AddUserToGroupCommand, AttachUserPolicyCommand, type IAMClient } from '@aws-sdk/client-iam';

/** What a user is to be given. */
export interface Permissions {
  readonly way: 'group' | 'copy' | 'attach';
  readonly groupNames: readonly string[];
  /** Of managed policies, by name. */
  readonly policyArns: ReadonlyMap<string, string>;
  /** Whose permissions are copied. */
  readonly copiedUser?: string | undefined;
}

export const noPermissions: Permissions = { way: 'attach', groupNames: [], policyArns: new Map() };

export function isEmpty({ groupNames, policyArns }: Permissions): boolean {
  return groupNames.length === 0 && policyArns.size === 0;
}

export async function givePermissions(iam: IAMClient, UserName: string, permissions: Permissions): Promise<void> {
  for (const GroupName of permissions.groupNames) await iam.send(new AddUserToGroupCommand({ UserName, GroupName }));
  for (const PolicyArn of permissions.policyArns.values()) {
    await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
  }
}
