import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';

/** What a device showed, one code right after the other. */
export interface ConsecutiveCodes {
  readonly AuthenticationCode1: string;
  readonly AuthenticationCode2: string;
}

export const noCodes: ConsecutiveCodes = { AuthenticationCode1: '', AuthenticationCode2: '' };

interface ConsecutiveCodesFieldsProps {
  readonly codes: ConsecutiveCodes;
  readonly onChange: (codes: ConsecutiveCodes) => void;
}

const FIELDS = [
  { label: 'MFA code 1', member: 'AuthenticationCode1' },
  { label: 'MFA code 2', member: 'AuthenticationCode2' },
] as const;

export function ConsecutiveCodesFields({ codes, onChange }: ConsecutiveCodesFieldsProps) {
  return (
    <SpaceBetween size="m">
      <Box>
        Type the six digits that the app shows, wait until it shows others (half a minute at most), and type those, too.
      </Box>
      <div className="beside">
        {FIELDS.map(({ label, member }) => (
          <FormField key={member} label={label}>
            <Input
              inputMode="numeric"
              autoComplete="off"
              value={codes[member]}
              onChange={({ detail }) => onChange({ ...codes, [member]: detail.value.trim() })}
            />
          </FormField>
        ))}
      </div>
    </SpaceBetween>
  );
}

export function areComplete({ AuthenticationCode1, AuthenticationCode2 }: ConsecutiveCodes): boolean {
  return AuthenticationCode1 !== '' && AuthenticationCode2 !== '';
}
