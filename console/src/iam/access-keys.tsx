import {
  type AccessKey,
  type AccessKeyMetadata,
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  ListAccessKeysCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import type { TableProps } from '@cloudscape-design/components/table';
import { useState } from 'react';
import { useIam } from '../api/iam.ts';
import { useChange, useRead } from '../api/queries.ts';
import { Copyable } from '../elements/secret.tsx';
import { formatTime } from '../elements/times.ts';
import { CredentialTable } from './credential-table.tsx';
import { GeneratedSecret } from './generated-secret.tsx';
import { Status } from './status.tsx';

const COLUMNS: readonly TableProps.ColumnDefinition<AccessKeyMetadata>[] = [
  {
    id: 'key-id',
    header: 'Access key ID',
    isRowHeader: true,
    cell: ({ AccessKeyId = '' }) => <Copyable name="access key ID" value={AccessKeyId} />,
  },
  { id: 'created', header: 'Created', cell: ({ CreateDate }) => formatTime(CreateDate) },
  { id: 'status', header: 'Status', cell: (key) => <Status status={key.Status} /> },
];

/** @param userName undefined for the root user's own */
export function AccessKeys({ userName }: { readonly userName: string | undefined }) {
  const iam = useIam();
  const owner = userName === undefined ? {} : { UserName: userName };
  const [created, setCreated] = useState<AccessKey>();
  const list = useRead(
    ['iam', 'ListAccessKeys', userName],
    async () => (await iam.send(new ListAccessKeysCommand(owner))).AccessKeyMetadata ?? [],
  );
  const creation = useChange(
    () => iam.send(new CreateAccessKeyCommand(owner)),
    ({ AccessKey }) => setCreated(AccessKey),
  );
  return (
    <>
      <CredentialTable
        title="Access keys"
        name="access-keys"
        description="For the AWS CLI, the AWS SDKs, and Git by way of git-remote-codecommit. At most two."
        noun="Access key"
        query={list}
        columns={COLUMNS}
        idOf={({ AccessKeyId = '' }) => AccessKeyId}
        empty="No access keys. Create one to use the AWS CLI."
        create={{
          text: 'Create access key',
          isPending: creation.isPending,
          error: creation.error,
          run: () => creation.mutate(undefined),
        }}
        update={({ AccessKeyId }, Status) => iam.send(new UpdateAccessKeyCommand({ ...owner, AccessKeyId, Status }))}
        remove={({ AccessKeyId }) => iam.send(new DeleteAccessKeyCommand({ ...owner, AccessKeyId }))}
        removal={({ AccessKeyId }) => `Whatever uses ${AccessKeyId} stops working at once. This cannot be undone.`}
      />
      {created !== undefined && (
        <GeneratedSecret
          title="Access key created"
          warning="This is the only time that the secret access key can be seen or downloaded."
          id={{ label: 'Access key ID', column: 'Access key ID', value: created.AccessKeyId ?? '' }}
          secret={{ label: 'Secret access key', column: 'Secret access key', value: created.SecretAccessKey ?? '' }}
          downloadText="Download .csv file"
          fileName={userName === undefined ? 'rootkey.csv' : `${userName}_accessKeys.csv`}
          onClose={() => setCreated(undefined)}
        />
      )}
    </>
  );
}
