import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { rulesText } from './password-rules.ts';
import type { PasswordRules } from './requests.ts';

interface NewPasswordFieldsProps {
  /** "New password", "Root user password". */
  readonly label: string;
  /** Undefined where they are not known: then the refusal tells them. */
  readonly rules: PasswordRules | undefined;
  readonly password: string;
  readonly onPassword: (password: string) => void;
  readonly repeated: string;
  readonly onRepeated: (password: string) => void;
  readonly autoFocus?: boolean;
}

/** A password that is being chosen, twice. */
export function NewPasswordFields(properties: NewPasswordFieldsProps) {
  const { label, rules, password, onPassword, repeated, onRepeated, autoFocus = false } = properties;
  // Nothing has to be said while the second one is still empty.
  const differs = repeated !== '' && repeated !== password;
  return (
    <SpaceBetween size="l">
      <FormField label={label} constraintText={rules && rulesText(rules)}>
        <Input
          type="password"
          autoComplete="new-password"
          autoFocus={autoFocus}
          value={password}
          onChange={({ detail }) => onPassword(detail.value)}
        />
      </FormField>
      <FormField
        label={`Retype ${label.charAt(0).toLowerCase()}${label.slice(1)}`}
        errorText={differs && 'The passwords differ.'}
      >
        <Input
          type="password"
          autoComplete="new-password"
          value={repeated}
          onChange={({ detail }) => onRepeated(detail.value)}
        />
      </FormField>
    </SpaceBetween>
  );
}
