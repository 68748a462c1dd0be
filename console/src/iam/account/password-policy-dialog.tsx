import { type PasswordPolicy, UpdateAccountPasswordPolicyCommand } from '@aws-sdk/client-iam';
import Box from '@cloudscape-design/components/box';
import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useIam } from '../../api/iam.ts';
import { useChange } from '../../api/queries.ts';
import { ActionModal } from '../../elements/action-modal.tsx';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { useNotify } from '../../frame/notifications.tsx';

/** As it is typed: numbers as texts, empty where there is none. */
interface Fields {
  readonly length: string;
  readonly age: string;
  readonly reuse: string;
  readonly needs: readonly Flag[];
}

const FLAGS = {
  RequireUppercaseCharacters: 'Require at least one uppercase letter from the Latin alphabet (A-Z)',
  RequireLowercaseCharacters: 'Require at least one lowercase letter from the Latin alphabet (a-z)',
  RequireNumbers: 'Require at least one number',
  RequireSymbols: "Require at least one of ! @ # $ % ^ & * ( ) _ + - = [ ] { } | '",
  HardExpiry: 'Password expiration requires administrator reset',
  AllowUsersToChangePassword: 'Allow users to change their own password',
};
type Flag = keyof typeof FLAGS;

interface PasswordPolicyDialogProps {
  /** Undefined: the default one is in force. */
  readonly policy: PasswordPolicy | undefined;
  readonly onClose: () => void;
}

export function PasswordPolicyDialog({ policy, onClose }: PasswordPolicyDialogProps) {
  const iam = useIam();
  const notify = useNotify();
  const [fields, setFields] = useState(() => fieldsOf(policy));
  const change = (part: Partial<Fields>) => setFields({ ...fields, ...part });
  const saving = useChange(
    () => iam.send(new UpdateAccountPasswordPolicyCommand(inputOf(fields))),
    () => {
      notify('Password policy updated.');
      onClose();
    },
  );
  const problem = problemOf(fields);
  return (
    <ActionModal
      title="Edit password policy"
      action="Save changes"
      isPending={saving.isPending}
      isDisabled={problem !== undefined}
      onAction={() => saving.mutate(undefined)}
      onDismiss={onClose}
    >
      <SpaceBetween size="m">
        <NumberField
          label="Minimum length"
          range="6 to 128 characters"
          value={fields.length}
          onChange={(length) => change({ length })}
        />
        <NumberField
          label="Password expiration in days - optional"
          range="1 to 1,095; empty: passwords do not expire"
          value={fields.age}
          onChange={(age) => change({ age })}
        />
        <NumberField
          label="Passwords that are remembered and refused - optional"
          range="1 to 24; empty: they may be used again"
          value={fields.reuse}
          onChange={(reuse) => change({ reuse })}
        />
        {(Object.keys(FLAGS) as Flag[]).map((flag) => (
          <Checkbox
            key={flag}
            checked={fields.needs.includes(flag)}
            onChange={({ detail }) =>
              change({ needs: detail.checked ? [...fields.needs, flag] : fields.needs.filter((each) => each !== flag) })
            }
          >
            {FLAGS[flag]}
          </Checkbox>
        ))}
        <div aria-live="polite">{problem !== undefined && <Box color="text-status-error">{problem}</Box>}</div>
        <ErrorAlert error={saving.error} />
      </SpaceBetween>
    </ActionModal>
  );
}

interface NumberFieldProps {
  readonly label: string;
  readonly range: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function NumberField({ label, range, value, onChange }: NumberFieldProps) {
  return (
    <FormField label={label} constraintText={range}>
      <Input type="number" inputMode="numeric" value={value} onChange={({ detail }) => onChange(detail.value)} />
    </FormField>
  );
}

function fieldsOf(policy: PasswordPolicy | undefined): Fields {
  const { MinimumPasswordLength = 8, MaxPasswordAge = '', PasswordReusePrevention = '' } = policy ?? {};
  return {
    length: String(MinimumPasswordLength),
    age: String(MaxPasswordAge),
    reuse: String(PasswordReusePrevention),
    needs: (Object.keys(FLAGS) as Flag[]).filter((flag) => policy?.[flag] === true),
  };
}

/** Only what is no whole number: what is out of its range, the API refuses in its own words. */
function problemOf({ length, age, reuse }: Fields): string | undefined {
  if (!/^\d+$/.test(length)) return 'Give the minimum length as a whole number.';
  return [age, reuse].every((text) => /^\d*$/.test(text)) ? undefined : 'Give whole numbers.';
}

function inputOf({ length, age, reuse, needs }: Fields) {
  const flags = Object.fromEntries((Object.keys(FLAGS) as Flag[]).map((flag) => [flag, needs.includes(flag)]));
  return {
    ...flags,
    MinimumPasswordLength: Number(length),
    ...(age !== '' && { MaxPasswordAge: Number(age) }),
    ...(reuse !== '' && { PasswordReusePrevention: Number(reuse) }),
  };
}
