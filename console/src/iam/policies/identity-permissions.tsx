import type { Role, User } from '@aws-sdk/client-iam';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { HolderPermissions, type HolderPermissionsProps } from './holder-permissions.tsx';
import { type BoundedEntity, PermissionsBoundary } from './permissions-boundary.tsx';

interface IdentityPermissionsProps extends Pick<HolderPermissionsProps, 'empty' | 'addition'> {
  readonly identity: BoundedEntity;
  /** Undefined as long as it has not come. */
  readonly details: User | Role | undefined;
}

/** What a user or role may do by policies of its own, and the boundary of it. */
export function IdentityPermissions({ identity, details, ...permissions }: IdentityPermissionsProps) {
  return (
    <SpaceBetween size="l">
      <HolderPermissions holder={identity} {...permissions} />
      <PermissionsBoundary
        entity={identity}
        arn={details?.PermissionsBoundary?.PermissionsBoundaryArn}
        isLoading={details === undefined}
      />
    </SpaceBetween>
  );
}
