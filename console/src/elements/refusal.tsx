import Popover from '@cloudscape-design/components/popover';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { errorTitle } from './error-alert.tsx';
import { UserText } from './user-text.tsx';

/** What the API refused of one row among many: why is told, as the API words it, to who asks. */
export function Refusal({ error }: { readonly error: Error }) {
  const title = errorTitle(error.name);
  return (
    <Popover
      header={title}
      size="large"
      renderWithPortal
      dismissAriaLabel="Close"
      content={
        <span className="wrapping">
          <UserText>{error.message}</UserText>
        </span>
      }
    >
      <StatusIndicator type="error">{title}</StatusIndicator>
    </Popover>
  );
}
