import Button from '@cloudscape-design/components/button';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { LoadingValue } from '../frame/loading.tsx';
import { Identifier } from './identifier.tsx';

interface ValueProps {
  /** What it is, for the button that copies it: "password". */
  readonly name: string;
  readonly value: string;
}

const HIDDEN = '••••••••••••••••';

interface CopyableProps extends Omit<ValueProps, 'value'> {
  /** Undefined while it is still coming. */
  readonly value: string | undefined;
}

/** A value with a button that copies it. */
export function Copyable({ name, value }: CopyableProps) {
  return (
    <span className="copyable">
      {value === undefined ? (
        <LoadingValue />
      ) : (
        <>
          <CopyButton name={name} value={value} />
          <Identifier>{value}</Identifier>
        </>
      )}
    </span>
  );
}

/** A secret that whoever looks over one's shoulder sees only after Show. */
export function Secret({ name, value }: ValueProps) {
  const [isShown, setShown] = useState(false);
  const action = isShown ? 'Hide' : 'Show';
  return (
    <SpaceBetween direction="horizontal" size="xs" alignItems="center">
      <CopyButton name={name} value={value} />
      <span className="secret">{isShown ? value : HIDDEN}</span>
      <Button variant="inline-link" ariaLabel={`${action} ${name}`} onClick={() => setShown(!isShown)}>
        {action}
      </Button>
    </SpaceBetween>
  );
}

/** Copies a value, which it need not show. */
export function CopyButton({ name, value }: ValueProps) {
  return (
    <CopyToClipboard
      variant="icon"
      textToCopy={value}
      copyButtonAriaLabel={`Copy ${name}`}
      copySuccessText="Copied"
      copyErrorText="Not copied: the browser does not allow it"
    />
  );
}
