import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import { useSession } from '../session/session-context.ts';
import { useRegion } from './addresses.ts';

/** Tells who has come to a Region that the installation does not offer, as by a mistyped address. */
export function OtherRegion() {
  const { regions } = useSession();
  const region = useRegion();
  if (regions.includes(region)) return null;
  return (
    <Box margin={{ bottom: 'l' }}>
      <Alert type="info" header={`${region} is not among the Regions of this installation`}>
        {`It works like any other, but has repositories and keys of its own. The menu at the top leads to ${regions.join(', ')}.`}
      </Alert>
    </Box>
  );
}
