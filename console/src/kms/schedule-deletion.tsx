import { ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useKms } from '../api/kms.ts';
import { useChange } from '../api/queries.ts';
import { useRepositories } from '../codecommit/repositories.ts';
import { ConfirmModal } from '../elements/confirm-modal.tsx';
import { formatTime } from '../elements/times.ts';
import { useNotify } from '../frame/notifications.tsx';

interface ScheduleDeletionProps {
  readonly keyId: string;
  readonly arn: string;
  readonly onClose: () => void;
}

const LONGEST_WAIT_DAYS = '30';

export function ScheduleDeletion({ keyId: KeyId, arn, onClose }: ScheduleDeletionProps) {
  const kms = useKms();
  const notify = useNotify();
  const [days, setDays] = useState(LONGEST_WAIT_DAYS);
  const repositories = useRepositories();
  const encrypted = repositories.items?.filter(({ kmsKeyId }) => kmsKeyId === arn).length ?? 0;
  const schedule = useChange(
    () => kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: Number(days) })),
    ({ DeletionDate }) => {
      notify(`The key is deleted at ${formatTime(DeletionDate)}, unless that is cancelled before.`, 'warning');
      onClose();
    },
  );
  return (
    <ConfirmModal
      title="Schedule key deletion?"
      action="Schedule deletion"
      typed="delete"
      isPending={schedule.isPending}
      error={schedule.error}
      onConfirm={() => schedule.mutate(undefined)}
      onDismiss={onClose}
    >
      <SpaceBetween size="m">
        <Alert type="warning">
          From now on nothing that the key encrypts can be read. After the waiting period nobody can ever read it again.
          {encrypted > 0 &&
            ` ${encrypted} ${encrypted === 1 ? 'repository is' : 'repositories are'} encrypted under it.`}
        </Alert>
        <FormField label="Waiting period (in days)" constraintText="7 to 30; until then the deletion can be cancelled">
          <Input type="number" inputMode="numeric" value={days} onChange={({ detail }) => setDays(detail.value)} />
        </FormField>
      </SpaceBetween>
    </ConfirmModal>
  );
}
