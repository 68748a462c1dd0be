import {
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  type IAMClient,
  ListEntitiesForPolicyCommand,
  ListPolicyVersionsCommand,
  type PolicyUsageType,
  type PolicyVersion,
} from '@aws-sdk/client-iam';
import { allOf } from '../../api/pages-of.ts';

/** What a managed policy is attached to. */
export interface AttachedEntity {
  readonly kind: 'user' | 'group' | 'role';
  readonly name: string;
  readonly usage: 'Permissions policy' | 'Permissions boundary';
}

const PAGE = 1_000;

export async function listEntities(iam: IAMClient, arn: string): Promise<AttachedEntity[]> {
  const [permissions, boundaries] = await Promise.all([
    listUses(iam, arn, 'PermissionsPolicy'),
    listUses(iam, arn, 'PermissionsBoundary'),
  ]);
  return [...permissions, ...boundaries];
}

/** The newest first. */
export function listVersions(iam: IAMClient, PolicyArn: string): Promise<PolicyVersion[]> {
  return allOf(async (Marker) => {
    const page = await iam.send(new ListPolicyVersionsCommand({ PolicyArn, Marker, MaxItems: PAGE }));
    return { items: page.Versions, marker: page.Marker };
  });
}

/** Deletes a policy that nothing uses, with its other versions, without which IAM refuses to. */
export async function deletePolicy(iam: IAMClient, PolicyArn: string): Promise<void> {
  // While it is attached IAM refuses to delete it: its versions must then stay as they are.
  const isUsed = (await listEntities(iam, PolicyArn)).length > 0;
  const versions = isUsed ? [] : await listVersions(iam, PolicyArn);
  for (const { VersionId, IsDefaultVersion } of versions) {
    if (IsDefaultVersion !== true) await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
  }
  await iam.send(new DeletePolicyCommand({ PolicyArn }));
}

function listUses(iam: IAMClient, PolicyArn: string, PolicyUsageFilter: PolicyUsageType): Promise<AttachedEntity[]> {
  const usage = PolicyUsageFilter === 'PermissionsPolicy' ? 'Permissions policy' : 'Permissions boundary';
  return allOf(async (Marker) => {
    const input = { PolicyArn, PolicyUsageFilter, Marker, MaxItems: PAGE };
    const page = await iam.send(new ListEntitiesForPolicyCommand(input));
    const entity = (kind: AttachedEntity['kind']) => (name: string | undefined) =>
      ({ kind, name: name ?? '', usage }) as const;
    const items: AttachedEntity[] = [
      ...(page.PolicyUsers ?? []).map(({ UserName }) => entity('user')(UserName)),
      ...(page.PolicyGroups ?? []).map(({ GroupName }) => entity('group')(GroupName)),
      ...(page.PolicyRoles ?? []).map(({ RoleName }) => entity('role')(RoleName)),
    ];
    return { items, marker: page.Marker };
  });
}
