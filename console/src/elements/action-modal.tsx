import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal, { type ModalProps } from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';

interface ActionModalProps {
  readonly title: string;
  readonly children: ReactNode;
  readonly size?: ModalProps.Size;
  /** On the button: "Save changes". */
  readonly action: string;
  readonly isPending: boolean;
  readonly isDisabled?: boolean;
  /** The ID of the form among the children that the button sends; without it, `onAction` is called. */
  readonly form?: string;
  readonly onAction?: () => void;
  readonly onDismiss: () => void;
}

/** A dialog that ends in one action, or in none. */
export function ActionModal(properties: ActionModalProps) {
  const {
    title,
    children,
    size = 'medium',
    action,
    isPending,
    isDisabled = false,
    form,
    onAction,
    onDismiss,
  } = properties;
  return (
    <Modal
      visible
      size={size}
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
              {...(form === undefined ? { formAction: 'none' } : { form })}
              loading={isPending}
              disabled={isDisabled}
              onClick={onAction}
            >
              {action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      {children}
    </Modal>
  );
}
