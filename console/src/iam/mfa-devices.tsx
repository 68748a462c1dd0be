import {
  DeactivateMFADeviceCommand,
  DeleteVirtualMFADeviceCommand,
  ListMFADevicesCommand,
  type MFADevice,
} from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import type { TableProps } from '@cloudscape-design/components/table';
import { useState } from 'react';
import { useIam } from '../api/iam.ts';
import { allOf } from '../api/pages-of.ts';
import { useChange, useRead } from '../api/queries.ts';
import { ConfirmModal } from '../elements/confirm-modal.tsx';
import { ResourceTable } from '../elements/resource-table.tsx';
import { Copyable } from '../elements/secret.tsx';
import { formatTime } from '../elements/times.ts';
import { useNotify } from '../frame/notifications.tsx';
import { AssignMfaDevice } from './assign-mfa-device.tsx';
import { ResynchroniseMfaDevice } from './resynchronise-mfa-device.tsx';

const COLUMNS: readonly TableProps.ColumnDefinition<MFADevice>[] = [
  {
    id: 'serial-number',
    header: 'Identifier',
    isRowHeader: true,
    cell: ({ SerialNumber = '' }) => <Copyable name="MFA identifier" value={SerialNumber} />,
  },
  { id: 'type', header: 'Type', cell: () => <span className="one-line">Virtual</span> },
  { id: 'assigned', header: 'Assigned', cell: ({ EnableDate }) => formatTime(EnableDate) },
];

/** What the API takes as the user name of a device of the root user, who has none. */
const ROOT = 'root';

/** @param userName undefined for the root user's own */
export function MfaDevices({ userName }: { readonly userName: string | undefined }) {
  const iam = useIam();
  const notify = useNotify();
  const UserName = userName ?? ROOT;
  const [selected, setSelected] = useState<readonly MFADevice[]>([]);
  const [dialog, setDialog] = useState<'assign' | 'resynchronise' | 'remove'>();
  const list = useRead(['iam', 'ListMFADevices', userName], () =>
    allOf(async (Marker) => {
      const page = await iam.send(new ListMFADevicesCommand({ ...(userName !== undefined && { UserName }), Marker }));
      return { items: page.MFADevices, marker: page.Marker };
    }),
  );
  const chosen = list.data?.find(({ SerialNumber }) => SerialNumber === selected[0]?.SerialNumber);
  const removal = useChange(
    async ({ SerialNumber }: MFADevice) => {
      await iam.send(new DeactivateMFADeviceCommand({ UserName, SerialNumber }));
      await iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }));
    },
    () => {
      notify('MFA device removed.');
      setDialog(undefined);
      setSelected([]);
    },
  );
  const close = () => setDialog(undefined);
  const { SerialNumber = '' } = chosen ?? {};
  return (
    <>
      <ResourceTable
        title="Multi-factor authentication (MFA)"
        name="mfa-devices"
        description="With a device assigned, signing in to the console asks for its code, and policies can ask for it too."
        actions={
          <>
            <Button
              disabled={chosen === undefined}
              disabledReason="Choose a device first."
              onClick={() => setDialog('resynchronise')}
            >
              Resync
            </Button>
            <Button
              disabled={chosen === undefined}
              disabledReason="Choose a device first."
              onClick={() => setDialog('remove')}
            >
              Remove
            </Button>
            <Button onClick={() => setDialog('assign')}>Assign MFA device</Button>
          </>
        }
        items={list.data}
        isLoading={list.isPending}
        error={list.error}
        columns={COLUMNS}
        idOf={(device) => device.SerialNumber ?? ''}
        empty="No MFA devices. Assign one: any authenticator app on a phone will do."
        selection={{ kind: 'single', selected: chosen === undefined ? [] : [chosen], onSelect: setSelected }}
      />
      {dialog === 'assign' && <AssignMfaDevice userName={UserName} isRoot={userName === undefined} onClose={close} />}
      {dialog === 'resynchronise' && (
        <ResynchroniseMfaDevice userName={UserName} serialNumber={SerialNumber} onClose={close} />
      )}
      {dialog === 'remove' && chosen !== undefined && (
        <ConfirmModal
          title="Remove MFA device?"
          action="Remove"
          isPending={removal.isPending}
          error={removal.error}
          onConfirm={() => removal.mutate(chosen)}
          onDismiss={close}
        >
          {SerialNumber} is asked for no more, and its secret is deleted: to use the app again, assign a new device.
        </ConfirmModal>
      )}
    </>
  );
}
