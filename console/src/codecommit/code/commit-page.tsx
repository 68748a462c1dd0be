import { type Commit, GetCommitCommand } from '@aws-sdk/client-codecommit';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useParams } from 'react-router';
import { useCodeCommit } from '../../api/codecommit.ts';
import { useRead } from '../../api/queries.ts';
import { AppLink, LinkButton } from '../../elements/app-link.tsx';
import { Details } from '../../elements/details.tsx';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { Copyable } from '../../elements/secret.tsx';
import { formatTime } from '../../elements/times.ts';
import { UserText } from '../../elements/user-text.tsx';
import { Loading } from '../../frame/loading.tsx';
import { Changes } from './changes.tsx';
import { codePath, commitPath } from './code-addresses.ts';
import { CodePage } from './code-page.tsx';
import { bodyOf, subjectOf, timeOf } from './commit-texts.ts';

/** One commit, and what it changed. */
export function Component() {
  const { name = '', commitId = '' } = useParams();
  const client = useCodeCommit();
  const { data, error } = useRead(['codecommit', 'GetCommit', name, commitId], () =>
    client.send(new GetCommitCommand({ repositoryName: name, commitId })),
  );
  const commit = data?.commit;
  return (
    <CodePage
      name={name}
      title={`Commit ${commitId.slice(0, 8)}`}
      heading={`Commit ${commitId.slice(0, 8)}`}
      actions={<LinkButton to={codePath(name, 'browse', { specifier: commitId, path: '' })}>Browse</LinkButton>}
    >
      <ErrorAlert error={error} />
      {commit === undefined && error === null && <Loading what="commit" />}
      {commit !== undefined && (
        <SpaceBetween size="m">
          <CommitDetails name={name} commit={commit} />
          <Changes key={commitId} name={name} before={commit.parents?.[0]} after={commitId} />
        </SpaceBetween>
      )}
    </CodePage>
  );
}

function CommitDetails({ name, commit }: { readonly name: string; readonly commit: Commit }) {
  const { commitId = '', message, author, committer, parents = [] } = commit;
  const body = bodyOf(message);
  const isOwn = author?.name === committer?.name && author?.email === committer?.email;
  return (
    <Container
      header={
        <Header variant="h2">
          <span className="wrapping">
            <UserText>{subjectOf(message)}</UserText>
          </span>
        </Header>
      }
    >
      <SpaceBetween size="m">
        {body !== '' && (
          <div className="wrapping plain-text">
            <UserText>{body}</UserText>
          </div>
        )}
        <Details
          columns={2}
          items={[
            { label: 'Commit ID', value: <Copyable name="commit ID" value={commitId} /> },
            {
              label: parents.length > 1 ? 'Parents: the changes below are those from the first' : 'Parent',
              value:
                parents.length === 0
                  ? 'None: the first commit'
                  : parents.map((id) => (
                      <div key={id}>
                        <AppLink to={commitPath(name, id)}>
                          <code className="wrapping">{id}</code>
                        </AppLink>
                      </div>
                    )),
            },
            { label: 'Author', value: <Person user={author} /> },
            ...(isOwn ? [] : [{ label: 'Committer', value: <Person user={committer} /> }]),
            { label: 'Commit date', value: formatTime(timeOf(committer)) },
          ]}
        />
      </SpaceBetween>
    </Container>
  );
}

function Person({ user }: { readonly user: Commit['author'] }) {
  return (
    <span className="wrapping">
      <UserText>{`${user?.name ?? ''} <${user?.email ?? ''}>`}</UserText>
    </span>
  );
}
