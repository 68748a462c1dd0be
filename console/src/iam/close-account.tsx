import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { useState } from 'react';
import { useChange } from '../api/queries.ts';
import { ConfirmModal } from '../elements/confirm-modal.tsx';
import { closeAccount } from '../session/requests.ts';

interface CloseAccountProps {
  readonly accountId: string;
  /** Undefined where the operator has made the account without one. */
  readonly accountName: string | undefined;
}

/** For the root user alone. */
export function CloseAccount({ accountId, accountName = accountId }: CloseAccountProps) {
  const [isAsked, setAsked] = useState(false);
  const closure = useChange(
    () => closeAccount({ accountId }),
    () => location.assign('/console/sign-in'),
    { leavesPage: true },
  );
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Lets nobody of this account in any more."
          actions={<Button onClick={() => setAsked(true)}>Close account</Button>}
        >
          Close account
        </Header>
      }
    >
      Only whoever runs this Codekeep can reopen a closed account, within 90 days. After that its repositories are
      removed for good.
      {isAsked && (
        <ConfirmModal
          title={`Close account ${accountName}?`}
          action="Close account"
          typed={accountName}
          isPending={closure.isPending}
          error={closure.error}
          onConfirm={() => closure.mutate(undefined)}
          onDismiss={() => setAsked(false)}
        >
          {`You and every user of ${accountId} are signed out at once. No password, access key, Git credential or SSH key of the account works any more, and nobody can clone, pull or push.`}
        </ConfirmModal>
      )}
    </Container>
  );
}
