import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type ReactNode, useState } from 'react';
import { ErrorAlert } from './error-alert.tsx';

interface ConfirmModalProps {
  readonly title: string;
  readonly children: ReactNode;
  /** On the button: "Delete". */
  readonly action: string;
  /** What has to be typed first, where the change cannot be taken back. */
  readonly typed?: string;
  readonly isPending: boolean;
  readonly error: Error | null;
  readonly onConfirm: () => void;
  readonly onDismiss: () => void;
}

/** Asks before a change that takes something away, and shows in the same place why it was refused. */
export function ConfirmModal(properties: ConfirmModalProps) {
  const { title, children, action, typed, isPending, error, onConfirm, onDismiss } = properties;
  const [text, setText] = useState('');
  return (
    <Modal
      visible
      header={title}
      closeAriaLabel="Close"
      onDismiss={onDismiss}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onDismiss}>
              Cancel
            </Button>
            <Button
              variant="primary"
              loading={isPending}
              disabled={typed !== undefined && text !== typed}
              onClick={onConfirm}
            >
              {action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <div className="wrapping">{children}</div>
        {typed !== undefined && (
          <FormField label={`To confirm, type ${typed}`}>
            <Input value={text} placeholder={typed} onChange={({ detail }) => setText(detail.value)} />
          </FormField>
        )}
        <ErrorAlert error={error} />
      </SpaceBetween>
    </Modal>
  );
}
