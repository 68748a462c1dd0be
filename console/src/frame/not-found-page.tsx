import Box from '@cloudscape-design/components/box';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import { AppLink } from '../elements/app-link.tsx';
import { usePage } from './page-context.ts';

export function Component() {
  usePage('Page not found', []);
  return (
    <ContentLayout header={<Header variant="h1">Page not found</Header>}>
      <Box>
        No page of the console has this address. Go to the <AppLink to="/home">console home</AppLink>.
      </Box>
    </ContentLayout>
  );
}
