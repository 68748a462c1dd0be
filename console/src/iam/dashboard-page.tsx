import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useIam } from '../api/iam.ts';
import { useRead } from '../api/queries.ts';
import { AppLink } from '../elements/app-link.tsx';
import { ErrorAlert } from '../elements/error-alert.tsx';
import { Copyable } from '../elements/secret.tsx';
import { usePage } from '../frame/page-context.ts';
import { useSession } from '../session/session-context.ts';
import { listPolicies, listUsers, signInUrl } from './users.ts';

export function Component() {
  usePage('IAM Dashboard', [
    { text: 'IAM', path: '/iam/home' },
    { text: 'Dashboard', path: '/iam/home' },
  ]);
  const { accountId } = useSession();
  const iam = useIam();
  const users = useRead(['iam', 'ListUsers'], () => listUsers(iam));
  const policies = useRead(['iam', 'ListPolicies'], () => listPolicies(iam));
  return (
    <ContentLayout header={<Header variant="h1">IAM Dashboard</Header>}>
      <SpaceBetween size="l">
        <Container header={<Header variant="h2">AWS account</Header>}>
          <KeyValuePairs
            columns={2}
            items={[
              { label: 'Account ID', value: <Copyable name="account ID" value={accountId} /> },
              {
                label: 'Sign-in URL for IAM users',
                value: <Copyable name="sign-in URL" value={signInUrl(accountId)} />,
              },
            ]}
          />
        </Container>
        <Container header={<Header variant="h2">IAM resources</Header>}>
          <SpaceBetween size="m">
            <KeyValuePairs
              columns={2}
              items={[
                { label: 'Users', value: <AppLink to="/iam/users">{users.data?.length ?? '-'}</AppLink> },
                { label: 'Policies', value: policies.data?.length ?? '-' },
              ]}
            />
            <ErrorAlert error={users.error ?? policies.error} />
          </SpaceBetween>
        </Container>
      </SpaceBetween>
    </ContentLayout>
  );
}
