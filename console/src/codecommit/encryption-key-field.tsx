import Autosuggest from '@cloudscape-design/components/autosuggest';
import FormField from '@cloudscape-design/components/form-field';
import { useKms } from '../api/kms.ts';
import { useRead } from '../api/queries.ts';
import { listAliases } from '../kms/keys.ts';

interface EncryptionKeyFieldProps {
  readonly label: string;
  readonly description: string;
  readonly value: string;
  readonly onChange: (key: string) => void;
}

/** An alias of the account's, or whatever else is typed: the ID or ARN of a key. */
export function EncryptionKeyField({ label, description, value, onChange }: EncryptionKeyFieldProps) {
  const kms = useKms();
  const aliases = useRead(['kms', 'ListAliases'], () => listAliases(kms));
  // Who may not list them can still type one.
  const options = (aliases.data ?? []).map(({ AliasName = '' }) => ({ value: AliasName }));
  return (
    <FormField label={label} description={description}>
      <Autosuggest
        value={value}
        options={options}
        placeholder="alias/aws/codecommit"
        enteredTextLabel={(text) => `Use ${text}`}
        empty="No aliases"
        onChange={({ detail }) => onChange(detail.value)}
      />
    </FormField>
  );
}
