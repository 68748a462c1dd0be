import { useIam } from '../../api/iam.ts';
import { DeletionModal } from '../../elements/deletion-modal.tsx';
import { deleteRole } from './roles.ts';

interface DeleteRoleModalProps {
  readonly roleName: string;
  readonly leavesPage?: boolean;
  readonly onDone: () => void;
  readonly onDismiss: () => void;
}

export function DeleteRoleModal({ roleName, ...ends }: DeleteRoleModalProps) {
  const iam = useIam();
  return (
    <DeletionModal noun="Role" name={roleName} remove={() => deleteRole(iam, roleName)} {...ends}>
      Whoever has taken it on loses access at once. Its policies are detached, its inline policies deleted with it.
    </DeletionModal>
  );
}
