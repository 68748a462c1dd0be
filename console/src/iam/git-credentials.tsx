import {
  CreateServiceSpecificCredentialCommand,
  DeleteServiceSpecificCredentialCommand,
  ListServiceSpecificCredentialsCommand,
  ResetServiceSpecificCredentialCommand,
  type ServiceSpecificCredential,
  type ServiceSpecificCredentialMetadata,
  UpdateServiceSpecificCredentialCommand,
} from '@aws-sdk/client-iam';
import type { TableProps } from '@cloudscape-design/components/table';
import { useState } from 'react';
import { useIam } from '../api/iam.ts';
import { useChange, useRead } from '../api/queries.ts';
import { formatTime } from '../elements/times.ts';
import { CredentialTable } from './credential-table.tsx';
import { GeneratedSecret } from './generated-secret.tsx';
import { Status } from './status.tsx';

const SERVICE = 'codecommit.amazonaws.com';

const COLUMNS: readonly TableProps.ColumnDefinition<ServiceSpecificCredentialMetadata>[] = [
  { id: 'user-name', header: 'User name', isRowHeader: true, cell: ({ ServiceUserName }) => ServiceUserName },
  { id: 'created', header: 'Created', cell: ({ CreateDate }) => formatTime(CreateDate) },
  { id: 'status', header: 'Status', cell: (credential) => <Status status={credential.Status} /> },
];

/** With what has just happened to it. */
type ShownCredential = Partial<ServiceSpecificCredential> & { readonly title: string };

/** "HTTPS Git credentials for AWS CodeCommit" of a user. */
export function GitCredentials({ userName: UserName }: { readonly userName: string }) {
  const iam = useIam();
  const [shown, setShown] = useState<ShownCredential>();
  const identify = ({ ServiceSpecificCredentialId }: ServiceSpecificCredentialMetadata) => ({
    UserName,
    ServiceSpecificCredentialId,
  });
  const list = useRead(['iam', 'ListServiceSpecificCredentials', UserName], async () => {
    const answer = await iam.send(new ListServiceSpecificCredentialsCommand({ UserName, ServiceName: SERVICE }));
    return answer.ServiceSpecificCredentials ?? [];
  });
  const generation = useChange(
    () => iam.send(new CreateServiceSpecificCredentialCommand({ UserName, ServiceName: SERVICE })),
    ({ ServiceSpecificCredential }) => setShown({ ...ServiceSpecificCredential, title: 'Git credentials generated' }),
  );
  const reset = useChange(
    (credential: ServiceSpecificCredentialMetadata) =>
      iam.send(new ResetServiceSpecificCredentialCommand(identify(credential))),
    ({ ServiceSpecificCredential }) => setShown({ ...ServiceSpecificCredential, title: 'Password reset' }),
  );
  return (
    <>
      <CredentialTable
        title="HTTPS Git credentials for AWS CodeCommit"
        name="git-credentials"
        description="A user name and password for Git over HTTPS. At most two, so that one can be replaced while the other works."
        noun="Git credential"
        query={list}
        columns={COLUMNS}
        idOf={({ ServiceUserName = '' }) => ServiceUserName}
        empty="No Git credentials. Generate credentials to clone over HTTPS."
        create={{
          text: 'Generate credentials',
          isPending: generation.isPending,
          error: generation.error,
          run: () => generation.mutate(undefined),
        }}
        reset={{ isPending: reset.isPending, error: reset.error, run: reset.mutate }}
        update={(credential, Status) =>
          iam.send(new UpdateServiceSpecificCredentialCommand({ ...identify(credential), Status }))
        }
        remove={(credential) => iam.send(new DeleteServiceSpecificCredentialCommand(identify(credential)))}
        removal={({ ServiceUserName }) =>
          `Git over HTTPS stops working at once for whoever uses ${ServiceUserName}. This cannot be undone.`
        }
      />
      {shown !== undefined && (
        <GeneratedSecret
          title={shown.title}
          warning="This is the only time that the password can be seen or downloaded. You can reset it at any time."
          id={{ label: 'User name', column: 'User Name', value: shown.ServiceUserName ?? '' }}
          secret={{ label: 'Password', column: 'Password', value: shown.ServicePassword ?? '' }}
          downloadText="Download credentials"
          fileName={`${UserName}_codecommit_credentials.csv`}
          onClose={() => setShown(undefined)}
        />
      )}
    </>
  );
}
