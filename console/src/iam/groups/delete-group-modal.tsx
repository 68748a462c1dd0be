import { useIam } from '../../api/iam.ts';
import { useChange } from '../../api/queries.ts';
import { ConfirmModal } from '../../elements/confirm-modal.tsx';
import { useNotify } from '../../frame/notifications.tsx';
import { deleteGroup } from './groups.ts';

interface DeleteGroupModalProps {
  readonly groupName: string;
  readonly onDone: () => void;
  readonly onDismiss: () => void;
}

export function DeleteGroupModal({ groupName, onDone, onDismiss }: DeleteGroupModalProps) {
  const iam = useIam();
  const notify = useNotify();
  const deletion = useChange(
    () => deleteGroup(iam, groupName),
    () => {
      notify(`User group ${groupName} deleted.`);
      onDone();
    },
  );
  return (
    <ConfirmModal
      title={`Delete ${groupName}?`}
      action="Delete group"
      typed={groupName}
      isPending={deletion.isPending}
      error={deletion.error}
      onConfirm={() => deletion.mutate(undefined)}
      onDismiss={onDismiss}
    >
      Its users stay, but lose at once what the group allows. Its inline policies are deleted with it.
    </ConfirmModal>
  );
}
