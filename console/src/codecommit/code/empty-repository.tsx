import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { LinkButton } from '../../elements/app-link.tsx';
import { repositoryPath } from '../repositories.ts';
import { codePath } from './code-addresses.ts';

const NOWHERE = { specifier: '', path: '' };

export function EmptyRepository({ name }: { readonly name: string }) {
  return (
    <Container header={<Header variant="h2">The repository is empty</Header>}>
      <SpaceBetween size="m">
        <Box>
          Clone it and push a first commit: the connection steps tell how. Or make a first file here; its commit makes
          the branch main.
        </Box>
        <div className="actions">
          <LinkButton variant="primary" to={repositoryPath(name, 'setup')}>
            Connection steps
          </LinkButton>
          <LinkButton to={codePath(name, 'create', NOWHERE)}>Create file</LinkButton>
          <LinkButton to={codePath(name, 'upload', NOWHERE)}>Upload file</LinkButton>
        </div>
      </SpaceBetween>
    </Container>
  );
}
