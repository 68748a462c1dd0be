import { useIam } from '../../api/iam.ts';
import { DeletionModal } from '../../elements/deletion-modal.tsx';
import { deletePolicy } from './policy-details.ts';

interface DeletePolicyModalProps {
  readonly policyName: string;
  readonly arn: string;
  readonly leavesPage?: boolean;
  readonly onDone: () => void;
  readonly onDismiss: () => void;
}

export function DeletePolicyModal({ policyName, arn, ...ends }: DeletePolicyModalProps) {
  const iam = useIam();
  return (
    <DeletionModal noun="Policy" name={policyName} remove={() => deletePolicy(iam, arn)} {...ends}>
      All versions of the policy are deleted. This cannot be undone. A policy that is attached must be detached first.
    </DeletionModal>
  );
}
