import {
  GetPolicyCommand,
  ListPolicyTagsCommand,
  type Policy,
  TagPolicyCommand,
  UntagPolicyCommand,
} from '@aws-sdk/client-iam';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { useIam } from '../../api/iam.ts';
import { useRead } from '../../api/queries.ts';
import { LinkButton } from '../../elements/app-link.tsx';
import { Details } from '../../elements/details.tsx';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { indented } from '../../elements/json-indent.ts';
import { JsonText } from '../../elements/json-text.tsx';
import { Copyable } from '../../elements/secret.tsx';
import { formatTime } from '../../elements/times.ts';
import { useAddress } from '../../frame/addresses.ts';
import { usePage } from '../../frame/page-context.ts';
import { ResourcePage } from '../resource-page.tsx';
import { ResourceTags } from '../resource-tags.tsx';
import { AttachedEntities } from './attached-entities.tsx';
import { DeletePolicyModal } from './delete-policy-modal.tsx';
import { POLICIES, policyPath, policyType, readPolicyText } from './policies.ts';
import { PolicyVersions } from './policy-versions.tsx';

export function Component() {
  const { arn = '' } = useParams();
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  usePage(name, [
    { text: 'IAM', path: '/iam/home' },
    { text: 'Policies', path: '/iam/policies' },
    { text: name, path: policyPath(arn) },
  ]);
  const iam = useIam();
  const navigate = useNavigate();
  const address = useAddress();
  const [isDeleting, setDeleting] = useState(false);
  const isOwn = policyType(arn) === 'Customer managed';
  const policy = useRead(
    ['iam', 'GetPolicy', arn],
    async () => (await iam.send(new GetPolicyCommand({ PolicyArn: arn }))).Policy,
  );
  return (
    <ResourcePage
      name={name}
      noun="policy"
      list={POLICIES}
      actions={
        isOwn && (
          <>
            <Button onClick={() => setDeleting(true)}>Delete</Button>
            <LinkButton variant="primary" to={policyPath(arn, '/edit')}>
              Edit
            </LinkButton>
          </>
        )
      }
      summaryTitle="Policy details"
      summary={<PolicyDetails arn={arn} policy={policy.data} />}
      error={policy.error}
      tabs={[
        { id: 'permissions', label: 'Permissions', content: <PolicyText arn={arn} policy={policy} /> },
        { id: 'entities', label: 'Entities attached', content: <AttachedEntities arn={arn} /> },
        ...(isOwn ? [{ id: 'tags', label: 'Tags', content: <PolicyTags arn={arn} /> }] : []),
        { id: 'versions', label: 'Policy versions', content: <PolicyVersions arn={arn} isOwn={isOwn} /> },
      ]}
    >
      {isDeleting && (
        <DeletePolicyModal
          policyName={name}
          arn={arn}
          leavesPage
          onDone={() => void navigate(address('/iam/policies'))}
          onDismiss={() => setDeleting(false)}
        />
      )}
    </ResourcePage>
  );
}

function PolicyDetails({ arn, policy }: { readonly arn: string; readonly policy: Policy | undefined }) {
  return (
    <Details
      columns={3}
      items={[
        { label: 'Type', value: policyType(arn) },
        { label: 'Created', value: policy && formatTime(policy.CreateDate) },
        { label: 'Edited', value: policy && formatTime(policy.UpdateDate) },
        { label: 'ARN', value: <Copyable name="ARN" value={arn} /> },
        { label: 'Default version', value: policy && (policy.DefaultVersionId ?? '-') },
        { label: 'Description', value: policy && <span className="wrapping">{policy.Description ?? '-'}</span> },
      ]}
    />
  );
}

interface PolicyTextProps {
  readonly arn: string;
  readonly policy: { readonly data: Policy | undefined; readonly error: Error | null };
}

/** The default version. Why the policy could not be read, the page tells. */
function PolicyText({ arn, policy }: PolicyTextProps) {
  const iam = useIam();
  const version = policy.data?.DefaultVersionId;
  const text = useRead(['iam', 'GetPolicyVersion', arn, version], () => readPolicyText(iam, arn, version), {
    enabled: version !== undefined,
  });
  return (
    <Container header={<Header variant="h2">Permissions defined in this policy</Header>}>
      {policy.error !== null && <Box>The document cannot be told: the policy could not be read.</Box>}
      <ErrorAlert error={text.error} />
      {policy.error === null && text.error === null && (
        <JsonText name="policy document" text={text.data && indented(text.data)} />
      )}
    </Container>
  );
}

function PolicyTags({ arn: PolicyArn }: { readonly arn: string }) {
  const iam = useIam();
  return (
    <ResourceTags
      listing="ListPolicyTags"
      of={PolicyArn}
      list={() => iam.send(new ListPolicyTagsCommand({ PolicyArn }))}
      tag={(Tags) => iam.send(new TagPolicyCommand({ PolicyArn, Tags }))}
      untag={(TagKeys) => iam.send(new UntagPolicyCommand({ PolicyArn, TagKeys }))}
    />
  );
}
