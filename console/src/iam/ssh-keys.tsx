import {
  DeleteSSHPublicKeyCommand,
  ListSSHPublicKeysCommand,
  type SSHPublicKeyMetadata,
  UpdateSSHPublicKeyCommand,
  UploadSSHPublicKeyCommand,
} from '@aws-sdk/client-iam';
import FormField from '@cloudscape-design/components/form-field';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TableProps } from '@cloudscape-design/components/table';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { useIam } from '../api/iam.ts';
import { useChange, useRead } from '../api/queries.ts';
import { ActionModal } from '../elements/action-modal.tsx';
import { ErrorAlert } from '../elements/error-alert.tsx';
import { Copyable } from '../elements/secret.tsx';
import { formatTime } from '../elements/times.ts';
import { useNotify } from '../frame/notifications.tsx';
import { CredentialTable } from './credential-table.tsx';
import { Status } from './status.tsx';

const COLUMNS: readonly TableProps.ColumnDefinition<SSHPublicKeyMetadata>[] = [
  {
    id: 'key-id',
    header: 'SSH key ID',
    isRowHeader: true,
    sortingField: 'SSHPublicKeyId',
    cell: ({ SSHPublicKeyId = '' }) => <Copyable name="SSH key ID" value={SSHPublicKeyId} />,
  },
  { id: 'uploaded', header: 'Uploaded', cell: ({ UploadDate }) => formatTime(UploadDate) },
  { id: 'status', header: 'Status', cell: (key) => <Status status={key.Status} /> },
];

/** "SSH public keys for AWS CodeCommit" of a user. */
export function SshKeys({ userName: UserName }: { readonly userName: string }) {
  const iam = useIam();
  const [isUploading, setUploading] = useState(false);
  const list = useRead(
    ['iam', 'ListSSHPublicKeys', UserName],
    async () => (await iam.send(new ListSSHPublicKeysCommand({ UserName }))).SSHPublicKeys ?? [],
  );
  return (
    <>
      <CredentialTable
        title="SSH public keys for AWS CodeCommit"
        name="ssh-keys"
        description="For Git over SSH. The ID of the key is the user name."
        noun="SSH public key"
        query={list}
        columns={COLUMNS}
        idOf={({ SSHPublicKeyId = '' }) => SSHPublicKeyId}
        empty="No SSH public keys. Upload one to clone over SSH."
        create={{ text: 'Upload SSH public key', isPending: false, error: null, run: () => setUploading(true) }}
        update={({ SSHPublicKeyId }, Status) =>
          iam.send(new UpdateSSHPublicKeyCommand({ UserName, SSHPublicKeyId, Status }))
        }
        remove={({ SSHPublicKeyId }) => iam.send(new DeleteSSHPublicKeyCommand({ UserName, SSHPublicKeyId }))}
        removal={({ SSHPublicKeyId }) => `Git over SSH stops working at once with ${SSHPublicKeyId}.`}
      />
      {isUploading && <UploadDialog userName={UserName} onClose={() => setUploading(false)} />}
    </>
  );
}

function UploadDialog({ userName, onClose }: { readonly userName: string; readonly onClose: () => void }) {
  const iam = useIam();
  const notify = useNotify();
  const [body, setBody] = useState('');
  const upload = useChange(
    () => iam.send(new UploadSSHPublicKeyCommand({ UserName: userName, SSHPublicKeyBody: body.trim() })),
    ({ SSHPublicKey }) => {
      notify(`SSH public key ${SSHPublicKey?.SSHPublicKeyId} uploaded.`);
      onClose();
    },
  );
  return (
    <ActionModal
      title="Upload SSH public key"
      action="Upload"
      isPending={upload.isPending}
      onAction={() => upload.mutate(undefined)}
      onDismiss={onClose}
    >
      <SpaceBetween size="m">
        <FormField label="Public key" description="The content of a file such as ~/.ssh/id_rsa.pub">
          <Textarea
            value={body}
            rows={6}
            placeholder="ssh-rsa AAAA…"
            spellcheck={false}
            onChange={({ detail }) => setBody(detail.value)}
          />
        </FormField>
        <ErrorAlert error={upload.error} />
      </SpaceBetween>
    </ActionModal>
  );
}
