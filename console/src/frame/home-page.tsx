import Cards from '@cloudscape-design/components/cards';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import { AppLink } from '../elements/app-link.tsx';
import { useSession } from '../session/session-context.ts';
import { usePage } from './page-context.ts';

const SERVICES = [
  {
    name: 'CodeCommit',
    path: '/codecommit/repositories',
    description: 'Create repositories, find their clone URLs, look after their settings.',
  },
  {
    name: 'IAM',
    path: '/iam/home',
    description: 'Manage users, groups, roles and policies, and find out who may do what.',
  },
  {
    name: 'KMS',
    path: '/kms/keys',
    description: 'Create encryption keys, and decide who may use and manage them.',
  },
  {
    name: 'My Security Credentials',
    path: '/iam/security-credentials',
    description: 'Your own Git credentials, SSH public keys, MFA devices, access keys and password.',
  },
];

export function Component() {
  usePage('Console Home', []);
  const { userName } = useSession();
  return (
    <ContentLayout
      header={
        <Header variant="h1" description="Private Git hosting that behaves like AWS CodeCommit">
          {userName === undefined ? 'Console Home' : `Console Home of ${userName}`}
        </Header>
      }
    >
      <Cards
        items={SERVICES}
        trackBy="path"
        cardsPerRow={[{ cards: 1 }, { minWidth: 600, cards: 2 }]}
        cardDefinition={{
          header: ({ name, path }) => (
            <AppLink to={path} fontSize="heading-m">
              {name}
            </AppLink>
          ),
          sections: [{ id: 'description', content: ({ description }) => description }],
        }}
      />
    </ContentLayout>
  );
}
