import { DeleteFileCommand, GetFileCommand, type GetFileOutput } from '@aws-sdk/client-codecommit';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { useState } from 'react';
import { useLocation, useParams } from 'react-router';
import { useCodeCommit } from '../../api/codecommit.ts';
import { useRead } from '../../api/queries.ts';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { UserText } from '../../elements/user-text.tsx';
import { Loading } from '../../frame/loading.tsx';
import { repositoryPath } from '../repositories.ts';
import { branchOf, codePath, codePlaceOf } from './code-addresses.ts';
import { CodePage } from './code-page.tsx';
import { CommitForm } from './commit-form.tsx';

/** Takes a file away. */
export function Component() {
  const { name = '' } = useParams();
  const { specifier, path } = codePlaceOf(useLocation().pathname);
  const client = useCodeCommit();
  const { data, error } = useRead(['codecommit', 'GetFile', name, specifier, path], () =>
    client.send(new GetFileCommand({ repositoryName: name, commitSpecifier: specifier, filePath: path })),
  );
  return (
    <CodePage name={name} title="Delete file" heading="Delete a file">
      <ErrorAlert error={error} />
      {data === undefined && error === null && <Loading />}
      {data !== undefined && <Deletion key={path} name={name} specifier={specifier} path={path} file={data} />}
    </CodePage>
  );
}

interface DeletionProps {
  readonly name: string;
  readonly specifier: string;
  readonly path: string;
  readonly file: GetFileOutput;
}

function Deletion({ name, specifier, path, file }: DeletionProps) {
  const client = useCodeCommit();
  // As it was read first: a newer one must not pass for what was seen.
  const [opened] = useState(file);
  const branch = branchOf(specifier);
  return (
    <CommitForm
      state={{ name, branch: branch ?? '', path, blobId: opened.blobId }}
      parentCommitId={opened.commitId}
      back={codePath(name, 'browse', { specifier, path })}
      // Its folder may be gone with it.
      next={repositoryPath(name, 'browse')}
      canCommit={branch !== undefined}
      commit={({ parentCommitId = '', ...input }) =>
        client.send(new DeleteFileCommand({ ...input, filePath: path, parentCommitId }))
      }
    >
      <Container header={<Header variant="h2">{name}</Header>}>
        <span className="wrapping">
          Deletes <UserText>{path}</UserText>
          {branch === undefined
            ? ', which only a commit to a branch can.'
            : ' from the branch. Earlier commits keep it.'}
        </span>
      </Container>
    </CommitForm>
  );
}
