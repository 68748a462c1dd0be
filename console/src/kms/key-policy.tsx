import { GetKeyPolicyCommand, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useKms } from '../api/kms.ts';
import { useChange, useRead } from '../api/queries.ts';
import { useEditFocus } from '../elements/edit-focus.ts';
import { ErrorAlert } from '../elements/error-alert.tsx';
import { JsonEditor } from '../elements/json-editor.tsx';
import { indented } from '../elements/json-indent.ts';
import { JsonText } from '../elements/json-text.tsx';
import { useNotify } from '../frame/notifications.tsx';
import { jsonProblem } from '../iam/policies/policy-problem.ts';

interface KeyPolicyProps {
  readonly keyId: string;
  readonly isChangeable: boolean;
}

/** The one policy that a key has: tells where its JSON is none; what is wrong with it as a policy, the API tells. */
export function KeyPolicy({ keyId: KeyId, isChangeable }: KeyPolicyProps) {
  const kms = useKms();
  const notify = useNotify();
  const [edited, setEdited] = useState<string>();
  const policy = useRead(['kms', 'GetKeyPolicy', KeyId], async () => {
    const { Policy = '' } = await kms.send(new GetKeyPolicyCommand({ KeyId }));
    return indented(Policy);
  });
  const saving = useChange(
    (Policy: string) => kms.send(new PutKeyPolicyCommand({ KeyId, Policy })),
    () => {
      notify('Key policy saved.');
      setEdited(undefined);
    },
  );
  const cancel = () => {
    setEdited(undefined);
    saving.reset();
  };
  const isEdited = edited !== undefined;
  const editButton = useEditFocus(isEdited);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Who may do what with this key. Nobody may do anything that it does not allow."
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {isEdited && <Button onClick={cancel}>Cancel</Button>}
              {isEdited && (
                <Button variant="primary" loading={saving.isPending} onClick={() => saving.mutate(edited)}>
                  Save changes
                </Button>
              )}
              {isChangeable && !isEdited && (
                <Button ref={editButton} disabled={policy.data === undefined} onClick={() => setEdited(policy.data)}>
                  Edit
                </Button>
              )}
            </SpaceBetween>
          }
        >
          Key policy
        </Header>
      }
    >
      <SpaceBetween size="m">
        {!isEdited && policy.error === null && <JsonText name="key policy" text={policy.data} />}
        {isEdited && (
          <JsonEditor
            label="Policy document"
            value={edited}
            problem={jsonProblem(edited)}
            onChange={setEdited}
            autoFocus
          />
        )}
        <ErrorAlert error={policy.error ?? saving.error} />
      </SpaceBetween>
    </Container>
  );
}
