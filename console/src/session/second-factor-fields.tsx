import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { SignInResponse } from './requests.ts';

interface SecondFactorFieldsProps {
  /** Serial numbers: ARNs of virtual devices. */
  readonly devices: readonly string[];
  readonly device: string;
  readonly onDevice: (serialNumber: string) => void;
  readonly code: string;
  readonly onCode: (code: string) => void;
  /** Why the last code was not taken. */
  readonly refusal: SignInResponse['reason'];
}

const REFUSALS: Readonly<Record<NonNullable<SignInResponse['reason']>, string>> = {
  'wrong code': 'The code is wrong, or has been used before. Enter the next one that the device shows.',
  'refused for now': 'Too many wrong codes. Wait, for an hour at most, before you try again.',
  'unknown device': 'This device is no longer enabled for you. Sign in again.',
};

export function SecondFactorFields({ devices, device, onDevice, code, onCode, refusal }: SecondFactorFieldsProps) {
  return (
    <SpaceBetween size="l">
      {devices.length > 1 && (
        <FormField label="MFA device">
          <RadioGroup
            ariaLabel="MFA device"
            value={device}
            onChange={({ detail }) => onDevice(detail.value)}
            items={devices.map((serialNumber) => ({ value: serialNumber, label: nameOf(serialNumber) }))}
          />
        </FormField>
      )}
      <FormField
        label="MFA code"
        description={`The six digits that ${nameOf(device)} shows`}
        errorText={refusal && REFUSALS[refusal]}
      >
        <Input
          autoComplete="one-time-code"
          inputMode="numeric"
          autoFocus
          value={code}
          onChange={({ detail }) => onCode(detail.value)}
        />
      </FormField>
    </SpaceBetween>
  );
}

function nameOf(serialNumber: string): string {
  return serialNumber.slice(serialNumber.lastIndexOf('/') + 1);
}
