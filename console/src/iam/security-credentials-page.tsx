import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { AddressedTabs } from '../elements/addressed-tabs.tsx';
import { Details } from '../elements/details.tsx';
import { Copyable } from '../elements/secret.tsx';
import { usePage } from '../frame/page-context.ts';
import { useSession } from '../session/session-context.ts';
import { AccessKeys } from './access-keys.tsx';
import { CloseAccount } from './close-account.tsx';
import { GitCredentials } from './git-credentials.tsx';
import { MfaDevices } from './mfa-devices.tsx';
import { OwnPassword } from './own-password.tsx';
import { SshKeys } from './ssh-keys.tsx';

/** One's own credentials, as far as one's policies let one manage them. */
export function Component() {
  usePage('My Security Credentials', [
    { text: 'IAM', path: '/iam/home' },
    { text: 'My Security Credentials', path: '/iam/security-credentials' },
  ]);
  const { accountId, arn, userName, rootUser } = useSession();
  return (
    <ContentLayout header={<Header variant="h1">My Security Credentials</Header>}>
      <SpaceBetween size="l">
        <Container header={<Header variant="h2">Account details</Header>}>
          <Details
            columns={3}
            items={[
              { label: 'User', value: userName ?? `Root user ${rootUser?.email ?? ''}` },
              ...(rootUser?.accountName === undefined ? [] : [{ label: 'Account name', value: rootUser.accountName }]),
              { label: 'Account ID', value: <Copyable name="account ID" value={accountId} /> },
              { label: 'ARN', value: <Copyable name="ARN" value={arn} /> },
            ]}
          />
        </Container>
        {userName === undefined ? (
          <SpaceBetween size="l">
            <Alert type="info">
              The root user cannot have Git credentials or SSH public keys: create an IAM user to work with Git.
            </Alert>
            <OwnPassword />
            <MfaDevices userName={undefined} />
            <AccessKeys userName={undefined} />
            <CloseAccount accountId={accountId} accountName={rootUser?.accountName} />
          </SpaceBetween>
        ) : (
          <AddressedTabs
            name="Kinds of credentials"
            tabs={[
              {
                id: 'codecommit',
                label: 'AWS CodeCommit credentials',
                content: (
                  <SpaceBetween size="l">
                    <SshKeys userName={userName} />
                    <GitCredentials userName={userName} />
                  </SpaceBetween>
                ),
              },
              {
                id: 'iam',
                label: 'AWS IAM credentials',
                content: (
                  <SpaceBetween size="l">
                    <OwnPassword />
                    <MfaDevices userName={userName} />
                    <AccessKeys userName={userName} />
                  </SpaceBetween>
                ),
              },
            ]}
          />
        )}
      </SpaceBetween>
    </ContentLayout>
  );
}
