import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useIam } from '../../api/iam.ts';
import { useChange, useRead } from '../../api/queries.ts';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { useNotify } from '../../frame/notifications.tsx';
import { indented } from './policies.ts';
import { NEW_POLICY, PolicyEditor } from './policy-editor.tsx';
import { operationsOn, type PolicyHolder, readInlinePolicy } from './policy-holders.ts';

interface InlinePolicyDialogProps {
  readonly holder: PolicyHolder;
  /** Undefined: a new one. */
  readonly policyName: string | undefined;
  readonly onClose: () => void;
}

/** Writes an inline policy. */
export function InlinePolicyDialog({ holder, policyName, onClose }: InlinePolicyDialogProps) {
  const iam = useIam();
  const notify = useNotify();
  const [name, setName] = useState(policyName ?? '');
  const [edited, setEdited] = useState<string>();
  const stored = useRead(
    ['iam', 'GetInlinePolicy', holder, policyName],
    async () => indented(await readInlinePolicy(iam, holder, policyName ?? '')),
    { enabled: policyName !== undefined },
  );
  const text = edited ?? (policyName === undefined ? NEW_POLICY : stored.data);
  const saving = useChange(
    (document: string) => operationsOn(iam, holder).put(name.trim(), document),
    () => {
      notify(`Policy ${name.trim()} saved.`);
      onClose();
    },
  );
  return (
    <Modal
      visible
      size="large"
      header={policyName === undefined ? 'Create inline policy' : `Edit ${policyName}`}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button
              variant="primary"
              disabled={text === undefined}
              loading={saving.isPending}
              onClick={() => saving.mutate(text ?? '')}
            >
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
        {stored.error === null && (
          <PolicyEditor
            text={text ?? ''}
            onChange={setEdited}
            refusal={{ text: saving.variables ?? '', error: saving.error }}
          />
        )}
        <ErrorAlert error={stored.error} />
      </SpaceBetween>
    </Modal>
  );
}
