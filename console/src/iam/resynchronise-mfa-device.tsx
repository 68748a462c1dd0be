import { ResyncMFADeviceCommand } from '@aws-sdk/client-iam';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useIam } from '../api/iam.ts';
import { useChange } from '../api/queries.ts';
import { ErrorAlert } from '../elements/error-alert.tsx';
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
    <Modal
      visible
      header="Resync MFA device"
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
              disabled={!areComplete(codes)}
              loading={change.isPending}
              onClick={() => change.mutate(undefined)}
            >
              Resync
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Box>Where codes are refused though they are right, the clock of the device may be off.</Box>
        <ConsecutiveCodesFields codes={codes} onChange={setCodes} />
        <ErrorAlert error={change.error} />
      </SpaceBetween>
    </Modal>
  );
}
