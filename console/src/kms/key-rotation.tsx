import {
  DisableKeyRotationCommand,
  EnableKeyRotationCommand,
  type KeyMetadata,
  ListKeyRotationsCommand,
  RotateKeyOnDemandCommand,
  type RotationsListEntry,
} from '@aws-sdk/client-kms';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TableProps } from '@cloudscape-design/components/table';
import Toggle from '@cloudscape-design/components/toggle';
import { useState } from 'react';
import { useKms } from '../api/kms.ts';
import { allOf } from '../api/pages-of.ts';
import { useChange, useRead } from '../api/queries.ts';
import { ConfirmModal } from '../elements/confirm-modal.tsx';
import { Details } from '../elements/details.tsx';
import { ErrorAlert } from '../elements/error-alert.tsx';
import { ResourceTable } from '../elements/resource-table.tsx';
import { formatTime } from '../elements/times.ts';
import { useNotify } from '../frame/notifications.tsx';
import { useRotation } from './keys.ts';

const COLUMNS: readonly TableProps.ColumnDefinition<RotationsListEntry>[] = [
  { id: 'date', header: 'Rotated', isRowHeader: true, cell: ({ RotationDate }) => formatTime(RotationDate) },
  {
    id: 'type',
    header: 'Type',
    cell: ({ RotationType }) => (RotationType === 'ON_DEMAND' ? 'On demand' : 'Automatic'),
  },
];
const USUAL_PERIOD_DAYS = 365;

/** New material for what is encrypted from then on; the former ones go on decrypting. */
export function KeyRotation({ metadata }: { readonly metadata: KeyMetadata }) {
  const kms = useKms();
  const notify = useNotify();
  const { KeyId = '' } = metadata;
  const [dialog, setDialog] = useState<'edit' | 'rotate'>();
  const status = useRotation(metadata);
  const rotations = useRead(['kms', 'ListKeyRotations', KeyId], () =>
    allOf(async (Marker) => {
      const page = await kms.send(new ListKeyRotationsCommand({ KeyId, Marker }));
      return { items: page.Rotations, marker: page.NextMarker };
    }),
  );
  const rotation = useChange(
    () => kms.send(new RotateKeyOnDemandCommand({ KeyId })),
    () => {
      notify('Key rotated.');
      setDialog(undefined);
    },
  );
  const { KeyRotationEnabled: isOn = false, RotationPeriodInDays, NextRotationDate } = status.data ?? {};
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h2"
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button onClick={() => setDialog('rotate')}>Rotate now</Button>
                <Button disabled={status.data === undefined} onClick={() => setDialog('edit')}>
                  Edit
                </Button>
              </SpaceBetween>
            }
          >
            Automatic key rotation
          </Header>
        }
      >
        <ErrorAlert error={status.error} />
        {status.error === null && (
          <Details
            columns={3}
            items={[
              { label: 'Status', value: status.data && (isOn ? 'Enabled' : 'Disabled') },
              { label: 'Rotation period', value: status.data && (isOn ? `${RotationPeriodInDays} days` : '-') },
              { label: 'Next rotation', value: status.data && formatTime(NextRotationDate) },
            ]}
          />
        )}
      </Container>
      <ResourceTable
        title="Key rotations"
        name="rotations"
        items={rotations.data}
        isLoading={rotations.isPending}
        error={rotations.error}
        columns={COLUMNS}
        idOf={({ RotationDate, KeyMaterialId }) => `${RotationDate?.getTime()} ${KeyMaterialId}`}
        empty="The key has not been rotated yet."
      />
      {dialog === 'edit' && (
        <EditRotation
          keyId={KeyId}
          isOn={isOn}
          period={RotationPeriodInDays ?? USUAL_PERIOD_DAYS}
          onClose={() => setDialog(undefined)}
        />
      )}
      {dialog === 'rotate' && (
        <ConfirmModal
          title="Rotate key now?"
          action="Rotate"
          isPending={rotation.isPending}
          error={rotation.error}
          onConfirm={() => rotation.mutate(undefined)}
          onDismiss={() => setDialog(undefined)}
        >
          The key gets new material for what is encrypted from now on, and keeps the old for decryption. This can be
          done 25 times.
        </ConfirmModal>
      )}
    </SpaceBetween>
  );
}

interface EditRotationProps {
  readonly keyId: string;
  readonly isOn: boolean;
  /** In days. */
  readonly period: number;
  readonly onClose: () => void;
}

function EditRotation({ keyId: KeyId, isOn, period, onClose }: EditRotationProps) {
  const kms = useKms();
  const notify = useNotify();
  const [wanted, setWanted] = useState(isOn);
  const [days, setDays] = useState(String(period));
  const saving = useChange(
    async () => {
      if (wanted) await kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: Number(days) }));
      else await kms.send(new DisableKeyRotationCommand({ KeyId }));
    },
    () => {
      notify('Key rotation saved.');
      onClose();
    },
  );
  return (
    <ConfirmModal
      title="Automatic key rotation"
      action="Save"
      isPending={saving.isPending}
      error={saving.error}
      onConfirm={() => saving.mutate(undefined)}
      onDismiss={onClose}
    >
      <SpaceBetween size="m">
        <Toggle checked={wanted} onChange={({ detail }) => setWanted(detail.checked)}>
          Rotate this key automatically
        </Toggle>
        {wanted && (
          <FormField label="Rotation period (in days)" constraintText="90 to 2560">
            <Input type="number" inputMode="numeric" value={days} onChange={({ detail }) => setDays(detail.value)} />
          </FormField>
        )}
      </SpaceBetween>
    </ConfirmModal>
  );
}
