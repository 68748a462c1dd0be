import { UpdateRepositoryDescriptionCommand } from '@aws-sdk/client-codecommit';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { useCodeCommit } from '../api/codecommit.ts';
import { useChange } from '../api/queries.ts';
import { ErrorAlert } from '../elements/error-alert.tsx';
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
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <Button
              disabled={edited === undefined || edited === description}
              loading={saving.isPending}
              onClick={() => saving.mutate(undefined)}
            >
              Save description
            </Button>
          }
        >
          Description
        </Header>
      }
    >
      <SpaceBetween size="m">
        <FormField label="Repository description" constraintText="At most 1,000 characters">
          <Textarea rows={3} value={edited ?? description} onChange={({ detail }) => setEdited(detail.value)} />
        </FormField>
        <ErrorAlert error={saving.error} />
      </SpaceBetween>
    </Container>
  );
}
