import { DeleteFileCommand, type GetFileOutput } from '@aws-sdk/client-codecommit';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { useLocation, useParams } from 'react-router';
import { useCodeCommit } from '../../api/codecommit.ts';
import { UserText } from '../../elements/user-text.tsx';
import { repositoryPath } from '../repositories.ts';
import { branchOf, type CodePlace, codePath, codePlaceOf, fileNameOf } from './code-addresses.ts';
import { CodePage } from './code-page.tsx';
import { CommitForm } from './commit-form.tsx';
import { OpenedFile } from './opened-file.tsx';

/** Takes a file away. */
export function Component() {
  const { name = '' } = useParams();
  const place = codePlaceOf(useLocation().pathname);
  return (
    <CodePage name={name} title="Delete file" heading="Delete a file">
      <OpenedFile name={name} place={place}>
        {(file) => <Deletion name={name} place={place} file={file} />}
      </OpenedFile>
    </CodePage>
  );
}

interface DeletionProps {
  readonly name: string;
  readonly place: CodePlace;
  readonly file: GetFileOutput;
}

function Deletion({ name, place, file }: DeletionProps) {
  const { specifier, path } = place;
  const client = useCodeCommit();
  const branch = branchOf(specifier);
  return (
    <CommitForm
      state={{ name, branch: branch ?? '', path, blobId: file.blobId }}
      parentCommitId={file.commitId}
      back={codePath(name, 'browse', place)}
      // Its folder may be gone with it.
      next={repositoryPath(name, 'browse')}
      hasWork={false}
      canCommit={branch !== undefined}
      commit={({ parentCommitId = '', ...input }) =>
        client.send(new DeleteFileCommand({ ...input, filePath: path, parentCommitId }))
      }
    >
      <Container
        header={
          <Header variant="h2">
            <UserText>{fileNameOf(path)}</UserText>
          </Header>
        }
      >
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
