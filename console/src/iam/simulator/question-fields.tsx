import Autosuggest from '@cloudscape-design/components/autosuggest';
import FormField from '@cloudscape-design/components/form-field';
import { useRepositoryNames } from '../../codecommit/repository-names.ts';
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
    <FormField stretch label="Action" constraintText="Such as codecommit:GitPush" errorText={errorText}>
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
  const region = useRegion();
  const { accountId } = useSession();
  const { names } = useRepositoryNames();
  return (
    <FormField stretch label="Resource" constraintText="The ARN of a repository, or *" errorText={errorText}>
      <Autosuggest
        value={value}
        virtualScroll
        options={
          names?.map((name) => ({ value: `arn:aws:codecommit:${region}:${accountId}:${name}`, label: name })) ?? []
        }
        placeholder={`arn:aws:codecommit:${region}:${accountId}:my-repository`}
        enteredTextLabel={(text) => `Use ${text}`}
        onChange={({ detail }) => onChange(detail.value)}
      />
    </FormField>
  );
}
