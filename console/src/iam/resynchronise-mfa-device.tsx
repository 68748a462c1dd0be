import { ResyncMFADeviceCommand } from '@aws-sdk/client-iam';
import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useIam } from '../api/iam.ts';
import { useChange } from '../api/queries.ts';
import { ConfirmModal } from '../elements/confirm-modal.tsx';
import { useNotify } from '../frame/notifications.tsx';
import { areComplete, ConsecutiveCodesFields, noCodes } from './consecutive-codes.tsx';

interface ResynchroniseMfaDeviceProps {
  readonly userName: string;
  readonly serialNumber: string;
  readonly onClose: () => void;
}

/** For a device whose clock is off, so that its codes are refused. */
export function ResynchroniseMfaDevice({ userName, serialNumber, onClose }: ResynchroniseMfaDeviceProps) {
  const iam = useIam();
  const notify = useNotify();
  const [codes, setCodes] = useState(noCodes);
  const change = useChange(
    () => iam.send(new ResyncMFADeviceCommand({ UserName: userName, SerialNumber: serialNumber, ...codes })),
    () => {
      notify('MFA device resynchronised.');
      onClose();
    },
  );
  return (
    <ConfirmModal
      title="Resync MFA device"
      action="Resync"
      isReady={areComplete(codes)}
      isPending={change.isPending}
      error={change.error}
      onConfirm={() => change.mutate(undefined)}
      onDismiss={onClose}
    >
      <SpaceBetween size="m">
        <Box>Where codes are refused though they are right, the clock of the device may be off.</Box>
        <ConsecutiveCodesFields codes={codes} onChange={setCodes} />
      </SpaceBetween>
    </ConfirmModal>
  );
}
