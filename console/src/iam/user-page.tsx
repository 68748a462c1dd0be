import type { User } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
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
import { IdentityPermissions } from './policies/identity-permissions.tsx';
import { ResourcePage } from './resource-page.tsx';
import { SshKeys } from './ssh-keys.tsx';
import { UserGroups } from './user-groups.tsx';
import { UserTags } from './user-tags.tsx';
import { USERS, userPath, useUser } from './users.ts';

export function Component() {
  const { name = '' } = useParams();
  usePage(name, [
    { text: 'IAM', path: '/iam/home' },
    { text: 'Users', path: '/iam/users' },
    { text: name, path: userPath(name) },
  ]);
  const navigate = useNavigate();
  const address = useAddress();
  const [isDeleting, setDeleting] = useState(false);
  const user = useUser(name);
  return (
    <ResourcePage
      name={name}
      noun="user"
      list={USERS}
      actions={<Button onClick={() => setDeleting(true)}>Delete</Button>}
      summary={<Summary user={user.data?.User} />}
      error={user.error}
      tabs={[
        {
          id: 'permissions',
          label: 'Permissions',
          content: (
            <IdentityPermissions
              identity={{ kind: 'user', name }}
              details={user.data?.User}
              empty="No policies: the user may do only what groups allow. Add permissions, such as AWSCodeCommitPowerUser."
              addition={
                <LinkButton variant="primary" to={userPath(name, '/add-permissions')}>
                  Add permissions
                </LinkButton>
              }
            />
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
        { label: 'Created', value: user && formatTime(user.CreateDate) },
        { label: 'Last console sign-in', value: user && formatTime(user.PasswordLastUsed) },
      ]}
    />
  );
}
