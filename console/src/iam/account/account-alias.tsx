import { CreateAccountAliasCommand, DeleteAccountAliasCommand, ListAccountAliasesCommand } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useIam } from '../../api/iam.ts';
import { useChange, useRead } from '../../api/queries.ts';
import { ConfirmModal } from '../../elements/confirm-modal.tsx';
import { Details } from '../../elements/details.tsx';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { Copyable } from '../../elements/secret.tsx';
import { TextModal } from '../../elements/text-modal.tsx';
import { useNotify } from '../../frame/notifications.tsx';
import { useSession } from '../../session/session-context.ts';
import { signInUrl } from '../users.ts';

export function useAccountAliases() {
  const iam = useIam();
  return useRead(
    ['iam', 'ListAccountAliases'],
    async () => (await iam.send(new ListAccountAliasesCommand({}))).AccountAliases ?? [],
  );
}

interface AccountAliasProps {
  readonly aliases: ReturnType<typeof useAccountAliases>;
}

/** The name that IAM users may sign in with in the place of the account ID. */
export function AccountAlias({ aliases }: AccountAliasProps) {
  const iam = useIam();
  const notify = useNotify();
  const { accountId } = useSession();
  const [dialog, setDialog] = useState<'edit' | 'delete'>();
  const alias = aliases.data?.[0];
  const deletion = useChange(
    () => iam.send(new DeleteAccountAliasCommand({ AccountAlias: alias })),
    () => {
      notify('Account alias deleted.');
      setDialog(undefined);
    },
  );
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="A name that IAM users may sign in with, which is easier to remember than the account ID"
          actions={
            <div className="actions">
              {alias !== undefined && <Button onClick={() => setDialog('delete')}>Delete</Button>}
              <Button onClick={() => setDialog('edit')}>{alias === undefined ? 'Create account alias' : 'Edit'}</Button>
            </div>
          }
        >
          Account alias
        </Header>
      }
    >
      <SpaceBetween size="m">
        <ErrorAlert error={aliases.error} />
        <Details
          columns={3}
          items={[
            { label: 'Account ID', value: <Copyable name="account ID" value={accountId} /> },
            { label: 'Account alias', value: aliases.data === undefined ? '-' : (alias ?? 'None') },
            {
              label: 'Sign-in URL for IAM users',
              value: <Copyable name="sign-in URL" value={signInUrl(alias ?? accountId)} />,
            },
          ]}
        />
      </SpaceBetween>
      {dialog === 'edit' && (
        <TextModal
          title={alias === undefined ? 'Create account alias' : 'Edit account alias'}
          label="Preferred alias"
          constraint="3 to 63 lowercase letters, digits and dashes"
          {...(alias !== undefined && { description: `It takes the place of ${alias}, at once.` })}
          text={alias ?? ''}
          save={(AccountAlias) => iam.send(new CreateAccountAliasCommand({ AccountAlias }))}
          onSaved={(saved) => {
            notify(`The account can now be signed in to as ${saved}.`);
            setDialog(undefined);
          }}
          onDismiss={() => setDialog(undefined)}
        />
      )}
      {dialog === 'delete' && (
        <ConfirmModal
          title={`Delete ${alias}?`}
          action="Delete"
          isPending={deletion.isPending}
          error={deletion.error}
          onConfirm={() => deletion.mutate(undefined)}
          onDismiss={() => setDialog(undefined)}
        >
          IAM users then sign in with the account ID {accountId} alone.
        </ConfirmModal>
      )}
    </Container>
  );
}
