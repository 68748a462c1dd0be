import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useLocation, useNavigate, useParams } from 'react-router';
import { useAddress } from '../../frame/addresses.ts';
import { Changes } from './changes.tsx';
import { comparedOf, comparePath } from './code-addresses.ts';
import { CodePage, Specified } from './code-page.tsx';
import { ReferenceSelect } from './reference-select.tsx';

/** What differs between any two branches, tags and commits. */
export function Component() {
  const { name = '' } = useParams();
  const { before, after } = comparedOf(useLocation().pathname);
  return (
    <CodePage name={name} title="Compare commits" heading="Compare commits">
      <Specified name={name} specifier={after}>
        {(shown) => (
          <SpaceBetween size="m">
            <Choice key={`${before} ${shown}`} name={name} before={before} after={shown} />
            {before === '' ? (
              <Box>Choose two branches or tags to compare, or enter whole commit IDs.</Box>
            ) : (
              <Changes key={`${before} ${shown}`} name={name} before={before} after={shown} />
            )}
          </SpaceBetween>
        )}
      </Specified>
    </CodePage>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

function Choice({ name, before, after }: ChoiceProps) {
  const navigate = useNavigate();
  const address = useAddress();
  const [chosen, choose] = useState({ before, after });
  return (
    <div className="code-bar">
      <ReferenceSelect
        name={name}
        label="Destination: what is compared with"
        inlineLabel="Destination"
        specifier={chosen.before}
        onChange={(specifier) => choose({ ...chosen, before: specifier })}
      />
      <ReferenceSelect
        name={name}
        label="Source: what is compared"
        inlineLabel="Source"
        specifier={chosen.after}
        onChange={(specifier) => choose({ ...chosen, after: specifier })}
      />
      <Button
        variant="primary"
        disabled={chosen.before === ''}
        onClick={() => void navigate(address(comparePath(name, chosen.before, chosen.after)))}
      >
        Compare
      </Button>
    </div>
  );
}
