import {
  type AttachedPolicy,
  type Group,
  type IAMClient,
  ListAttachedUserPoliciesCommand,
  ListGroupsForUserCommand,
  ListPoliciesCommand,
  ListUserPoliciesCommand,
  ListUsersCommand,
  type Policy,
  type User,
} from '@aws-sdk/client-iam';
import { allOf } from '../api/pages-of.ts';

const PAGE = 1_000;

/** The address of a user's page below /console. */
export function userPath(userName: string, page = ''): string {
  return `/iam/users/${encodeURIComponent(userName)}${page}`;
}

export function listUsers(iam: IAMClient): Promise<User[]> {
  return allOf(async (Marker) => {
    const page = await iam.send(new ListUsersCommand({ Marker, MaxItems: PAGE }));
    return { items: page.Users, marker: page.Marker };
  });
}

/** AWS managed policies and the account's own. */
export function listPolicies(iam: IAMClient): Promise<Policy[]> {
  return allOf(async (Marker) => {
    const page = await iam.send(new ListPoliciesCommand({ Marker, MaxItems: PAGE }));
    return { items: page.Policies, marker: page.Marker };
  });
}

export function listAttachedPolicies(iam: IAMClient, UserName: string): Promise<AttachedPolicy[]> {
  return allOf(async (Marker) => {
    const page = await iam.send(new ListAttachedUserPoliciesCommand({ UserName, Marker, MaxItems: PAGE }));
    return { items: page.AttachedPolicies, marker: page.Marker };
  });
}

/** Names. */
export function listInlinePolicies(iam: IAMClient, UserName: string): Promise<string[]> {
  return allOf(async (Marker) => {
    const page = await iam.send(new ListUserPoliciesCommand({ UserName, Marker, MaxItems: PAGE }));
    return { items: page.PolicyNames, marker: page.Marker };
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
