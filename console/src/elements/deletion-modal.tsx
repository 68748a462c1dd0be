import type { ReactNode } from 'react';
import { useChange } from '../api/queries.ts';
import { useNotify } from '../frame/notifications.tsx';
import { ConfirmModal } from './confirm-modal.tsx';

interface DeletionModalProps {
  /** What it is: "Role". */
  readonly noun: string;
  /** Has to be typed. */
  readonly name: string;
  /** What whoever deletes it should know. */
  readonly children: ReactNode;
  /** Whether what the children tell has come; true by default. */
  readonly isReady?: boolean;
  readonly remove: () => Promise<unknown>;
  /** Whether `onDone` leaves the page, which shows what is deleted. */
  readonly leavesPage?: boolean | undefined;
  readonly onDone: () => void;
  readonly onDismiss: () => void;
}

/** Deletes something with a name, once that has been typed. */
export function DeletionModal(properties: DeletionModalProps) {
  const { noun, name, children, isReady = true, remove, leavesPage = false, onDone, onDismiss } = properties;
  const notify = useNotify();
  const deletion = useChange(
    remove,
    () => {
      notify(`${noun} ${name} deleted.`);
      onDone();
    },
    { leavesPage },
  );
  return (
    <ConfirmModal
      title={`Delete ${name}?`}
      action="Delete"
      typed={name}
      isReady={isReady}
      isPending={deletion.isPending}
      error={deletion.error}
      onConfirm={() => deletion.mutate(undefined)}
      onDismiss={onDismiss}
    >
      {children}
    </ConfirmModal>
  );
}
