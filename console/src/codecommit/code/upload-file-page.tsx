import { PutFileCommand } from '@aws-sdk/client-codecommit';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import FileUpload from '@cloudscape-design/components/file-upload';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useLocation, useParams } from 'react-router';
import { useCodeCommit } from '../../api/codecommit.ts';
import { useRead } from '../../api/queries.ts';
import { blobAt } from './branch-head.ts';
import { codePath, codePlaceOf } from './code-addresses.ts';
import { CodePage } from './code-page.tsx';
import { CommitForm } from './commit-form.tsx';
import { API_FILE_BYTES, formatSize } from './file-content.ts';
import { WithWritePlace, type WritePlace } from './write-place.tsx';

/** A file from this computer. */
export function Component() {
  const { name = '' } = useParams();
  const place = codePlaceOf(useLocation().pathname);
  return (
    <CodePage name={name} title="Upload file" heading="Upload a file">
      <WithWritePlace name={name} specifier={place.specifier}>
        {(target) => <Upload name={name} folder={place.path} target={target} back={codePath(name, 'browse', place)} />}
      </WithWritePlace>
    </CodePage>
  );
}

interface UploadProps {
  readonly name: string;
  readonly folder: string;
  readonly target: WritePlace;
  readonly back: string;
}

function Upload({ name, folder, target, back }: UploadProps) {
  const client = useCodeCommit();
  const [files, setFiles] = useState<File[]>([]);
  const [path, setPath] = useState('');
  const [mayReplace, setMayReplace] = useState(false);
  const [file] = files;
  const present = useRead(
    ['codecommit', 'GetFile', name, target.head, path, 'blobId'],
    async () => (await blobAt(client, name, target.head ?? '', path)) ?? null,
    { enabled: target.head !== undefined && path !== '' },
  );
  const isThere = typeof present.data === 'string';
  const isTooLarge = file !== undefined && file.size > API_FILE_BYTES;
  return (
    <CommitForm
      state={{ name, branch: target.branch, path, blobId: present.data ?? undefined }}
      parentCommitId={target.head}
      back={back}
      hasWork={false}
      canCommit={file !== undefined && path !== '' && !isTooLarge && (!isThere || mayReplace) && !present.isLoading}
      commit={async (input) => {
        const bytes = new Uint8Array((await file?.arrayBuffer()) ?? new ArrayBuffer());
        await client.send(new PutFileCommand({ ...input, filePath: path, fileContent: bytes }));
      }}
    >
      <Container header={<Header variant="h2">{name}</Header>}>
        <SpaceBetween size="m">
          <FormField
            label="File"
            constraintText={`At most ${formatSize(API_FILE_BYTES)}: push larger ones with Git`}
            errorText={isTooLarge && `The file has ${formatSize(file.size)}, which the API does not take.`}
          >
            <FileUpload
              value={files}
              showFileSize
              i18nStrings={{
                uploadButtonText: () => 'Choose file',
                dropzoneText: () => 'Drop a file here',
                removeFileAriaLabel: () => 'Remove file',
              }}
              onChange={({ detail }) => {
                const chosen = detail.value.slice(-1);
                setFiles(chosen);
                setPath(pathOf(folder, chosen[0]?.name ?? ''));
                setMayReplace(false);
              }}
            />
          </FormField>
          <FormField label="File name" constraintText="With its folders">
            <Input value={path} spellcheck={false} onChange={({ detail }) => setPath(detail.value)} />
          </FormField>
          {isThere && (
            <Checkbox checked={mayReplace} onChange={({ detail }) => setMayReplace(detail.checked)}>
              Replace the file of this name that is there
            </Checkbox>
          )}
        </SpaceBetween>
      </Container>
    </CommitForm>
  );
}

function pathOf(folder: string, fileName: string): string {
  return folder === '' || fileName === '' ? fileName : `${folder}/${fileName}`;
}
