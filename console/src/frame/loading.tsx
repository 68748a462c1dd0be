import Box from '@cloudscape-design/components/box';
import Spinner from '@cloudscape-design/components/spinner';

/** In the place of a page that is still coming. */
export function Loading() {
  return (
    <Box padding="xxxl" textAlign="center">
      <Spinner size="large" />
    </Box>
  );
}
