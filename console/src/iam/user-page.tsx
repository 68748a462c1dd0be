import { GetUserCommand, type User } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { useIam } from '../api/iam.ts';
import { useRead } from '../api/queries.ts';
import { LinkButton } from '../elements/app-link.tsx';
import { Details } from '../elements/details.tsx';
import { Copyable } from '../elements/secret.tsx';
import { formatTime } from '../elements/times.ts';
import { useAddress } from '../frame/addresses.ts';
import { usePage } from '../frame/page-context.ts';
import { AccessKeys } from './access-keys.tsx';
import { ConsolePassword } from './console-password.tsx';
import { DeleteUserModal } from './delete-user-modal.tsx';
import { GitCredentials } from './git-credentials.tsx';
import { MfaDevices } from './mfa-devices.tsx';
import { HolderPermissions } from './policies/holder-permissions.tsx';
import { PermissionsBoundary } from './policies/permissions-boundary.tsx';
import { ResourcePage } from './resource-page.tsx';
import { SshKeys } from './ssh-keys.tsx';
import { UserGroups } from './user-groups.tsx';
import { UserTags } from './user-tags.tsx';
import { userPath } from './users.ts';

export function Component() {
  const { name = '' } = useParams();
  usePage(name, [
    { text: 'IAM', path: '/iam/home' },
    { text: 'Users', path: '/iam/users' },
    { text: name, path: userPath(name) },
  ]);
  const iam = useIam();
  const navigate = useNavigate();
  const address = useAddress();
  const [isDeleting, setDeleting] = useState(false);
  const user = useRead(['iam', 'GetUser', name], () => iam.send(new GetUserCommand({ UserName: name })));
  return (
    <ResourcePage
      name={name}
      noun="user"
      list={{ title: 'Users', path: '/iam/users' }}
      actions={<Button onClick={() => setDeleting(true)}>Delete</Button>}
      summary={<Summary user={user.data?.User} />}
      error={user.error}
      tabs={[
        {
          id: 'permissions',
          label: 'Permissions',
          content: (
            <SpaceBetween size="l">
              <HolderPermissions
                holder={{ kind: 'user', name }}
                empty="No policies: the user may do only what groups allow. Add permissions, such as AWSCodeCommitPowerUser."
                addition={
                  <LinkButton variant="primary" to={userPath(name, '/add-permissions')}>
                    Add permissions
                  </LinkButton>
                }
              />
              <PermissionsBoundary
                entity={{ kind: 'user', name }}
                arn={user.data?.User?.PermissionsBoundary?.PermissionsBoundaryArn}
                isLoading={user.data === undefined}
              />
            </SpaceBetween>
          ),
        },
        { id: 'groups', label: 'Groups', content: <UserGroups userName={name} /> },
        { id: 'tags', label: 'Tags', content: <UserTags userName={name} /> },
        {
          id: 'security-credentials',
          label: 'Security credentials',
          content: (
            <SpaceBetween size="l">
              <ConsolePassword userName={name} />
              <MfaDevices userName={name} />
              <AccessKeys userName={name} />
              <SshKeys userName={name} />
              <GitCredentials userName={name} />
            </SpaceBetween>
          ),
        },
      ]}
    >
      {isDeleting && (
        <DeleteUserModal
          userName={name}
          leavesPage
          onDone={() => void navigate(address('/iam/users'))}
          onDismiss={() => setDeleting(false)}
        />
      )}
    </ResourcePage>
  );
}

function Summary({ user }: { readonly user: User | undefined }) {
  return (
    <Details
      columns={3}
      items={[
        { label: 'ARN', value: <Copyable name="ARN" value={user?.Arn} /> },
        { label: 'Created', value: formatTime(user?.CreateDate) },
        { label: 'Last console sign-in', value: formatTime(user?.PasswordLastUsed) },
      ]}
    />
  );
}
