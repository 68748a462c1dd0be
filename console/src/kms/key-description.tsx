import { type KeyMetadata, UpdateKeyDescriptionCommand } from '@aws-sdk/client-kms';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useKms } from '../api/kms.ts';
import { useChange } from '../api/queries.ts';
import { ErrorAlert } from '../elements/error-alert.tsx';
import { useNotify } from '../frame/notifications.tsx';

export function KeyDescription({ metadata }: { readonly metadata: KeyMetadata }) {
  const kms = useKms();
  const notify = useNotify();
  const { KeyId, Description = '' } = metadata;
  const [edited, setEdited] = useState<string>();
  const saving = useChange(
    () => kms.send(new UpdateKeyDescriptionCommand({ KeyId, Description: edited ?? '' })),
    () => {
      setEdited(undefined);
      notify('Description saved.');
    },
  );
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <Button disabled={edited === undefined} loading={saving.isPending} onClick={() => saving.mutate(undefined)}>
              Save description
            </Button>
          }
        >
          Description
        </Header>
      }
    >
      <SpaceBetween size="m">
        <FormField label="Description - optional" stretch>
          <Input value={edited ?? Description} onChange={({ detail }) => setEdited(detail.value)} />
        </FormField>
        <ErrorAlert error={saving.error} />
      </SpaceBetween>
    </Container>
  );
}
