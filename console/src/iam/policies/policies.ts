import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  type IAMClient,
  ListPoliciesCommand,
  type Policy,
} from '@aws-sdk/client-iam';
import { allOf } from '../../api/pages-of.ts';
import type { ListPage } from '../../elements/error-alert.tsx';

/** Where all policies are. */
export const POLICIES: ListPage = { title: 'Policies', path: '/iam/policies' };

/** The address of a managed policy's page below /console. */
export function policyPath(arn: string, page = ''): string {
  return `/iam/policies/${encodeURIComponent(arn)}${page}`;
}

export function policyType(arn: string): 'AWS managed' | 'Customer managed' {
  return arn.startsWith('arn:aws:iam::aws:') ? 'AWS managed' : 'Customer managed';
}

/** AWS managed policies and the account's own. */
export function listPolicies(iam: IAMClient): Promise<Policy[]> {
  return allOf(async (Marker) => {
    const page = await iam.send(new ListPoliciesCommand({ Marker, MaxItems: 1_000 }));
    return { items: page.Policies, marker: page.Marker };
  });
}

/** The text of a managed policy, as it is stored. @param versionId undefined: of its default version */
export async function readPolicyText(iam: IAMClient, PolicyArn: string, versionId?: string): Promise<string> {
  const VersionId = versionId ?? (await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy?.DefaultVersionId;
  const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
  return decodeURIComponent(PolicyVersion?.Document ?? '');
}
