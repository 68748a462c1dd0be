import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

interface TagsFieldProps {
  /** False where what is around it names it; true by default. */
  readonly isLabelled?: boolean;
  readonly tags: readonly Tag[];
  readonly onChange: (tags: readonly Tag[]) => void;
}

const MOST_TAGS = 50;

export function TagsField({ isLabelled = true, tags, onChange }: TagsFieldProps) {
  const change = (index: number, part: Partial<Tag>) =>
    onChange(tags.map((tag, at) => (at === index ? { ...tag, ...part } : tag)));
  return (
    <FormField label={isLabelled && 'Tags - optional'} stretch>
      <AttributeEditor<Tag>
        items={tags}
        addButtonText="Add tag"
        removeButtonText="Remove"
        removeButtonAriaLabel={({ key }) => `Remove tag ${key}`}
        empty="No tags"
        disableAddButton={tags.length >= MOST_TAGS}
        onAddButtonClick={() => onChange([...tags, { key: '', value: '' }])}
        onRemoveButtonClick={({ detail }) => onChange(tags.filter((_tag, at) => at !== detail.itemIndex))}
        definition={[
          {
            label: 'Key',
            errorText: ({ key, value }) => key === '' && value !== '' && 'Enter a key.',
            control: ({ key }, index) => (
              <Input
                value={key}
                ariaLabel={`Key of tag ${index + 1}`}
                onChange={({ detail }) => change(index, { key: detail.value })}
              />
            ),
          },
          {
            label: 'Value',
            control: ({ value }, index) => (
              <Input
                value={value}
                ariaLabel={`Value of tag ${index + 1}`}
                onChange={({ detail }) => change(index, { value: detail.value })}
              />
            ),
          },
        ]}
      />
    </FormField>
  );
}

/** Those of which anything is filled in. */
export function filledTags(tags: readonly Tag[]): readonly Tag[] {
  return tags.filter(({ key, value }) => key !== '' || value !== '');
}

export function tagRecord(tags: readonly Tag[]): Record<string, string> {
  return Object.fromEntries(filledTags(tags).map(({ key, value }) => [key, value]));
}
