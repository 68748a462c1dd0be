import { PutFileCommand } from '@aws-sdk/client-codecommit';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useLocation, useParams } from 'react-router';
import { useCodeCommit } from '../../api/codecommit.ts';
import { blobAt } from './branch-head.ts';
import { codePath, codePlaceOf } from './code-addresses.ts';
import { CodePage } from './code-page.tsx';
import { CommitForm } from './commit-form.tsx';
import { TextEditor } from './text-editor.tsx';
import { WithWritePlace, type WritePlace } from './write-place.tsx';

/** A new file by typing. */
export function Component() {
  const { name = '' } = useParams();
  const place = codePlaceOf(useLocation().pathname);
  return (
    <CodePage name={name} title="Create file" heading="Create a file">
      <WithWritePlace name={name} specifier={place.specifier}>
        {(target) => (
          <Creation name={name} folder={place.path} target={target} back={codePath(name, 'browse', place)} />
        )}
      </WithWritePlace>
    </CodePage>
  );
}

interface CreationProps {
  readonly name: string;
  readonly folder: string;
  readonly target: WritePlace;
  readonly back: string;
}

function Creation({ name, folder, target, back }: CreationProps) {
  const client = useCodeCommit();
  const [path, setPath] = useState(folder === '' ? '' : `${folder}/`);
  const [text, setText] = useState('');
  return (
    <CommitForm
      state={{ name, branch: target.branch, path, blobId: undefined }}
      parentCommitId={target.head}
      back={back}
      hasWork={text !== ''}
      canCommit={path !== '' && text !== ''}
      commit={async (input) => {
        // The API would write over it.
        const isThere = target.head !== undefined && (await blobAt(client, name, target.head, path)) !== undefined;
        if (isThere) throw new FileExistsError(path);
        const fileContent = new TextEncoder().encode(text);
        await client.send(new PutFileCommand({ ...input, filePath: path, fileContent }));
      }}
    >
      <Container header={<Header variant="h2">{name}</Header>}>
        <SpaceBetween size="m">
          <FormField label="File name" constraintText="With its folders: src/main.ts">
            <Input value={path} autoFocus spellcheck={false} onChange={({ detail }) => setPath(detail.value)} />
          </FormField>
          <TextEditor label="File content" value={text} onChange={setText} />
        </SpaceBetween>
      </Container>
    </CommitForm>
  );
}

export class FileExistsError extends Error {
  override readonly name = 'FileExists';

  constructor(path: string) {
    super(`A file named ${path} is there already.`);
  }
}
