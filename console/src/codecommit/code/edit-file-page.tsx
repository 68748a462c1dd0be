import { type GetFileOutput, PutFileCommand } from '@aws-sdk/client-codecommit';
import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { useState } from 'react';
import { useLocation, useParams } from 'react-router';
import { useCodeCommit } from '../../api/codecommit.ts';
import { UserText } from '../../elements/user-text.tsx';
import { branchOf, type CodePlace, codePath, codePlaceOf, fileNameOf } from './code-addresses.ts';
import { CodePage } from './code-page.tsx';
import { CommitForm } from './commit-form.tsx';
import { fileContent, formatSize, withLineEnds } from './file-content.ts';
import { OpenedFile } from './opened-file.tsx';
import { TextEditor } from './text-editor.tsx';

/** Larger files are edited in a clone, in bytes: a text field of the browser gets slow. */
const MOST_EDITED = 1_000_000;

/** Changes a file by typing. */
export function Component() {
  const { name = '' } = useParams();
  const place = codePlaceOf(useLocation().pathname);
  return (
    <CodePage name={name} title="Edit file" heading="Edit a file">
      <OpenedFile name={name} place={place}>
        {(file) => <Editing name={name} place={place} file={file} />}
      </OpenedFile>
    </CodePage>
  );
}

interface EditingProps {
  readonly name: string;
  readonly place: CodePlace;
  readonly file: GetFileOutput;
}

function Editing({ name, place, file }: EditingProps) {
  const { specifier, path } = place;
  const client = useCodeCommit();
  const [content] = useState(() => fileContent(file.fileContent ?? new Uint8Array()));
  const [text, setText] = useState(content.kind === 'text' ? content.text.replaceAll('\r\n', '\n') : '');
  const branch = branchOf(specifier);
  const obstacle = obstacleTo(file, content, branch);
  if (obstacle !== undefined || content.kind !== 'text' || branch === undefined) {
    return <Alert type="warning">{obstacle} Clone the repository, and change it there.</Alert>;
  }
  const edited = withLineEnds(text, content.lineEnds);
  return (
    <CommitForm
      state={{ name, branch, path, blobId: file.blobId }}
      parentCommitId={file.commitId}
      back={codePath(name, 'browse', place)}
      hasWork={edited !== content.text}
      canCommit={edited !== content.text}
      commit={(input) => {
        const bytes = new TextEncoder().encode(edited);
        return client.send(new PutFileCommand({ ...input, filePath: path, fileContent: bytes }));
      }}
    >
      <Container
        header={
          <Header variant="h2" description={<UserText>{path}</UserText>}>
            <UserText>{fileNameOf(path)}</UserText>
          </Header>
        }
      >
        <TextEditor label="File content" value={text} onChange={setText} />
      </Container>
    </CommitForm>
  );
}

/** Why the file cannot be edited without changing more of it than what is typed. */
function obstacleTo(
  { fileMode, fileSize = 0 }: GetFileOutput,
  content: ReturnType<typeof fileContent>,
  branch: string | undefined,
): string | undefined {
  if (branch === undefined) return 'Only files of a branch can be changed.';
  if (fileMode === 'SYMLINK') return 'This is a symbolic link.';
  if (content.kind === 'binary') return 'This file is binary.';
  if (!content.isUtf8) return 'This file is not UTF-8.';
  if (content.lineEnds === 'mixed')
    return 'Lines of this file end in different ways, which a text field would not keep.';
  if (fileSize > MOST_EDITED) return `This file has more than ${formatSize(MOST_EDITED)}.`;
  return undefined;
}
