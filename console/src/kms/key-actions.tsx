import { CancelKeyDeletionCommand, DisableKeyCommand, EnableKeyCommand, type KeyMetadata } from '@aws-sdk/client-kms';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import { useState } from 'react';
import { useKms } from '../api/kms.ts';
import { useChange } from '../api/queries.ts';
import { ConfirmModal } from '../elements/confirm-modal.tsx';
import { useNotify } from '../frame/notifications.tsx';
import { ScheduleDeletion } from './schedule-deletion.tsx';

type StateChange = 'enable' | 'disable' | 'cancel-deletion';

const CHANGES: Readonly<Record<StateChange, { title: string; action: string; text: string; done: string }>> = {
  enable: {
    title: 'Enable key?',
    action: 'Enable',
    text: 'What it encrypts can be read again, repositories too, by whoever its policy allows.',
    done: 'Key enabled.',
  },
  disable: {
    title: 'Disable key?',
    action: 'Disable',
    text: 'Nothing that it encrypts can be read until it is enabled again: its repositories refuse every clone, fetch, push and API request.',
    done: 'Key disabled.',
  },
  'cancel-deletion': {
    title: 'Cancel the deletion?',
    action: 'Cancel deletion',
    text: 'The key stays, and is disabled: enable it to use it again.',
    done: 'Key deletion cancelled. The key is disabled.',
  },
};

/** What the API refuses of these, it tells in the dialog. */
export function KeyActions({ metadata = {} }: { readonly metadata: Partial<KeyMetadata> | undefined }) {
  const kms = useKms();
  const notify = useNotify();
  const [asked, setAsked] = useState<StateChange | 'schedule-deletion'>();
  const { KeyId, Arn = '', KeyState } = metadata;
  const change = useChange(
    async (wanted: StateChange) => {
      if (wanted === 'enable') await kms.send(new EnableKeyCommand({ KeyId }));
      else if (wanted === 'disable') await kms.send(new DisableKeyCommand({ KeyId }));
      else await kms.send(new CancelKeyDeletionCommand({ KeyId }));
    },
    (_output, wanted) => {
      notify(CHANGES[wanted].done);
      setAsked(undefined);
    },
  );
  const ask = (id: string) => {
    change.reset();
    setAsked(id as StateChange | 'schedule-deletion');
  };
  const isPendingDeletion = KeyState === 'PendingDeletion';
  return (
    <>
      <ButtonDropdown
        disabled={KeyId === undefined}
        items={[
          { id: 'enable', text: 'Enable', disabled: KeyState !== 'Disabled' },
          { id: 'disable', text: 'Disable', disabled: KeyState !== 'Enabled' },
          { id: 'schedule-deletion', text: 'Schedule key deletion', disabled: isPendingDeletion },
          { id: 'cancel-deletion', text: 'Cancel key deletion', disabled: !isPendingDeletion },
        ]}
        onItemClick={({ detail }) => ask(detail.id)}
      >
        Key actions
      </ButtonDropdown>
      {asked === 'schedule-deletion' && (
        <ScheduleDeletion keyId={KeyId ?? ''} arn={Arn} onClose={() => setAsked(undefined)} />
      )}
      {asked !== undefined && asked !== 'schedule-deletion' && (
        <ConfirmModal
          title={CHANGES[asked].title}
          action={CHANGES[asked].action}
          isPending={change.isPending}
          error={change.error}
          onConfirm={() => change.mutate(asked)}
          onDismiss={() => setAsked(undefined)}
        >
          {CHANGES[asked].text}
        </ConfirmModal>
      )}
    </>
  );
}
