import { CreatePolicyVersionCommand } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Form from '@cloudscape-design/components/form';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { useIam } from '../../api/iam.ts';
import { useChange, useRead } from '../../api/queries.ts';
import { LinkButton } from '../../elements/app-link.tsx';
import { ErrorAlert, isMissing } from '../../elements/error-alert.tsx';
import { useAddress } from '../../frame/addresses.ts';
import { Loading } from '../../frame/loading.tsx';
import { useNotify } from '../../frame/notifications.tsx';
import { usePage } from '../../frame/page-context.ts';
import { MissingPage } from '../resource-page.tsx';
import { indented, POLICIES, policyPath, readPolicyText } from './policies.ts';
import { PolicyEditor } from './policy-editor.tsx';

/** A new version of a policy of the account's own. */
export function Component() {
  const { arn: PolicyArn = '' } = useParams();
  const name = PolicyArn.slice(PolicyArn.lastIndexOf('/') + 1);
  usePage(`Edit ${name}`, [
    { text: 'IAM', path: '/iam/home' },
    { text: 'Policies', path: '/iam/policies' },
    { text: name, path: policyPath(PolicyArn) },
    { text: 'Edit', path: policyPath(PolicyArn, '/edit') },
  ]);
  const iam = useIam();
  const navigate = useNavigate();
  const address = useAddress();
  const notify = useNotify();
  const [edited, setEdited] = useState<string>();
  const [SetAsDefault, setDefault] = useState(true);
  const stored = useRead(['iam', 'GetPolicyVersion', PolicyArn, 'default'], () => readPolicyText(iam, PolicyArn));
  const text = edited ?? (stored.data === undefined ? undefined : indented(stored.data));
  const saving = useChange(
    (PolicyDocument: string) => iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault })),
    ({ PolicyVersion }) => {
      notify(`Version ${PolicyVersion?.VersionId} of ${name} created.`);
      void navigate(address(policyPath(PolicyArn)));
    },
  );
  if (isMissing(stored.error)) return <MissingPage name={name} list={POLICIES} error={stored.error} />;
  const header = (
    <Header variant="h1" description="Saved as a new version; the earlier ones stay, five in all">
      Edit {name}
    </Header>
  );
  if (stored.isPending) {
    return (
      <ContentLayout header={header}>
        <Loading what="policy document" />
      </ContentLayout>
    );
  }
  return (
    <ContentLayout header={header}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (text !== undefined) saving.mutate(text);
        }}
      >
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <LinkButton formAction="none" variant="link" to={policyPath(PolicyArn)}>
                Cancel
              </LinkButton>
              <Button variant="primary" disabled={text === undefined} loading={saving.isPending}>
                Save changes
              </Button>
            </SpaceBetween>
          }
        >
          <Container>
            <SpaceBetween size="m">
              <ErrorAlert error={stored.error} />
              {stored.error === null && (
                <PolicyEditor
                  text={text ?? ''}
                  onChange={setEdited}
                  refusal={{ text: saving.variables ?? '', error: saving.error }}
                />
              )}
              <Checkbox checked={SetAsDefault} onChange={({ detail }) => setDefault(detail.checked)}>
                Set this new version as the default
              </Checkbox>
            </SpaceBetween>
          </Container>
        </Form>
      </form>
    </ContentLayout>
  );
}
