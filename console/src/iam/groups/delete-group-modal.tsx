import { useIam } from '../../api/iam.ts';
import { DeletionModal } from '../../elements/deletion-modal.tsx';
import { deleteGroup } from './groups.ts';

interface DeleteGroupModalProps {
  readonly groupName: string;
  readonly leavesPage?: boolean;
  readonly onDone: () => void;
  readonly onDismiss: () => void;
}

export function DeleteGroupModal({ groupName, ...ends }: DeleteGroupModalProps) {
  const iam = useIam();
  return (
    <DeletionModal noun="User group" name={groupName} remove={() => deleteGroup(iam, groupName)} {...ends}>
      Its users stay, but lose at once what the group allows. Its inline policies are deleted with it.
    </DeletionModal>
  );
}
