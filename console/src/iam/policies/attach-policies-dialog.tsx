import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useIam } from '../../api/iam.ts';
import { useChange } from '../../api/queries.ts';
import { ActionModal } from '../../elements/action-modal.tsx';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { useNotify } from '../../frame/notifications.tsx';
import { PolicyChoice } from './policy-choice.tsx';
import { operationsOn, type PolicyHolder } from './policy-holders.ts';

interface AttachPoliciesDialogProps {
  readonly holder: PolicyHolder;
  readonly onClose: () => void;
}

export function AttachPoliciesDialog({ holder, onClose }: AttachPoliciesDialogProps) {
  const iam = useIam();
  const notify = useNotify();
  const [chosen, setChosen] = useState<ReadonlyMap<string, string>>(new Map());
  const attachment = useChange(
    async () => {
      for (const arn of chosen.keys()) await operationsOn(iam, holder).attach(arn);
    },
    () => {
      notify(`Policies attached to ${holder.name}.`);
      onClose();
    },
  );
  return (
    <ActionModal
      title={`Attach policies to ${holder.name}`}
      size="large"
      action="Attach policies"
      isPending={attachment.isPending}
      isDisabled={chosen.size === 0}
      onAction={() => attachment.mutate(undefined)}
      onDismiss={onClose}
    >
      <SpaceBetween size="m">
        <ErrorAlert error={attachment.error} />
        <PolicyChoice selected={chosen} onSelect={setChosen} />
      </SpaceBetween>
    </ActionModal>
  );
}
