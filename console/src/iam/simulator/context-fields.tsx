import type { ContextEntry, ContextKeyTypeEnum } from '@aws-sdk/client-iam';
import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';

/** A context key as it is typed. */
export interface ContextField {
  readonly key: string;
  readonly type: ContextKeyTypeEnum;
  /** Several are separated by commas. */
  readonly values: string;
}

const TYPES: readonly ContextKeyTypeEnum[] = [
  'string',
  'stringList',
  'numeric',
  'numericList',
  'boolean',
  'booleanList',
  'ip',
  'ipList',
  'date',
  'dateList',
  'binary',
  'binaryList',
];

/** What is commonly asked of keys whose type is another than string. */
const TYPES_OF_KEYS: Readonly<Record<string, ContextKeyTypeEnum>> = {
  'aws:sourceip': 'ip',
  'aws:currenttime': 'date',
  'aws:epochtime': 'numeric',
  'aws:securetransport': 'boolean',
  'aws:multifactorauthpresent': 'boolean',
  'aws:multifactorauthage': 'numeric',
  'aws:tagkeys': 'stringList',
  'codecommit:references': 'stringList',
};

export function contextField(key: string): ContextField {
  return { key, type: TYPES_OF_KEYS[key.toLowerCase()] ?? 'string', values: '' };
}

/** What of the fields is sent: keys without a value stay unknown. */
export function contextEntriesOf(fields: readonly ContextField[]): ContextEntry[] {
  return fields
    .filter(({ key, values }) => key.trim() !== '' && values.trim() !== '')
    .map(({ key, type, values }) => ({
      ContextKeyName: key.trim(),
      ContextKeyType: type,
      ContextKeyValues: type.endsWith('List') ? values.split(',').map((value) => value.trim()) : [values.trim()],
    }));
}

interface ContextFieldsProps {
  readonly fields: readonly ContextField[];
  readonly onChange: (fields: readonly ContextField[]) => void;
}

/** What a request of the simulation tells besides action and resource. */
export function ContextFields({ fields, onChange }: ContextFieldsProps) {
  const change = (index: number, part: Partial<ContextField>) =>
    onChange(fields.map((field, at) => (at === index ? { ...field, ...part } : field)));
  return (
    <FormField
      label="Context keys - optional"
      description="Conditions of policies ask for them. A key without a value is not known to the request."
      stretch
    >
      <AttributeEditor<ContextField>
        items={fields}
        addButtonText="Add context key"
        removeButtonText="Remove"
        removeButtonAriaLabel={({ key }) => `Remove context key ${key}`}
        empty="No context keys"
        onAddButtonClick={() => onChange([...fields, contextField('')])}
        onRemoveButtonClick={({ detail }) => onChange(fields.filter((_field, at) => at !== detail.itemIndex))}
        definition={[
          {
            label: 'Key',
            control: ({ key }, index) => (
              <Input
                value={key}
                placeholder="codecommit:References"
                ariaLabel={`Name of context key ${index + 1}`}
                onChange={({ detail }) => change(index, { key: detail.value })}
              />
            ),
          },
          {
            label: 'Type',
            control: ({ type }, index) => (
              <Select
                ariaLabel={`Type of context key ${index + 1}`}
                selectedOption={{ value: type, label: type }}
                options={TYPES.map((value) => ({ value, label: value }))}
                onChange={({ detail }) => change(index, { type: detail.selectedOption.value as ContextKeyTypeEnum })}
              />
            ),
          },
          {
            label: 'Value',
            control: ({ values, type }, index) => (
              <Input
                value={values}
                placeholder={type.endsWith('List') ? 'One or more, separated by commas' : ''}
                ariaLabel={`Value of context key ${index + 1}`}
                onChange={({ detail }) => change(index, { values: detail.value })}
              />
            ),
          },
        ]}
      />
    </FormField>
  );
}
