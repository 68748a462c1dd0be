import { type KeyMetadata, UpdateKeyDescriptionCommand } from '@aws-sdk/client-kms';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useState } from 'react';
import { useKms } from '../api/kms.ts';
import { useChange } from '../api/queries.ts';
import { SettingContainer } from '../elements/setting-container.tsx';
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
    <SettingContainer
      title="Description"
      action="Save description"
      isDisabled={edited === undefined}
      isPending={saving.isPending}
      error={saving.error}
      onSave={() => saving.mutate(undefined)}
    >
      <FormField label="Description - optional" stretch>
        <Input value={edited ?? Description} onChange={({ detail }) => setEdited(detail.value)} />
      </FormField>
    </SettingContainer>
  );
}
