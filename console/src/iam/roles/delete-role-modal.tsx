import { useIam } from '../../api/iam.ts';
import { useChange } from '../../api/queries.ts';
import { ConfirmModal } from '../../elements/confirm-modal.tsx';
import { useNotify } from '../../frame/notifications.tsx';
import { deleteRole } from './roles.ts';

interface DeleteRoleModalProps {
  readonly roleName: string;
  readonly onDone: () => void;
  readonly onDismiss: () => void;
}

export function DeleteRoleModal({ roleName, onDone, onDismiss }: DeleteRoleModalProps) {
  const iam = useIam();
  const notify = useNotify();
  const deletion = useChange(
    () => deleteRole(iam, roleName),
    () => {
      notify(`Role ${roleName} deleted.`);
      onDone();
    },
  );
  return (
    <ConfirmModal
      title={`Delete ${roleName}?`}
      action="Delete"
      typed={roleName}
      isPending={deletion.isPending}
      error={deletion.error}
      onConfirm={() => deletion.mutate(undefined)}
      onDismiss={onDismiss}
    >
      Whoever has taken it on loses access at once. Its policies are detached, its inline policies deleted with it.
    </ConfirmModal>
  );
}
