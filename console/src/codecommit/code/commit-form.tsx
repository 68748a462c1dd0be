import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { type ReactNode, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { useCodeCommit } from '../../api/codecommit.ts';
import { useChange } from '../../api/queries.ts';
import { AppLink, LinkButton } from '../../elements/app-link.tsx';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { visibleText } from '../../elements/visible-text.ts';
import { useAddress } from '../../frame/addresses.ts';
import { useNotify } from '../../frame/notifications.tsx';
import { useSession } from '../../session/session-context.ts';
import { type FileState, newHead } from './branch-head.ts';
import { branchSpecifier, codePath, comparePath } from './code-addresses.ts';
import { LeaveGuard } from './leave-guard.tsx';

/** What the API takes of every change of files. */
interface CommitInput {
  readonly repositoryName: string;
  readonly branchName: string;
  readonly parentCommitId: string | undefined;
  readonly name: string | undefined;
  readonly email: string | undefined;
  readonly commitMessage: string | undefined;
}

interface CommitFormProps {
  /** What is changed, as it was when this began. */
  readonly state: FileState;
  /** Absent: the commit is the repository's first. */
  readonly parentCommitId: string | undefined;
  /** Where Cancel leads, below /console. */
  readonly back: string;
  readonly canCommit: boolean;
  /** Whether anything was typed or chosen that cannot be had again by a click. */
  readonly hasWork: boolean;
  readonly commit: (input: CommitInput) => Promise<unknown>;
  /** Where a commit leads; absent: to the file. */
  readonly next?: string;
  /** What is to be committed. */
  readonly children: ReactNode;
}

/** Commits a change of one file, with what a commit says of itself. Whatever is refused, all that was typed stays. */
export function CommitForm(properties: CommitFormProps) {
  const { state, back, canCommit, hasWork, commit, next, children } = properties;
  const isCommitted = useRef(false);
  const { name, branch, path } = state;
  const shownBranch = visibleText(branch);
  const { userName } = useSession();
  const client = useCodeCommit();
  const navigate = useNavigate();
  const address = useAddress();
  const notify = useNotify();
  const [author, setAuthor] = useState(userName ?? '');
  const [email, setEmail] = useState('');
  const [message, setMessage] = useState('');
  const [parent, setParent] = useState(properties.parentCommitId);
  const committing = useChange(
    (parentCommitId: string | undefined) =>
      commit({
        repositoryName: name,
        branchName: branch,
        parentCommitId,
        name: author.trim() || undefined,
        email: email.trim() || undefined,
        commitMessage: message.trim() || undefined,
      }),
    () => {
      isCommitted.current = true;
      notify(`Committed to ${shownBranch}.`);
      void navigate(address(next ?? codePath(name, 'browse', { specifier: branchSpecifier(branch), path })));
    },
  );
  const renewing = useChange(
    () => newHead(client, state),
    (head) => {
      setParent(head);
      committing.mutate(head);
    },
  );
  const isOvertaken = committing.error?.name === 'ParentCommitIdOutdatedException';
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (canCommit) committing.mutate(parent);
      }}
    >
      <LeaveGuard isNeeded={() => hasWork && !isCommitted.current} />
      <Form
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <LinkButton variant="link" to={back}>
              Cancel
            </LinkButton>
            <Button
              variant="primary"
              formAction="submit"
              disabled={!canCommit}
              loading={committing.isPending || renewing.isPending}
            >
              Commit changes
            </Button>
          </SpaceBetween>
        }
      >
        <SpaceBetween size="l">
          {children}
          <Container header={<Header variant="h2">Commit changes to {shownBranch}</Header>}>
            <SpaceBetween size="m">
              <FormField label="Author name" constraintText="If empty, your user name or ARN is used">
                <Input value={author} autoComplete="name" onChange={({ detail }) => setAuthor(detail.value)} />
              </FormField>
              <FormField label="Email address - optional">
                <Input
                  value={email}
                  type="email"
                  autoComplete="email"
                  onChange={({ detail }) => setEmail(detail.value)}
                />
              </FormField>
              <FormField
                label="Commit message - optional"
                constraintText="If empty, a message that names the file is used"
              >
                <Textarea value={message} rows={3} onChange={({ detail }) => setMessage(detail.value)} />
              </FormField>
            </SpaceBetween>
          </Container>
          <ErrorAlert error={committing.error} />
          {isOvertaken && (
            <Alert
              type="info"
              header="What you typed is still here"
              action={
                <Button loading={renewing.isPending} onClick={() => renewing.mutate(undefined)}>
                  Commit on top of the newest commit
                </Button>
              }
            >
              Somebody has committed to {shownBranch} since you opened this page:{' '}
              <AppLink to={comparePath(name, parent ?? '', branchSpecifier(branch))} target="_blank">
                see what
              </AppLink>
              .
            </Alert>
          )}
          <ErrorAlert error={renewing.error} />
        </SpaceBetween>
      </Form>
    </form>
  );
}
