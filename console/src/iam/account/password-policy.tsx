import { DeleteAccountPasswordPolicyCommand } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { useState } from 'react';
import { useIam } from '../../api/iam.ts';
import { useChange } from '../../api/queries.ts';
import { ConfirmModal } from '../../elements/confirm-modal.tsx';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { LoadingLine } from '../../frame/loading.tsx';
import { useNotify } from '../../frame/notifications.tsx';
import { policySentences, usePasswordPolicy } from './password-policies.ts';
import { PasswordPolicyDialog } from './password-policy-dialog.tsx';

/** What passwords of IAM users must be like. */
export function PasswordPolicy() {
  const iam = useIam();
  const notify = useNotify();
  const [dialog, setDialog] = useState<'edit' | 'reset'>();
  const read = usePasswordPolicy();
  const reset = useChange(
    () => iam.send(new DeleteAccountPasswordPolicyCommand({})),
    () => {
      notify('The default password policy applies.');
      setDialog(undefined);
    },
  );
  const policy = read.data ?? undefined;
  const isCustom = policy !== undefined;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={isCustom ? 'Custom policy' : read.data === null && 'Default policy'}
          actions={
            <div className="actions">
              {isCustom && <Button onClick={() => setDialog('reset')}>Reset to default</Button>}
              <Button disabled={read.data === undefined} onClick={() => setDialog('edit')}>
                Edit
              </Button>
            </div>
          }
        >
          Password policy
        </Header>
      }
    >
      <ErrorAlert error={read.error} />
      {read.error === null && (
        <div className="rules">
          {read.data === undefined ? (
            <LoadingLine what="password policy" />
          ) : (
            <ul className="plain-list">
              {policySentences(read.data).map((rule) => (
                <li key={rule}>{rule}</li>
              ))}
            </ul>
          )}
        </div>
      )}
      {dialog === 'edit' && <PasswordPolicyDialog policy={policy} onClose={() => setDialog(undefined)} />}
      {dialog === 'reset' && (
        <ConfirmModal
          title="Reset to the default password policy?"
          action="Reset"
          isPending={reset.isPending}
          error={reset.error}
          onConfirm={() => reset.mutate(undefined)}
          onDismiss={() => setDialog(undefined)}
        >
          Passwords then expire no more, and may be used again.
        </ConfirmModal>
      )}
    </Container>
  );
}
