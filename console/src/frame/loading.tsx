import Box from '@cloudscape-design/components/box';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { UserText } from '../elements/user-text.tsx';

interface LoadingProps {
  /** Completes "Loading …": "commit". */
  readonly what: string;
}

/** In the place of what is still coming. */
export function Loading({ what }: LoadingProps) {
  return (
    <Box padding="xxxl" textAlign="center">
      <LoadingLine what={what} />
    </Box>
  );
}

/** The same where there is room for one line. */
export function LoadingLine({ what }: LoadingProps) {
  return (
    <StatusIndicator type="loading">
      <UserText>{`Loading ${what}`}</UserText>
    </StatusIndicator>
  );
}

/** In the place of one value, whose label tells what it is. */
export function LoadingValue() {
  return <StatusIndicator type="loading">Loading</StatusIndicator>;
}

/** Before anything of the console can be shown. */
export function LoadingConsole() {
  return <Loading what="the console" />;
}
