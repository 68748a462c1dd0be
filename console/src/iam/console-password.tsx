import {
  CreateLoginProfileCommand,
  DeleteLoginProfileCommand,
  GetLoginProfileCommand,
  UpdateLoginProfileCommand,
} from '@aws-sdk/client-iam';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useIam } from '../api/iam.ts';
import { useChange, useRead } from '../api/queries.ts';
import { ConfirmModal } from '../elements/confirm-modal.tsx';
import { Details } from '../elements/details.tsx';
import { ErrorAlert } from '../elements/error-alert.tsx';
import { Secret } from '../elements/secret.tsx';
import { formatTime } from '../elements/times.ts';
import { useNotify } from '../frame/notifications.tsx';
import { rulesText } from '../session/password-rules.ts';
import { usePasswordRules } from './account/password-policies.ts';
import { generatePassword } from './generated-password.ts';

/** Whether a user may sign in to the console, and with which password from now on. */
export function ConsolePassword({ userName: UserName }: { readonly userName: string }) {
  const iam = useIam();
  const notify = useNotify();
  const [dialog, setDialog] = useState<'password' | 'disable'>();
  const profile = useRead(['iam', 'GetLoginProfile', UserName], async () => {
    try {
      return (await iam.send(new GetLoginProfileCommand({ UserName }))).LoginProfile ?? null;
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchEntityException') return null;
      throw error;
    }
  });
  const removal = useChange(
    () => iam.send(new DeleteLoginProfileCommand({ UserName })),
    () => {
      notify(`${UserName} can no longer sign in to the console.`);
      setDialog(undefined);
    },
  );
  const isKnown = profile.data !== undefined;
  const isEnabled = isKnown && profile.data !== null;
  const mustChange = profile.data?.PasswordResetRequired === true;
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {isEnabled && <Button onClick={() => setDialog('disable')}>Disable console access</Button>}
              <Button disabled={!isKnown} onClick={() => setDialog('password')}>
                {isEnabled ? 'Change password' : 'Enable console access'}
              </Button>
            </SpaceBetween>
          }
        >
          Console sign-in
        </Header>
      }
    >
      <ErrorAlert error={profile.error} />
      {profile.error === null && (
        <Details
          columns={3}
          items={[
            { label: 'Console access', value: isKnown ? (isEnabled ? 'Enabled' : 'Not enabled') : undefined },
            { label: 'Enabled since', value: isKnown ? formatTime(profile.data?.CreateDate) : undefined },
            { label: 'Require password reset', value: isKnown ? (mustChange ? 'Yes' : 'No') : undefined },
          ]}
        />
      )}
      {dialog === 'password' && (
        <PasswordDialog userName={UserName} isEnabled={isEnabled} onClose={() => setDialog(undefined)} />
      )}
      {dialog === 'disable' && (
        <ConfirmModal
          title="Disable console access?"
          action="Disable"
          isPending={removal.isPending}
          error={removal.error}
          onConfirm={() => removal.mutate(undefined)}
          onDismiss={() => setDialog(undefined)}
        >
          {UserName} is signed out everywhere at once. Access keys and Git credentials go on working.
        </ConfirmModal>
      )}
    </Container>
  );
}

interface PasswordDialogProps {
  readonly userName: string;
  readonly isEnabled: boolean;
  readonly onClose: () => void;
}

function PasswordDialog({ userName, isEnabled, onClose }: PasswordDialogProps) {
  const iam = useIam();
  const [custom, setCustom] = useState('');
  const [mustChange, setMustChange] = useState(true);
  const rules = usePasswordRules();
  const change = useChange(async () => {
    const Password = custom === '' ? generatePassword() : custom;
    const input = { UserName: userName, Password, PasswordResetRequired: mustChange };
    await (isEnabled ? iam.send(new UpdateLoginProfileCommand(input)) : iam.send(new CreateLoginProfileCommand(input)));
    return Password;
  });
  return (
    <Modal
      visible
      header={isEnabled ? 'Change console password' : 'Enable console access'}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          {change.data === undefined ? (
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" onClick={onClose}>
                Cancel
              </Button>
              <Button variant="primary" loading={change.isPending} onClick={() => change.mutate(undefined)}>
                {isEnabled ? 'Change password' : 'Enable console access'}
              </Button>
            </SpaceBetween>
          ) : (
            <Button onClick={onClose}>Close</Button>
          )}
        </Box>
      }
    >
      {change.data === undefined ? (
        <SpaceBetween size="m">
          <FormField
            label="New password"
            description="Leave empty to have one generated."
            constraintText={rules && rulesText(rules)}
          >
            <Input
              type="password"
              autoComplete="new-password"
              value={custom}
              onChange={({ detail }) => setCustom(detail.value)}
            />
          </FormField>
          <Checkbox checked={mustChange} onChange={({ detail }) => setMustChange(detail.checked)}>
            User must create a new password at next sign-in
          </Checkbox>
          <ErrorAlert error={change.error} />
        </SpaceBetween>
      ) : (
        <SpaceBetween size="m">
          <Box>The password of {userName} is set. This is the only time that it can be seen.</Box>
          <Secret name="password" value={change.data} />
        </SpaceBetween>
      )}
    </Modal>
  );
}
