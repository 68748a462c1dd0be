import { ListBranchesCommand, UpdateDefaultBranchCommand } from '@aws-sdk/client-codecommit';
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import { useState } from 'react';
import { useCodeCommit } from '../api/codecommit.ts';
import { allOf } from '../api/pages-of.ts';
import { useChange, useRead } from '../api/queries.ts';
import { SettingContainer } from '../elements/setting-container.tsx';
import { visibleText } from '../elements/visible-text.ts';
import { useNotify } from '../frame/notifications.tsx';

interface DefaultBranchSettingProps {
  readonly name: string;
  readonly defaultBranch: string | undefined;
}

export function DefaultBranchSetting({ name, defaultBranch }: DefaultBranchSettingProps) {
  const client = useCodeCommit();
  const notify = useNotify();
  const [chosen, setChosen] = useState<string>();
  const branches = useRead(['codecommit', 'ListBranches', name], () =>
    allOf(async (nextToken) => {
      const page = await client.send(new ListBranchesCommand({ repositoryName: name, nextToken }));
      return { items: page.branches, marker: page.nextToken };
    }),
  );
  const saving = useChange(
    () => client.send(new UpdateDefaultBranchCommand({ repositoryName: name, defaultBranchName: chosen })),
    () => {
      notify(`The default branch is ${visibleText(chosen ?? '')} now.`);
      setChosen(undefined);
    },
  );
  const shown = chosen ?? defaultBranch;
  return (
    <SettingContainer
      title="Default branch"
      action="Save default branch"
      isDisabled={chosen === undefined || chosen === defaultBranch}
      isPending={saving.isPending}
      error={branches.error ?? saving.error}
      onSave={() => saving.mutate(undefined)}
    >
      <FormField label="Branch" description="The one that a clone checks out.">
        <Select
          selectedOption={shown === undefined ? null : { value: shown, label: visibleText(shown) }}
          options={branches.data?.map((value) => ({ value, label: visibleText(value) })) ?? []}
          filteringType="auto"
          placeholder="No branch yet"
          empty="No branches yet: push one first."
          disabled={branches.data?.length === 0}
          statusType={branches.isPending ? 'loading' : 'finished'}
          onChange={({ detail }) => setChosen(detail.selectedOption.value)}
        />
      </FormField>
    </SettingContainer>
  );
}
