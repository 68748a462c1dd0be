import Box from '@cloudscape-design/components/box';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import { AppLink } from '../elements/app-link.tsx';
import { usePage } from './page-context.ts';

export function Component() {
  usePage('Not found', []);
  return (
    <ContentLayout header={<Header variant="h1">There is no such page</Header>}>
      <Box>
        Go to the <AppLink to="/home">console home</AppLink>.
      </Box>
    </ContentLayout>
  );
}
