import { ChangePasswordCommand } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useIam } from '../api/iam.ts';
import { SESSION_KEY, useChange } from '../api/queries.ts';
import { ErrorAlert } from '../elements/error-alert.tsx';
import { NewPasswordFields } from '../session/new-password-fields.tsx';
import { changeRootPassword } from '../session/requests.ts';
import { useSession } from '../session/session-context.ts';
import { usePasswordRules } from './account/password-policies.ts';

/** The changed password ends every session, this one too: the sign-in page follows. */
export function OwnPassword() {
  const { userName } = useSession();
  const rules = usePasswordRules({ ofRootUser: userName === undefined });
  const iam = useIam();
  const queries = useQueryClient();
  const [old, setOld] = useState('');
  const [chosen, setChosen] = useState('');
  const [repeated, setRepeated] = useState('');
  const change = useChange(
    async () => {
      if (userName === undefined) await changeRootPassword({ oldPassword: old, newPassword: chosen });
      else await iam.send(new ChangePasswordCommand({ OldPassword: old, NewPassword: chosen }));
    },
    () => void queries.resetQueries({ queryKey: SESSION_KEY }),
  );
  const isReady = chosen !== '' && repeated === chosen;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) change.mutate(undefined);
      }}
    >
      <Container
        header={
          <Header variant="h2" description="Signs you out everywhere; sign in again with the new password.">
            Password for console access
          </Header>
        }
      >
        <Form
          actions={
            <Button formAction="submit" loading={change.isPending} disabled={!isReady}>
              Change password
            </Button>
          }
        >
          <SpaceBetween size="l">
            <FormField label="Old password">
              <Input
                type="password"
                autoComplete="current-password"
                value={old}
                onChange={({ detail }) => setOld(detail.value)}
              />
            </FormField>
            <NewPasswordFields
              label="New password"
              rules={rules}
              password={chosen}
              onPassword={setChosen}
              repeated={repeated}
              onRepeated={setRepeated}
            />
            <ErrorAlert error={change.error} />
          </SpaceBetween>
        </Form>
      </Container>
    </form>
  );
}
