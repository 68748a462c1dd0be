import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useIam } from '../../api/iam.ts';
import { useChange, useRead } from '../../api/queries.ts';
import { ActionModal } from '../../elements/action-modal.tsx';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { Loading } from '../../frame/loading.tsx';
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
    <ActionModal
      title={policyName === undefined ? 'Create inline policy' : `Edit ${policyName}`}
      size="large"
      action="Save policy"
      isPending={saving.isPending}
      isDisabled={text === undefined}
      onAction={() => saving.mutate(text ?? '')}
      onDismiss={onClose}
    >
      <SpaceBetween size="m">
        {policyName === undefined && (
          <FormField label="Policy name">
            <Input value={name} onChange={({ detail }) => setName(detail.value)} />
          </FormField>
        )}
        {text === undefined && stored.error === null && <Loading what={policyName ?? ''} />}
        {text !== undefined && (
          <PolicyEditor
            text={text}
            onChange={setEdited}
            refusal={{ text: saving.variables ?? '', error: saving.error }}
          />
        )}
        <ErrorAlert error={stored.error} />
      </SpaceBetween>
    </ActionModal>
  );
}
