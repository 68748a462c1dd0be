import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useChange } from '../api/queries.ts';
import { ActionModal } from './action-modal.tsx';
import { ErrorAlert } from './error-alert.tsx';

interface TextModalProps {
  readonly title: string;
  readonly label: string;
  readonly description?: string;
  readonly constraint?: string;
  /** As it is now. */
  readonly text: string;
  readonly save: (text: string) => Promise<unknown>;
  /** Whether `onSaved` leaves the page, as its address names the text. */
  readonly leavesPage?: boolean;
  readonly onSaved: (text: string) => void;
  readonly onDismiss: () => void;
}

/** Changes one line of text. */
export function TextModal(properties: TextModalProps) {
  const { title, label, description, constraint, save, leavesPage = false, onSaved, onDismiss } = properties;
  const [text, setText] = useState(properties.text);
  const saving = useChange(save, (_output, saved) => onSaved(saved), { leavesPage });
  const submit = () => saving.mutate(text.trim());
  return (
    <ActionModal
      title={title}
      action="Save changes"
      isPending={saving.isPending}
      isDisabled={text.trim() === properties.text}
      onAction={submit}
      onDismiss={onDismiss}
    >
      <SpaceBetween size="m">
        <FormField label={label} description={description} constraintText={constraint}>
          <Input
            value={text}
            onChange={({ detail }) => setText(detail.value)}
            onKeyDown={({ detail }) => {
              if (detail.key === 'Enter') submit();
            }}
          />
        </FormField>
        <ErrorAlert error={saving.error} />
      </SpaceBetween>
    </ActionModal>
  );
}
