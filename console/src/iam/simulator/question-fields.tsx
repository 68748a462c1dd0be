import { ListRepositoriesCommand } from '@aws-sdk/client-codecommit';
import Autosuggest from '@cloudscape-design/components/autosuggest';
import FormField from '@cloudscape-design/components/form-field';
import { useCodeCommit } from '../../api/codecommit.ts';
import { allOf } from '../../api/pages-of.ts';
import { useRead } from '../../api/queries.ts';
import { useRegion } from '../../frame/addresses.ts';
import { useSession } from '../../session/session-context.ts';

/** Those that are asked about most; any other can be typed. */
const ACTIONS = [
  'codecommit:GitPull',
  'codecommit:GitPush',
  'codecommit:GetRepository',
  'codecommit:ListRepositories',
  'codecommit:CreateRepository',
  'codecommit:DeleteRepository',
  'codecommit:UpdateDefaultBranch',
  'codecommit:CreateBranch',
  'codecommit:DeleteBranch',
  'codecommit:CreateCommit',
  'codecommit:PutFile',
  'codecommit:DeleteFile',
  'codecommit:GetFile',
  'codecommit:CreatePullRequest',
  'codecommit:MergePullRequestByFastForward',
  'codecommit:UpdatePullRequestApprovalState',
  'codecommit:TagResource',
  'kms:Decrypt',
  'iam:CreateUser',
  'sts:AssumeRole',
].map((value) => ({ value }));

interface FieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly errorText?: string | undefined;
}

export function ActionField({ value, onChange, errorText }: FieldProps) {
  return (
    <FormField stretch label="Action" constraintText="SERVICE:NAME, such as codecommit:GitPush" errorText={errorText}>
      <Autosuggest
        value={value}
        options={ACTIONS}
        placeholder="codecommit:GitPush"
        enteredTextLabel={(text) => `Use ${text}`}
        onChange={({ detail }) => onChange(detail.value)}
      />
    </FormField>
  );
}

/** An ARN, with those of the Region's repositories to choose from as far as the caller may list them. */
export function ResourceField({ value, onChange, errorText }: FieldProps) {
  const codecommit = useCodeCommit();
  const region = useRegion();
  const { accountId } = useSession();
  const names = useRead(['codecommit', 'ListRepositories'], () =>
    allOf(async (nextToken) => {
      const page = await codecommit.send(new ListRepositoriesCommand({ nextToken }));
      return { items: page.repositories?.map(({ repositoryName = '' }) => repositoryName), marker: page.nextToken };
    }),
  );
  return (
    <FormField stretch label="Resource" constraintText="The ARN of a repository, or *" errorText={errorText}>
      <Autosuggest
        value={value}
        virtualScroll
        options={
          names.data?.map((name) => ({ value: `arn:aws:codecommit:${region}:${accountId}:${name}`, label: name })) ?? []
        }
        placeholder={`arn:aws:codecommit:${region}:${accountId}:my-repository`}
        enteredTextLabel={(text) => `Use ${text}`}
        onChange={({ detail }) => onChange(detail.value)}
      />
    </FormField>
  );
}
