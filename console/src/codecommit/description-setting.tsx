import { UpdateRepositoryDescriptionCommand } from '@aws-sdk/client-codecommit';
import FormField from '@cloudscape-design/components/form-field';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { useCodeCommit } from '../api/codecommit.ts';
import { useChange } from '../api/queries.ts';
import { SettingContainer } from '../elements/setting-container.tsx';
import { useNotify } from '../frame/notifications.tsx';

interface DescriptionSettingProps {
  readonly name: string;
  readonly description: string;
}

export function DescriptionSetting({ name, description }: DescriptionSettingProps) {
  const client = useCodeCommit();
  const notify = useNotify();
  const [edited, setEdited] = useState<string>();
  const saving = useChange(
    () =>
      client.send(
        new UpdateRepositoryDescriptionCommand({ repositoryName: name, repositoryDescription: edited ?? '' }),
      ),
    () => {
      setEdited(undefined);
      notify('Description saved.');
    },
  );
  return (
    <SettingContainer
      title="Description"
      action="Save description"
      isDisabled={edited === undefined || edited === description}
      isPending={saving.isPending}
      error={saving.error}
      onSave={() => saving.mutate(undefined)}
    >
      <FormField label="Repository description" constraintText="At most 1,000 characters">
        <Textarea rows={3} value={edited ?? description} onChange={({ detail }) => setEdited(detail.value)} />
      </FormField>
    </SettingContainer>
  );
}
