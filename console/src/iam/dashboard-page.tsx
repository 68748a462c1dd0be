import { GetAccountSummaryCommand, type SummaryKeyType } from '@aws-sdk/client-iam';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useIam } from '../api/iam.ts';
import { useRead } from '../api/queries.ts';
import { AppLink } from '../elements/app-link.tsx';
import { Details } from '../elements/details.tsx';
import { ErrorAlert } from '../elements/error-alert.tsx';
import { Copyable } from '../elements/secret.tsx';
import { usePage } from '../frame/page-context.ts';
import { useSession } from '../session/session-context.ts';
import { signInUrl } from './users.ts';

const OWN_POLICIES = '/iam/policies?type=Customer+managed';

export function Component() {
  usePage('IAM Dashboard', [
    { text: 'IAM', path: '/iam/home' },
    { text: 'Dashboard', path: '/iam/home' },
  ]);
  const { accountId } = useSession();
  const iam = useIam();
  const summary = useRead(
    ['iam', 'GetAccountSummary'],
    async () => (await iam.send(new GetAccountSummaryCommand({}))).SummaryMap ?? {},
  );
  const counted = (name: SummaryKeyType, to: string) => {
    if (summary.isPending) return undefined;
    const count = summary.data?.[name];
    return count === undefined ? '-' : <AppLink to={to}>{count}</AppLink>;
  };
  return (
    <ContentLayout header={<Header variant="h1">IAM Dashboard</Header>}>
      <SpaceBetween size="l">
        <Container header={<Header variant="h2">AWS account</Header>}>
          <Details
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
            <Details
              columns={4}
              items={[
                { label: 'User groups', value: counted('Groups', '/iam/groups') },
                { label: 'Users', value: counted('Users', '/iam/users') },
                { label: 'Roles', value: counted('Roles', '/iam/roles') },
                { label: 'Customer managed policies', value: counted('Policies', OWN_POLICIES) },
              ]}
            />
            <ErrorAlert error={summary.error} />
          </SpaceBetween>
        </Container>
        <Container header={<Header variant="h2">Tools</Header>}>
          <Details
            columns={2}
            items={[
              {
                label: <AppLink to="/iam/who-may">Who may</AppLink>,
                value: 'Which users and roles may do something with a repository, and by which policy.',
              },
              {
                label: <AppLink to="/iam/simulator">Policy simulator</AppLink>,
                value: 'What policies would decide about actions, and which statement decides.',
              },
            ]}
          />
        </Container>
      </SpaceBetween>
    </ContentLayout>
  );
}
