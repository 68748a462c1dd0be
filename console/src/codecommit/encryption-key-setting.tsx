import { UpdateRepositoryEncryptionKeyCommand } from '@aws-sdk/client-codecommit';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useCodeCommit } from '../api/codecommit.ts';
import { useChange } from '../api/queries.ts';
import { AppLink } from '../elements/app-link.tsx';
import { ErrorAlert } from '../elements/error-alert.tsx';
import { useNotify } from '../frame/notifications.tsx';
import { keyPath } from '../kms/keys.ts';
import { EncryptionKeyField } from './encryption-key-field.tsx';

interface EncryptionKeySettingProps {
  readonly name: string;
  /** ARN of the key that the repository is encrypted under. */
  readonly keyArn: string;
}

export function EncryptionKeySetting({ name, keyArn }: EncryptionKeySettingProps) {
  const client = useCodeCommit();
  const notify = useNotify();
  const [chosen, setChosen] = useState('');
  const saving = useChange(
    () => client.send(new UpdateRepositoryEncryptionKeyCommand({ repositoryName: name, kmsKeyId: chosen.trim() })),
    () => {
      notify('Encryption key changed.');
      setChosen('');
    },
  );
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <Button disabled={chosen.trim() === ''} loading={saving.isPending} onClick={() => saving.mutate(undefined)}>
              Save encryption key
            </Button>
          }
        >
          Encryption key
        </Header>
      }
    >
      <SpaceBetween size="m">
        <span className="wrapping">
          Now: <AppLink to={keyPath(keyArn.slice(keyArn.indexOf(':key/') + ':key/'.length))}>{keyArn}</AppLink>
        </span>
        <EncryptionKeyField
          label="Other key"
          description="ID, ARN or alias of a KMS key of this Region. What is stored stays as it is; who reads it needs the new key."
          value={chosen}
          onChange={setChosen}
        />
        <ErrorAlert error={saving.error} />
      </SpaceBetween>
    </Container>
  );
}
