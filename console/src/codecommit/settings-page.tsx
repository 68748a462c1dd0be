import {
  DeleteRepositoryCommand,
  GetRepositoryCommand,
  type RepositoryMetadata,
  UpdateRepositoryNameCommand,
} from '@aws-sdk/client-codecommit';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { useCodeCommit } from '../api/codecommit.ts';
import { useChange, useRead } from '../api/queries.ts';
import { ConfirmModal } from '../elements/confirm-modal.tsx';
import { Details } from '../elements/details.tsx';
import { ErrorAlert } from '../elements/error-alert.tsx';
import { Copyable } from '../elements/secret.tsx';
import { SettingContainer } from '../elements/setting-container.tsx';
import { formatTime } from '../elements/times.ts';
import { useAddress } from '../frame/addresses.ts';
import { Loading } from '../frame/loading.tsx';
import { useNotify } from '../frame/notifications.tsx';
import { usePage } from '../frame/page-context.ts';
import { DefaultBranchSetting } from './default-branch-setting.tsx';
import { DescriptionSetting } from './description-setting.tsx';
import { EncryptionKeySetting } from './encryption-key-setting.tsx';
import { repositoryPath } from './repositories.ts';
import { RepositoryTags } from './repository-tags.tsx';

/** General settings of a repository. */
export function Component() {
  const { name = '' } = useParams();
  usePage(`Settings of ${name}`, [
    { text: 'CodeCommit', path: '/codecommit/repositories' },
    { text: 'Repositories', path: '/codecommit/repositories' },
    { text: name, path: repositoryPath(name, 'browse') },
    { text: 'Settings', path: repositoryPath(name, 'settings') },
  ]);
  const client = useCodeCommit();
  const { data, error } = useRead(['codecommit', 'GetRepository', name], () =>
    client.send(new GetRepositoryCommand({ repositoryName: name })),
  );
  const repository = data?.repositoryMetadata;
  return (
    <ContentLayout header={<Header variant="h1">Settings of {name}</Header>}>
      <ErrorAlert error={error} />
      {repository === undefined && error === null && <Loading what="settings" />}
      {repository !== undefined && (
        <SpaceBetween size="l">
          <General repository={repository} />
          <NameSetting name={name} />
          <DescriptionSetting name={name} description={repository.repositoryDescription ?? ''} />
          <DefaultBranchSetting name={name} defaultBranch={repository.defaultBranch} />
          <EncryptionKeySetting name={name} keyArn={repository.kmsKeyId ?? ''} />
          <RepositoryTags arn={repository.Arn ?? ''} />
          <Deletion name={name} />
        </SpaceBetween>
      )}
    </ContentLayout>
  );
}

function General({ repository }: { readonly repository: RepositoryMetadata }) {
  const { Arn = '', repositoryId = '', creationDate, lastModifiedDate } = repository;
  return (
    <Container header={<Header variant="h2">Repository</Header>}>
      <Details
        columns={2}
        items={[
          { label: 'ARN', value: <Copyable name="ARN" value={Arn} /> },
          { label: 'Repository ID', value: <Copyable name="repository ID" value={repositoryId} /> },
          { label: 'Created', value: formatTime(creationDate) },
          { label: 'Last modified', value: formatTime(lastModifiedDate) },
        ]}
      />
    </Container>
  );
}

function NameSetting({ name }: { readonly name: string }) {
  const client = useCodeCommit();
  const notify = useNotify();
  const navigate = useNavigate();
  const address = useAddress();
  const [newName, setNewName] = useState(name);
  const renaming = useChange(
    () => client.send(new UpdateRepositoryNameCommand({ oldName: name, newName: newName.trim() })),
    () => {
      notify(`Repository renamed to ${newName.trim()}.`);
      void navigate(address(repositoryPath(newName.trim(), 'settings')), { replace: true });
    },
    { leavesPage: true },
  );
  return (
    <SettingContainer
      title="Repository name"
      action="Save name"
      isDisabled={newName.trim() === name}
      isPending={renaming.isPending}
      error={renaming.error}
      onSave={() => renaming.mutate(undefined)}
    >
      <FormField label="Name" description="Clone URLs change with the name: clones have to be told the new one.">
        <Input value={newName} onChange={({ detail }) => setNewName(detail.value)} />
      </FormField>
    </SettingContainer>
  );
}

function Deletion({ name }: { readonly name: string }) {
  const client = useCodeCommit();
  const notify = useNotify();
  const navigate = useNavigate();
  const address = useAddress();
  const [isAsked, setAsked] = useState(false);
  const deletion = useChange(
    () => client.send(new DeleteRepositoryCommand({ repositoryName: name })),
    () => {
      notify(`Repository ${name} deleted.`);
      void navigate(address('/codecommit/repositories'), { replace: true });
    },
    { leavesPage: true },
  );
  return (
    <Container
      header={
        <Header variant="h2" actions={<Button onClick={() => setAsked(true)}>Delete repository</Button>}>
          Delete repository
        </Header>
      }
    >
      Deletes the repository with all of its branches, commits and files, for everybody.
      {isAsked && (
        <ConfirmModal
          title={`Delete ${name}?`}
          action="Delete"
          typed="delete"
          isPending={deletion.isPending}
          error={deletion.error}
          onConfirm={() => deletion.mutate(undefined)}
          onDismiss={() => setAsked(false)}
        >
          All branches, commits and files of {name} are gone at once. This cannot be undone.
        </ConfirmModal>
      )}
    </Container>
  );
}
