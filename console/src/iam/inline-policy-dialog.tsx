import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { useChange, useRead } from '../api/queries.ts';
import { ErrorAlert } from '../elements/error-alert.tsx';
import { useNotify } from '../frame/notifications.tsx';
import { jsonProblem } from './json-problem.ts';

interface InlinePolicyDialogProps {
  /** Undefined: a new one. */
  readonly policyName: string | undefined;
  readonly read: (policyName: string) => Promise<string>;
  readonly save: (policyName: string, document: string) => Promise<void>;
  readonly onClose: () => void;
}

const EXAMPLE = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": ["codecommit:GitPull"],
      "Resource": "*"
    }
  ]
}`;

/** Writes an inline policy: tells where its JSON is none; what is wrong with it as a policy, the API tells. */
export function InlinePolicyDialog({ policyName, read, save, onClose }: InlinePolicyDialogProps) {
  const notify = useNotify();
  const [name, setName] = useState(policyName ?? '');
  const [edited, setEdited] = useState<string>();
  const stored = useRead(['iam', 'InlinePolicy', policyName], () => read(policyName ?? ''), {
    enabled: policyName !== undefined,
  });
  const document = edited ?? (policyName === undefined ? EXAMPLE : stored.data) ?? '';
  const saving = useChange(
    () => save(name.trim(), document),
    () => {
      notify(`Policy ${name.trim()} saved.`);
      onClose();
    },
  );
  return (
    <Modal
      visible
      size="large"
      header={policyName === undefined ? 'Add inline policy' : `Edit ${policyName}`}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={saving.isPending} onClick={() => saving.mutate(undefined)}>
              Save policy
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {policyName === undefined && (
          <FormField label="Policy name">
            <Input value={name} onChange={({ detail }) => setName(detail.value)} />
          </FormField>
        )}
        <FormField label="Policy document" errorText={document !== '' && jsonProblem(document)} stretch>
          <div className="code-field">
            <Textarea
              value={document}
              rows={18}
              spellcheck={false}
              disableBrowserAutocorrect
              onChange={({ detail }) => setEdited(detail.value)}
            />
          </div>
        </FormField>
        <ErrorAlert error={stored.error ?? saving.error} />
      </SpaceBetween>
    </Modal>
  );
}
