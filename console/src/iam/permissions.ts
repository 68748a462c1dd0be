import { AddUserToGroupCommand, AttachUserPolicyCommand, type IAMClient } from '@aws-sdk/client-iam';

/** What a user is to be given. */
export interface Permissions {
  readonly way: 'group' | 'copy' | 'attach';
  readonly groupNames: readonly string[];
  /** Managed ones: their names by ARN. */
  readonly policies: ReadonlyMap<string, string>;
  /** Whose permissions are copied. */
  readonly copiedUser?: string | undefined;
}

export const noPermissions: Permissions = { way: 'attach', groupNames: [], policies: new Map() };

export function isEmpty({ groupNames, policies }: Permissions): boolean {
  return groupNames.length === 0 && policies.size === 0;
}

export async function givePermissions(iam: IAMClient, UserName: string, permissions: Permissions): Promise<void> {
  for (const GroupName of permissions.groupNames) await iam.send(new AddUserToGroupCommand({ UserName, GroupName }));
  for (const PolicyArn of permissions.policies.keys()) {
    await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
  }
}
