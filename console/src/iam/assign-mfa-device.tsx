import {
  CreateVirtualMFADeviceCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  type VirtualMFADevice,
} from '@aws-sdk/client-iam';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useIam } from '../api/iam.ts';
import { useChange } from '../api/queries.ts';
import { Details } from '../elements/details.tsx';
import { ErrorAlert } from '../elements/error-alert.tsx';
import { Secret } from '../elements/secret.tsx';
import { useNotify } from '../frame/notifications.tsx';
import { useSession } from '../session/session-context.ts';
import { areComplete, ConsecutiveCodesFields, noCodes } from './consecutive-codes.tsx';

/** AWS's name for the device of the root user. */
const ROOT_DEVICE_NAME = 'root-account-mfa-device';

interface AssignMfaDeviceProps {
  readonly userName: string;
  readonly isRoot: boolean;
  readonly onClose: () => void;
}

/** Makes a virtual device, shows its secret the only time that it can be seen, and enables it by two codes. */
export function AssignMfaDevice({ userName: UserName, isRoot, onClose }: AssignMfaDeviceProps) {
  const iam = useIam();
  const notify = useNotify();
  const [name, setName] = useState(isRoot ? ROOT_DEVICE_NAME : UserName);
  const [device, setDevice] = useState<VirtualMFADevice>();
  const [codes, setCodes] = useState(noCodes);
  const creation = useChange(
    () => iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: name.trim() })),
    ({ VirtualMFADevice }) => setDevice(VirtualMFADevice),
  );
  const leftover = useChange(async (SerialNumber: string) => {
    await iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }));
    creation.mutate(undefined);
  });
  const enabling = useChange(
    (SerialNumber: string | undefined) => iam.send(new EnableMFADeviceCommand({ UserName, SerialNumber, ...codes })),
    () => {
      notify('MFA device assigned. The next sign-in asks for its code.');
      onClose();
    },
  );
  // A device that was never enabled is of no use to anybody: its secret has been seen only here.
  const cancellation = useChange(async () => {
    if (device !== undefined) await iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber: device.SerialNumber }));
  }, onClose);
  const cancel = () => (device === undefined ? onClose() : cancellation.mutate(undefined));
  const { accountId } = useSession();
  const isTaken = creation.error?.name === 'EntityAlreadyExistsException';
  return (
    <Modal
      visible
      header="Assign MFA device"
      closeAriaLabel="Close"
      onDismiss={cancellation.error === null ? cancel : onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={cancellation.error === null ? cancel : onClose}>
              Cancel
            </Button>
            {device === undefined ? (
              <Button
                variant="primary"
                disabled={name.trim() === ''}
                loading={creation.isPending}
                onClick={() => creation.mutate(undefined)}
              >
                Next
              </Button>
            ) : (
              <Button
                variant="primary"
                disabled={!areComplete(codes)}
                loading={enabling.isPending}
                onClick={() => enabling.mutate(device.SerialNumber)}
              >
                Add MFA
              </Button>
            )}
          </SpaceBetween>
        </Box>
      }
    >
      {device === undefined ? (
        <SpaceBetween size="m">
          <Box>An authenticator app on a phone or computer will show the codes (TOTP).</Box>
          <FormField
            label="Device name"
            description={isRoot ? 'The device of the root user has this name.' : 'Unique in the account'}
          >
            <Input value={name} readOnly={isRoot} onChange={({ detail }) => setName(detail.value)} />
          </FormField>
          <ErrorAlert error={creation.error ?? leftover.error} />
          {isTaken && (
            <Button
              loading={leftover.isPending}
              onClick={() => leftover.mutate(`arn:aws:iam::${accountId}:mfa/${name.trim()}`)}
            >
              Delete the device of this name if nobody uses it, and go on
            </Button>
          )}
        </SpaceBetween>
      ) : (
        <SpaceBetween size="m">
          <Box>Scan the code with the app, or type the secret key into it. Both are shown only now.</Box>
          <Box textAlign="center">
            <img className="qr-code" src={imageOf(device.QRCodePNG)} alt="QR code of the secret key" />
          </Box>
          <Details
            items={[
              {
                label: 'Secret key',
                value: <Secret name="secret key" value={new TextDecoder().decode(device.Base32StringSeed)} />,
              },
            ]}
          />
          <ConsecutiveCodesFields codes={codes} onChange={setCodes} />
          <ErrorAlert error={enabling.error ?? cancellation.error} />
        </SpaceBetween>
      )}
    </Modal>
  );
}

function imageOf(png: Uint8Array | undefined): string {
  return `data:image/png;base64,${btoa(String.fromCharCode(...(png ?? [])))}`;
}
