import { CreatePolicyCommand } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useIam } from '../../api/iam.ts';
import { useChange } from '../../api/queries.ts';
import { LinkButton } from '../../elements/app-link.tsx';
import { useIncomplete } from '../../elements/incomplete.ts';
import { type Tag, TagsField } from '../../elements/tags-field.tsx';
import { useAddress } from '../../frame/addresses.ts';
import { useNotify } from '../../frame/notifications.tsx';
import { usePage } from '../../frame/page-context.ts';
import { iamTags } from '../tags.ts';
import { policyPath } from './policies.ts';
import { NEW_POLICY, PolicyEditor } from './policy-editor.tsx';

export function Component() {
  usePage('Create policy', [
    { text: 'IAM', path: '/iam/home' },
    { text: 'Policies', path: '/iam/policies' },
    { text: 'Create policy', path: '/iam/policies/create' },
  ]);
  const iam = useIam();
  const navigate = useNavigate();
  const address = useAddress();
  const notify = useNotify();
  const [text, setText] = useState(NEW_POLICY);
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [tags, setTags] = useState<readonly Tag[]>([]);
  const [isIncomplete, setIncomplete] = useIncomplete();
  const creation = useChange(
    async (PolicyDocument: string) => {
      const input = { PolicyName: name.trim(), PolicyDocument, ...iamTags(tags) };
      const Description = description.trim() === '' ? undefined : description;
      return (await iam.send(new CreatePolicyCommand({ ...input, Description }))).Policy?.Arn ?? '';
    },
    (arn) => {
      notify(`Policy ${name.trim()} created.`);
      void navigate(address(policyPath(arn)));
    },
  );
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description="The JSON below allows Git pull of every repository: change it to what you need"
        >
          Create policy
        </Header>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setIncomplete(name.trim() === '');
          if (name.trim() !== '') creation.mutate(text);
        }}
      >
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <LinkButton formAction="none" variant="link" to="/iam/policies">
                Cancel
              </LinkButton>
              <Button variant="primary" loading={creation.isPending}>
                Create policy
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="l">
            <Container header={<Header variant="h2">Policy details</Header>}>
              <SpaceBetween size="l">
                <FormField
                  label="Policy name"
                  constraintText="At most 128 letters, numbers and + = , . @ _ -"
                  errorText={isIncomplete && name.trim() === '' && 'Give the policy a name.'}
                >
                  <Input value={name} onChange={({ detail }) => setName(detail.value)} />
                </FormField>
                <FormField
                  label="Description - optional"
                  constraintText="At most 1,000 characters. It cannot be changed later."
                >
                  <Textarea rows={2} value={description} onChange={({ detail }) => setDescription(detail.value)} />
                </FormField>
              </SpaceBetween>
            </Container>
            <Container header={<Header variant="h2">Permissions</Header>}>
              <PolicyEditor
                text={text}
                onChange={setText}
                refusal={{ text: creation.variables ?? '', error: creation.error }}
              />
            </Container>
            <Container>
              <TagsField tags={tags} onChange={setTags} />
            </Container>
          </SpaceBetween>
        </Form>
      </form>
    </ContentLayout>
  );
}
