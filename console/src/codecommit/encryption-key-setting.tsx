import { UpdateRepositoryEncryptionKeyCommand } from '@aws-sdk/client-codecommit';
import { useState } from 'react';
import { useCodeCommit } from '../api/codecommit.ts';
import { useChange } from '../api/queries.ts';
import { AppLink } from '../elements/app-link.tsx';
import { SettingContainer } from '../elements/setting-container.tsx';
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
    <SettingContainer
      title="Encryption key"
      action="Save encryption key"
      isDisabled={chosen.trim() === ''}
      isPending={saving.isPending}
      error={saving.error}
      onSave={() => saving.mutate(undefined)}
    >
      <span className="wrapping">
        Current key: <AppLink to={keyPath(keyArn.slice(keyArn.indexOf(':key/') + ':key/'.length))}>{keyArn}</AppLink>
      </span>
      <EncryptionKeyField
        label="New key"
        description="ID, ARN or alias of a KMS key of this Region. Whoever works with the repository needs permission to use that key."
        value={chosen}
        onChange={setChosen}
      />
    </SettingContainer>
  );
}
