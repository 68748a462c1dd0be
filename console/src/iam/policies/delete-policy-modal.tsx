import { DeletePolicyCommand, DeletePolicyVersionCommand } from '@aws-sdk/client-iam';
import { useIam } from '../../api/iam.ts';
import { useChange } from '../../api/queries.ts';
import { ConfirmModal } from '../../elements/confirm-modal.tsx';
import { useNotify } from '../../frame/notifications.tsx';
import { listEntities, listVersions } from './policy-details.ts';

interface DeletePolicyModalProps {
  readonly policyName: string;
  readonly arn: string;
  readonly onDone: () => void;
  readonly onDismiss: () => void;
}

/** Deletes a policy that nothing uses, with its other versions, without which IAM refuses to. */
export function DeletePolicyModal({ policyName, arn: PolicyArn, onDone, onDismiss }: DeletePolicyModalProps) {
  const iam = useIam();
  const notify = useNotify();
  const deletion = useChange(
    async () => {
      // While it is attached IAM refuses to delete it: its versions must then stay as they are.
      const isUsed = (await listEntities(iam, PolicyArn)).length > 0;
      const others = isUsed ? [] : await listVersions(iam, PolicyArn);
      for (const { VersionId, IsDefaultVersion } of others) {
        if (IsDefaultVersion !== true) await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
      }
      await iam.send(new DeletePolicyCommand({ PolicyArn }));
    },
    () => {
      notify(`Policy ${policyName} deleted.`);
      onDone();
    },
  );
  return (
    <ConfirmModal
      title={`Delete ${policyName}?`}
      action="Delete"
      typed={policyName}
      isPending={deletion.isPending}
      error={deletion.error}
      onConfirm={() => deletion.mutate(undefined)}
      onDismiss={onDismiss}
    >
      All versions of the policy are deleted. This cannot be undone. A policy that is attached must be detached first.
    </ConfirmModal>
  );
}
