import { DeleteRoleCommand, type IAMClient, ListRolesCommand, type Role } from '@aws-sdk/client-iam';
import { allOf } from '../../api/pages-of.ts';
import { removeAllPolicies } from '../policies/policy-holders.ts';

/** The address of a role's page below /console. */
export function rolePath(roleName: string, page = ''): string {
  return `/iam/roles/${encodeURIComponent(roleName)}${page}`;
}

export function listRoles(iam: IAMClient): Promise<Role[]> {
  return allOf(async (Marker) => {
    const page = await iam.send(new ListRolesCommand({ Marker, MaxItems: 1_000 }));
    return { items: page.Roles, marker: page.Marker };
  });
}

/** Takes the policies away, without which IAM refuses to delete a role, and deletes it. */
export async function deleteRole(iam: IAMClient, RoleName: string): Promise<void> {
  await removeAllPolicies(iam, { kind: 'role', name: RoleName });
  await iam.send(new DeleteRoleCommand({ RoleName }));
}
