import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type ReactNode, useId, useState } from 'react';
import { ActionModal } from './action-modal.tsx';
import { ErrorAlert } from './error-alert.tsx';

interface ConfirmModalProps {
  readonly title: string;
  readonly children: ReactNode;
  /** On the button: "Delete". */
  readonly action: string;
  /** What has to be typed first, where the change cannot be taken back. */
  readonly typed?: string;
  /** Whether everything that the children ask for is filled in. */
  readonly isReady?: boolean;
  readonly isPending: boolean;
  readonly error: Error | null;
  readonly onConfirm: () => void;
  readonly onDismiss: () => void;
}

/** Asks before a change, for what it needs or whether it is meant, and shows in the same place why it was refused. */
export function ConfirmModal(properties: ConfirmModalProps) {
  const { title, children, action, typed, isReady = true, isPending, error, onConfirm, onDismiss } = properties;
  const [text, setText] = useState('');
  const form = useId();
  const isFilled = isReady && (typed === undefined || text === typed);
  return (
    <ActionModal
      title={title}
      action={action}
      isPending={isPending}
      isDisabled={!isFilled}
      form={form}
      onDismiss={onDismiss}
    >
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault();
          // A form that the dialog belongs to is another.
          event.stopPropagation();
          if (isFilled && !isPending) onConfirm();
        }}
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
      </form>
    </ActionModal>
  );
}
