import FormField from '@cloudscape-design/components/form-field';
import Textarea from '@cloudscape-design/components/textarea';

interface TextEditorProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

const ROWS = 24;

export function TextEditor({ label, value, onChange }: TextEditorProps) {
  return (
    <FormField label={label} stretch>
      <div className="code-field">
        <Textarea value={value} rows={ROWS} spellcheck={false} onChange={({ detail }) => onChange(detail.value)} />
      </div>
    </FormField>
  );
}
