import { ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useKms } from '../api/kms.ts';
import { useChange } from '../api/queries.ts';
import { ConfirmModal } from '../elements/confirm-modal.tsx';
import { ErrorAlert } from '../elements/error-alert.tsx';
import { formatTime } from '../elements/times.ts';
import { useNotify } from '../frame/notifications.tsx';
import { useEncryptedRepositories } from './encrypted-repositories.ts';

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
  const repositories = useEncryptedRepositories(arn);
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
        </Alert>
        <Box fontWeight="bold">{consequence(repositories.data?.length)}</Box>
        <ErrorAlert error={repositories.error} />
        <FormField label="Waiting period (in days)" constraintText="7 to 30; until then the deletion can be cancelled">
          <Input type="number" inputMode="numeric" value={days} onChange={({ detail }) => setDays(detail.value)} />
        </FormField>
      </SpaceBetween>
    </ConfirmModal>
  );
}

/** @param count of the repositories that the user may ask about; undefined while it is not known */
function consequence(count: number | undefined): string {
  if (count === undefined) return 'Looking for the repositories that are encrypted under it.';
  if (count === 0) return 'No repository that you may see is encrypted under it.';
  return `${count} ${count === 1 ? 'repository is' : 'repositories are'} encrypted under it.`;
}
