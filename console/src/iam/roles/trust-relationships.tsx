import { UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useIam } from '../../api/iam.ts';
import { useChange } from '../../api/queries.ts';
import { useEditFocus } from '../../elements/edit-focus.ts';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { JsonText } from '../../elements/json-text.tsx';
import { useNotify } from '../../frame/notifications.tsx';
import { indented } from '../policies/policies.ts';
import { PolicyEditor } from '../policies/policy-editor.tsx';

interface TrustRelationshipsProps {
  readonly roleName: string;
  /** Percent-encoded, as GetRole answers; undefined while it is not known. */
  readonly document: string | undefined;
  readonly error: Error | null;
}

/** Who may take on a role, read and changed. */
export function TrustRelationships({ roleName: RoleName, document, error }: TrustRelationshipsProps) {
  const iam = useIam();
  const notify = useNotify();
  const [edited, setEdited] = useState<string>();
  const editButton = useEditFocus(edited !== undefined);
  const stored = document && indented(decodeURIComponent(document));
  const saving = useChange(
    (PolicyDocument: string) => iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument })),
    () => {
      notify(`Trust policy of ${RoleName} updated.`);
      setEdited(undefined);
    },
  );
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Who may take on this role, and under which conditions"
          actions={
            edited === undefined ? (
              <Button ref={editButton} disabled={stored === undefined} onClick={() => setEdited(stored)}>
                Edit trust policy
              </Button>
            ) : (
              <SpaceBetween direction="horizontal" size="xs">
                <Button
                  variant="link"
                  onClick={() => {
                    saving.reset();
                    setEdited(undefined);
                  }}
                >
                  Cancel
                </Button>
                <Button variant="primary" loading={saving.isPending} onClick={() => saving.mutate(edited)}>
                  Update policy
                </Button>
              </SpaceBetween>
            )
          }
        >
          Trusted entities
        </Header>
      }
    >
      <ErrorAlert error={error} />
      {error === null && edited === undefined && <JsonText name="trust policy" text={stored} />}
      {edited !== undefined && (
        <PolicyEditor
          label="Trust policy"
          autoFocus
          text={edited}
          onChange={setEdited}
          refusal={{ text: saving.variables ?? '', error: saving.error }}
        />
      )}
    </Container>
  );
}
