import { CreateRepositoryCommand } from '@aws-sdk/client-codecommit';
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
import { useCodeCommit } from '../api/codecommit.ts';
import { useChange } from '../api/queries.ts';
import { LinkButton } from '../elements/app-link.tsx';
import { ErrorAlert } from '../elements/error-alert.tsx';
import { useIncomplete } from '../elements/incomplete.ts';
import { filledTags, type Tag, TagsField, tagRecord } from '../elements/tags-field.tsx';
import { useAddress } from '../frame/addresses.ts';
import { useNotify } from '../frame/notifications.tsx';
import { usePage } from '../frame/page-context.ts';
import { EncryptionKeyField } from './encryption-key-field.tsx';
import { repositoryPath } from './repositories.ts';

export function Component() {
  usePage('Create repository', [
    { text: 'CodeCommit', path: '/codecommit/repositories' },
    { text: 'Repositories', path: '/codecommit/repositories' },
    { text: 'Create repository', path: '/codecommit/repository/create' },
  ]);
  const client = useCodeCommit();
  const navigate = useNavigate();
  const address = useAddress();
  const notify = useNotify();
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [kmsKeyId, setKmsKeyId] = useState('');
  const [tags, setTags] = useState<readonly Tag[]>([]);
  const [isIncomplete, setIncomplete] = useIncomplete();
  const creation = useChange(
    () =>
      client.send(
        new CreateRepositoryCommand({
          repositoryName: name.trim(),
          ...(description !== '' && { repositoryDescription: description }),
          ...(kmsKeyId.trim() !== '' && { kmsKeyId: kmsKeyId.trim() }),
          ...(filledTags(tags).length > 0 && { tags: tagRecord(tags) }),
        }),
      ),
    ({ repositoryMetadata }) => {
      const created = repositoryMetadata?.repositoryName ?? name.trim();
      notify(`Repository ${created} created.`);
      void navigate(address(repositoryPath(created, 'setup')));
    },
  );
  return (
    <ContentLayout
      header={
        <Header variant="h1" description="A private Git repository in this Region, encrypted at rest">
          Create repository
        </Header>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setIncomplete(name.trim() === '');
          if (name.trim() !== '') creation.mutate(undefined);
        }}
      >
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <LinkButton variant="link" to="/codecommit/repositories">
                Cancel
              </LinkButton>
              <Button variant="primary" formAction="submit" loading={creation.isPending}>
                Create
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="l">
            <Container header={<Header variant="h2">Repository settings</Header>}>
              <SpaceBetween size="l">
                <FormField
                  label="Repository name"
                  constraintText="At most 100 letters, numbers, periods, hyphens and underscores; not ending in .git"
                  errorText={isIncomplete && name.trim() === '' && 'Enter a name for the repository.'}
                >
                  <Input value={name} onChange={({ detail }) => setName(detail.value)} autoFocus />
                </FormField>
                <FormField label="Description - optional" constraintText="At most 1,000 characters">
                  <Textarea value={description} onChange={({ detail }) => setDescription(detail.value)} rows={3} />
                </FormField>
                <EncryptionKeyField
                  label="Encryption key - optional"
                  description="ID, ARN or alias of a KMS key. Without one, the key aws/codecommit of the account is used."
                  value={kmsKeyId}
                  onChange={setKmsKeyId}
                />
                <TagsField tags={tags} onChange={setTags} />
              </SpaceBetween>
            </Container>
            <ErrorAlert error={creation.error} />
          </SpaceBetween>
        </Form>
      </form>
    </ContentLayout>
  );
}
