import {
  DeleteGroupCommand,
  GetGroupCommand,
  type Group,
  type IAMClient,
  ListGroupsCommand,
  RemoveUserFromGroupCommand,
  type User,
} from '@aws-sdk/client-iam';
import { allOf } from '../../api/pages-of.ts';
import { removeAllPolicies } from '../policies/policy-holders.ts';

/** The address of a group's page below /console. */
export function groupPath(groupName: string, page = ''): string {
  return `/iam/groups/${encodeURIComponent(groupName)}${page}`;
}

export function listGroups(iam: IAMClient): Promise<Group[]> {
  return allOf(async (Marker) => {
    const page = await iam.send(new ListGroupsCommand({ Marker, MaxItems: 1_000 }));
    return { items: page.Groups, marker: page.Marker };
  });
}

/** A group with its members. */
export async function readGroup(
  iam: IAMClient,
  GroupName: string,
): Promise<{ group: Group | undefined; users: User[] }> {
  let group: Group | undefined;
  const users = await allOf<User>(async (Marker) => {
    const page = await iam.send(new GetGroupCommand({ GroupName, Marker, MaxItems: 1_000 }));
    group = page.Group;
    return { items: page.Users, marker: page.Marker };
  });
  return { group, users };
}

/** Takes the members out and the policies away, without which IAM refuses to delete a group, and deletes it. */
export async function deleteGroup(iam: IAMClient, GroupName: string): Promise<void> {
  const { users } = await readGroup(iam, GroupName);
  for (const { UserName } of users) await iam.send(new RemoveUserFromGroupCommand({ GroupName, UserName }));
  await removeAllPolicies(iam, { kind: 'group', name: GroupName });
  await iam.send(new DeleteGroupCommand({ GroupName }));
}
