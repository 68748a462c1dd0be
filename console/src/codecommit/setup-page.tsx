import { GetRepositoryCommand } from '@aws-sdk/client-codecommit';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useParams } from 'react-router';
import { useCodeCommit } from '../api/codecommit.ts';
import { useRead } from '../api/queries.ts';
import { LinkButton } from '../elements/app-link.tsx';
import { ErrorAlert } from '../elements/error-alert.tsx';
import { Loading } from '../frame/loading.tsx';
import { usePage } from '../frame/page-context.ts';
import { CloneUrlMenu } from './clone-url-menu.tsx';
import { ConnectionSteps } from './connection-steps.tsx';
import { useMissingCredentials } from './missing-credentials.tsx';
import { repositoryPath } from './repositories.ts';

/** How to connect to a repository. */
export function Component() {
  const { name = '' } = useParams();
  usePage(`Connect to ${name}`, [
    { text: 'CodeCommit', path: '/codecommit/repositories' },
    { text: 'Repositories', path: '/codecommit/repositories' },
    { text: name, path: repositoryPath(name, 'browse') },
    { text: 'Connect', path: repositoryPath(name, 'setup') },
  ]);
  const client = useCodeCommit();
  const { data, error } = useRead(['codecommit', 'GetRepository', name], () =>
    client.send(new GetRepositoryCommand({ repositoryName: name })),
  );
  const missing = useMissingCredentials();
  const repository = data?.repositoryMetadata;
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          actions={
            repository && (
              <SpaceBetween direction="horizontal" size="xs">
                <LinkButton to={repositoryPath(name, 'settings')}>Settings</LinkButton>
                <CloneUrlMenu repository={repository} />
              </SpaceBetween>
            )
          }
        >
          {name}
        </Header>
      }
    >
      <Container header={<Header variant="h2">Connection steps</Header>}>
        <ErrorAlert error={error} />
        {repository !== undefined && <ConnectionSteps repository={repository} missing={missing} />}
        {repository === undefined && error === null && <Loading what="repository" />}
      </Container>
    </ContentLayout>
  );
}
