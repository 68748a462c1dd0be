import type { KeyMetadata } from '@aws-sdk/client-kms';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useParams } from 'react-router';
import { AddressedTabs } from '../elements/addressed-tabs.tsx';
import { Details } from '../elements/details.tsx';
import { ErrorAlert } from '../elements/error-alert.tsx';
import { Copyable } from '../elements/secret.tsx';
import { formatTime } from '../elements/times.ts';
import { Loading } from '../frame/loading.tsx';
import { usePage } from '../frame/page-context.ts';
import { KeyActions } from './key-actions.tsx';
import { KeyAliases } from './key-aliases.tsx';
import { KeyState } from './key-cells.tsx';
import { KeyDescription } from './key-description.tsx';
import { KeyPolicy } from './key-policy.tsx';
import { KeyRepositories } from './key-repositories.tsx';
import { KeyRotation } from './key-rotation.tsx';
import { KeyTags } from './key-tags.tsx';
import { ALIAS_PREFIX, canRotate, keyPath, useAliases, useKey } from './keys.ts';

export function Component() {
  const { keyId = '' } = useParams();
  const key = useKey(keyId);
  const isOfAws = key.data?.KeyManager === 'AWS';
  usePage(`Key ${keyId}`, [
    { text: 'KMS', path: '/kms/keys' },
    isOfAws
      ? { text: 'AWS managed keys', path: '/kms/aws-managed-keys' }
      : { text: 'Customer managed keys', path: '/kms/keys' },
    { text: keyId, path: keyPath(keyId) },
  ]);
  return (
    <ContentLayout
      header={
        <Header variant="h1" actions={!isOfAws && key.error === null && <KeyActions metadata={key.data} />}>
          <span className="wrapping">{keyId}</span>
        </Header>
      }
    >
      <ErrorAlert error={key.error} list={{ title: 'Customer managed keys', path: '/kms/keys' }} />
      {key.isPending && <Loading what="key" />}
      {key.data !== undefined && (
        <SpaceBetween size="l">
          <GeneralConfiguration metadata={key.data} />
          <AddressedTabs name={`Of key ${keyId}`} tabs={tabsOf(key.data)} />
        </SpaceBetween>
      )}
    </ContentLayout>
  );
}

function tabsOf(metadata: KeyMetadata) {
  const { KeyId = '', Arn = '', KeyManager } = metadata;
  const isChangeable = KeyManager === 'CUSTOMER';
  return [
    { id: 'policy', label: 'Key policy', content: <KeyPolicy keyId={KeyId} isChangeable={isChangeable} /> },
    { id: 'repositories', label: 'Repositories', content: <KeyRepositories arn={Arn} /> },
    ...(canRotate(metadata)
      ? [{ id: 'rotation', label: 'Key rotation', content: <KeyRotation metadata={metadata} /> }]
      : []),
    ...(isChangeable
      ? [
          { id: 'aliases', label: 'Aliases', content: <KeyAliases keyId={KeyId} /> },
          { id: 'description', label: 'Description', content: <KeyDescription metadata={metadata} /> },
          { id: 'tags', label: 'Tags', content: <KeyTags keyId={KeyId} /> },
        ]
      : []),
  ];
}

const USAGES: Readonly<Record<string, string>> = {
  ENCRYPT_DECRYPT: 'Encrypt and decrypt',
  SIGN_VERIFY: 'Sign and verify',
  GENERATE_VERIFY_MAC: 'Generate and verify MACs',
};

function GeneralConfiguration({ metadata }: { readonly metadata: KeyMetadata }) {
  const {
    KeyId = '',
    Arn = '',
    KeyState: state,
    Description,
    CreationDate,
    DeletionDate,
    KeySpec,
    KeyUsage,
  } = metadata;
  const aliases = useAliases(KeyId);
  const names = aliases.data?.map(({ AliasName = '' }) => AliasName.slice(ALIAS_PREFIX.length)).join(', ');
  return (
    <Container header={<Header variant="h2">General configuration</Header>}>
      <Details
        columns={3}
        items={[
          { label: 'Alias', value: aliases.isPending ? undefined : <span className="wrapping">{names || '-'}</span> },
          { label: 'Status', value: <KeyState state={state} /> },
          { label: 'Created', value: formatTime(CreationDate) },
          { label: 'ARN', value: <Copyable name="ARN" value={Arn} /> },
          { label: 'Key spec', value: KeySpec ?? '-' },
          { label: 'Key usage', value: USAGES[KeyUsage ?? ''] ?? KeyUsage },
          { label: 'Description', value: <span className="wrapping">{Description || '-'}</span> },
          ...(DeletionDate === undefined ? [] : [{ label: 'Deletion date', value: formatTime(DeletionDate) }]),
        ]}
      />
    </Container>
  );
}
