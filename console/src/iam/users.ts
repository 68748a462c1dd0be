import {
  GetUserCommand,
  type Group,
  type IAMClient,
  ListGroupsForUserCommand,
  ListUsersCommand,
  type User,
} from '@aws-sdk/client-iam';
import { useIam } from '../api/iam.ts';
import { allOf } from '../api/pages-of.ts';
import { useRead } from '../api/queries.ts';
import type { ListPage } from '../elements/error-alert.tsx';

const PAGE = 1_000;
/** Where all users are. */
export const USERS: ListPage = { title: 'Users', path: '/iam/users' };

/** The address of a user's page below /console. */
export function userPath(userName: string, page = ''): string {
  return `/iam/users/${encodeURIComponent(userName)}${page}`;
}

export function useUser(userName: string) {
  const iam = useIam();
  return useRead(['iam', 'GetUser', userName], () => iam.send(new GetUserCommand({ UserName: userName })));
}

export function listUsers(iam: IAMClient): Promise<User[]> {
  return allOf(async (Marker) => {
    const page = await iam.send(new ListUsersCommand({ Marker, MaxItems: PAGE }));
    return { items: page.Users, marker: page.Marker };
  });
}

export function listGroupsOf(iam: IAMClient, UserName: string): Promise<Group[]> {
  return allOf(async (Marker) => {
    const page = await iam.send(new ListGroupsForUserCommand({ UserName, Marker, MaxItems: PAGE }));
    return { items: page.Groups, marker: page.Marker };
  });
}

/** Where IAM users of the account sign in. */
export function signInUrl(accountId: string): string {
  return `${location.origin}/console/sign-in?account=${accountId}`;
}
