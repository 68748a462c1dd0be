import { CreateBranchCommand } from '@aws-sdk/client-codecommit';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useCodeCommit } from '../../api/codecommit.ts';
import { getCommitHistory } from '../../api/codecommit-extensions.ts';
import { useChange } from '../../api/queries.ts';
import { ActionModal } from '../../elements/action-modal.tsx';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { visibleText } from '../../elements/visible-text.ts';
import { useNotify } from '../../frame/notifications.tsx';
import { branchSpecifier } from './code-addresses.ts';
import { ReferenceSelect } from './reference-select.tsx';

interface CreateBranchProps {
  readonly name: string;
  /** The branch that is offered first. */
  readonly from: string | undefined;
  readonly onDone: () => void;
}

export function CreateBranch({ name, from, onDone }: CreateBranchProps) {
  const client = useCodeCommit();
  const notify = useNotify();
  const [branch, setBranch] = useState('');
  const [specifier, setSpecifier] = useState(from === undefined ? '' : branchSpecifier(from));
  const creation = useChange(
    async () => {
      const at = { repositoryName: name, commitSpecifier: specifier, maxResults: 1 };
      const { commitId } = await getCommitHistory(client, at);
      await client.send(new CreateBranchCommand({ repositoryName: name, branchName: branch.trim(), commitId }));
    },
    () => {
      notify(`Branch ${visibleText(branch.trim())} created.`);
      onDone();
    },
  );
  return (
    <ActionModal
      title="Create branch"
      action="Create branch"
      isPending={creation.isPending}
      isDisabled={branch.trim() === '' || specifier === ''}
      onAction={() => creation.mutate(undefined)}
      onDismiss={onDone}
    >
      <SpaceBetween size="m">
        <FormField label="Branch name">
          <Input value={branch} autoFocus spellcheck={false} onChange={({ detail }) => setBranch(detail.value)} />
        </FormField>
        <FormField label="Branch from" description="A branch, a tag, or the whole ID of a commit">
          <ReferenceSelect name={name} label="Branch from" specifier={specifier} onChange={setSpecifier} />
        </FormField>
        <ErrorAlert error={creation.error} />
      </SpaceBetween>
    </ActionModal>
  );
}
