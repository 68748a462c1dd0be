import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useIam } from '../../api/iam.ts';
import { useChange } from '../../api/queries.ts';
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
    <Modal
      visible
      size="large"
      header={`Attach policies to ${holder.name}`}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button
              variant="primary"
              disabled={chosen.size === 0}
              loading={attachment.isPending}
              onClick={() => attachment.mutate(undefined)}
            >
              Attach policies
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <ErrorAlert error={attachment.error} />
        <PolicyChoice selected={chosen} onSelect={setChosen} />
      </SpaceBetween>
    </Modal>
  );
}
