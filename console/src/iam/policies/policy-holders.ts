import {
  type AttachedPolicy,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  DeleteGroupPolicyCommand,
  DeleteRolePolicyCommand,
  DeleteUserPolicyCommand,
  DetachGroupPolicyCommand,
  DetachRolePolicyCommand,
  DetachUserPolicyCommand,
  GetGroupPolicyCommand,
  GetRolePolicyCommand,
  GetUserPolicyCommand,
  type IAMClient,
  ListAttachedGroupPoliciesCommand,
  ListAttachedRolePoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListGroupPoliciesCommand,
  ListRolePoliciesCommand,
  ListUserPoliciesCommand,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { allOf } from '../../api/pages-of.ts';

/** A user, group or role: what has policies. */
export interface PolicyHolder {
  readonly kind: 'user' | 'group' | 'role';
  readonly name: string;
}

interface Page {
  readonly Marker: string | undefined;
  readonly MaxItems: number;
}

/** The operations on the policies of one holder, which IAM has three times under three names. */
interface HolderOperations {
  readonly listAttached: (
    page: Page,
  ) => Promise<{ AttachedPolicies?: AttachedPolicy[] | undefined; Marker?: string | undefined }>;
  readonly listInline: (page: Page) => Promise<{ PolicyNames?: string[] | undefined; Marker?: string | undefined }>;
  readonly get: (PolicyName: string) => Promise<{ PolicyDocument?: string | undefined }>;
  readonly put: (PolicyName: string, PolicyDocument: string) => Promise<unknown>;
  readonly remove: (PolicyName: string) => Promise<unknown>;
  readonly attach: (PolicyArn: string) => Promise<unknown>;
  readonly detach: (PolicyArn: string) => Promise<unknown>;
}

export function operationsOn(iam: IAMClient, { kind, name }: PolicyHolder): HolderOperations {
  return OPERATIONS[kind](iam, name);
}

export function listAttachedPolicies(iam: IAMClient, holder: PolicyHolder): Promise<AttachedPolicy[]> {
  return allOf(async (Marker) => {
    const page = await operationsOn(iam, holder).listAttached({ Marker, MaxItems: 1_000 });
    return { items: page.AttachedPolicies, marker: page.Marker };
  });
}

/** Names. */
export function listInlinePolicies(iam: IAMClient, holder: PolicyHolder): Promise<string[]> {
  return allOf(async (Marker) => {
    const page = await operationsOn(iam, holder).listInline({ Marker, MaxItems: 1_000 });
    return { items: page.PolicyNames, marker: page.Marker };
  });
}

/** The text of an inline policy, as it is stored. */
export async function readInlinePolicy(iam: IAMClient, holder: PolicyHolder, policyName: string): Promise<string> {
  const { PolicyDocument = '' } = await operationsOn(iam, holder).get(policyName);
  return decodeURIComponent(PolicyDocument);
}

/** Takes every policy away, as must be done before a group or role can be deleted. */
export async function removeAllPolicies(iam: IAMClient, holder: PolicyHolder): Promise<void> {
  const { detach, remove } = operationsOn(iam, holder);
  for (const { PolicyArn = '' } of await listAttachedPolicies(iam, holder)) await detach(PolicyArn);
  for (const name of await listInlinePolicies(iam, holder)) await remove(name);
}

const OPERATIONS: Readonly<Record<PolicyHolder['kind'], (iam: IAMClient, name: string) => HolderOperations>> = {
  user: (iam, UserName) => ({
    listAttached: (page) => iam.send(new ListAttachedUserPoliciesCommand({ UserName, ...page })),
    listInline: (page) => iam.send(new ListUserPoliciesCommand({ UserName, ...page })),
    get: (PolicyName) => iam.send(new GetUserPolicyCommand({ UserName, PolicyName })),
    put: (PolicyName, PolicyDocument) => iam.send(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument })),
    remove: (PolicyName) => iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName })),
    attach: (PolicyArn) => iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn })),
    detach: (PolicyArn) => iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn })),
  }),
  group: (iam, GroupName) => ({
    listAttached: (page) => iam.send(new ListAttachedGroupPoliciesCommand({ GroupName, ...page })),
    listInline: (page) => iam.send(new ListGroupPoliciesCommand({ GroupName, ...page })),
    get: (PolicyName) => iam.send(new GetGroupPolicyCommand({ GroupName, PolicyName })),
    put: (PolicyName, PolicyDocument) => iam.send(new PutGroupPolicyCommand({ GroupName, PolicyName, PolicyDocument })),
    remove: (PolicyName) => iam.send(new DeleteGroupPolicyCommand({ GroupName, PolicyName })),
    attach: (PolicyArn) => iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn })),
    detach: (PolicyArn) => iam.send(new DetachGroupPolicyCommand({ GroupName, PolicyArn })),
  }),
  role: (iam, RoleName) => ({
    listAttached: (page) => iam.send(new ListAttachedRolePoliciesCommand({ RoleName, ...page })),
    listInline: (page) => iam.send(new ListRolePoliciesCommand({ RoleName, ...page })),
    get: (PolicyName) => iam.send(new GetRolePolicyCommand({ RoleName, PolicyName })),
    put: (PolicyName, PolicyDocument) => iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument })),
    remove: (PolicyName) => iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })),
    attach: (PolicyArn) => iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn })),
    detach: (PolicyArn) => iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })),
  }),
};
