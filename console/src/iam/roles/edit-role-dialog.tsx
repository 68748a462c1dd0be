import { type Role, UpdateRoleCommand } from '@aws-sdk/client-iam';
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { useIam } from '../../api/iam.ts';
import { useChange } from '../../api/queries.ts';
import { ActionModal } from '../../elements/action-modal.tsx';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { useNotify } from '../../frame/notifications.tsx';
import { durationOptions, durationText } from './session-duration.ts';

/** The description of a role and how long its sessions may last. */
export function EditRoleDialog({ role, onClose }: { readonly role: Role; readonly onClose: () => void }) {
  const { RoleName, MaxSessionDuration = 3_600 } = role;
  const iam = useIam();
  const notify = useNotify();
  const [Description, setDescription] = useState(role.Description ?? '');
  const [duration, setDuration] = useState(MaxSessionDuration);
  const saving = useChange(
    () => iam.send(new UpdateRoleCommand({ RoleName, Description, MaxSessionDuration: duration })),
    () => {
      notify(`Role ${RoleName} updated.`);
      onClose();
    },
  );
  return (
    <ActionModal
      title={`Edit ${RoleName}`}
      action="Save changes"
      isPending={saving.isPending}
      onAction={() => saving.mutate(undefined)}
      onDismiss={onClose}
    >
      <SpaceBetween size="m">
        <FormField label="Description" constraintText="At most 1,000 characters">
          <Textarea rows={3} value={Description} onChange={({ detail }) => setDescription(detail.value)} />
        </FormField>
        <FormField label="Maximum session duration">
          <Select
            selectedOption={{ value: String(duration), label: durationText(duration) }}
            options={durationOptions(MaxSessionDuration)}
            onChange={({ detail }) => setDuration(Number(detail.selectedOption.value))}
          />
        </FormField>
        <ErrorAlert error={saving.error} />
      </SpaceBetween>
    </ActionModal>
  );
}
