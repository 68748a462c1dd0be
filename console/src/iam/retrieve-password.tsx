import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { LinkButton } from '../elements/app-link.tsx';
import { csv, saveFile } from '../elements/csv.ts';
import { Details } from '../elements/details.tsx';
import { Copyable, Secret } from '../elements/secret.tsx';
import { useSession } from '../session/session-context.ts';
import { signInUrl, userPath } from './users.ts';

export interface ConsoleAccess {
  readonly userName: string;
  readonly password: string;
}

/** The password of a new user, for the only time that it can be seen. */
export function RetrievePassword({ access: { userName, password } }: { readonly access: ConsoleAccess }) {
  const url = signInUrl(useSession().accountId);
  const save = () =>
    saveFile(
      `${userName}_credentials.csv`,
      csv(['User name', 'Password', 'Console sign-in URL'], [userName, password, url]),
    );
  return (
    <ContentLayout header={<Header variant="h1">Retrieve password</Header>}>
      <SpaceBetween size="l">
        <Alert type="warning">This is the only time that the password can be seen or downloaded.</Alert>
        <Container header={<Header variant="h2">Console sign-in details</Header>}>
          <Details
            items={[
              { label: 'Console sign-in URL', value: <Copyable name="sign-in URL" value={url} /> },
              { label: 'User name', value: <Copyable name="user name" value={userName} /> },
              { label: 'Console password', value: <Secret name="password" value={password} /> },
            ]}
          />
        </Container>
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button iconName="download" onClick={save}>
              Download .csv file
            </Button>
            <LinkButton variant="primary" to={userPath(userName)}>
              View user
            </LinkButton>
          </SpaceBetween>
        </Box>
      </SpaceBetween>
    </ContentLayout>
  );
}
