import { GetFileCommand, type GetFolderOutput } from '@aws-sdk/client-codecommit';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { lazy, Suspense } from 'react';
import { useCodeCommit } from '../../api/codecommit.ts';
import { useRead } from '../../api/queries.ts';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { Loading } from '../../frame/loading.tsx';
import { fileContent, isMarkdown } from './file-content.ts';

const Markdown = lazy(() => import('./markdown.tsx'));

interface ReadmeProps {
  readonly name: string;
  readonly specifier: string;
  readonly folder: GetFolderOutput;
}

/** What the folder says of itself, below its files. */
export function Readme({ name, specifier, folder }: ReadmeProps) {
  const file = folder.files?.find(({ relativePath = '' }) => /^readme(\.(md|markdown|mkd|txt))?$/i.test(relativePath));
  const client = useCodeCommit();
  const path = file?.absolutePath ?? '';
  const { data, error } = useRead(
    ['codecommit', 'GetFile', name, folder.commitId, path],
    () => client.send(new GetFileCommand({ repositoryName: name, commitSpecifier: folder.commitId, filePath: path })),
    { enabled: file !== undefined },
  );
  if (file === undefined) return null;
  const content = data === undefined ? undefined : fileContent(data.fileContent ?? new Uint8Array());
  return (
    <Container header={<Header variant="h2">{file.relativePath}</Header>}>
      <ErrorAlert error={error} />
      {content === undefined && error === null && <Loading what={file.relativePath ?? ''} />}
      {content?.kind === 'binary' && 'A binary file.'}
      {content?.kind === 'text' && !isMarkdown(path) && <pre className="wrapping plain-text">{content.text}</pre>}
      {content?.kind === 'text' && isMarkdown(path) && (
        <Suspense fallback={<Loading what={file.relativePath ?? ''} />}>
          <Markdown
            text={content.text}
            name={name}
            specifier={specifier}
            commitId={folder.commitId ?? ''}
            folder={folder.folderPath ?? ''}
          />
        </Suspense>
      )}
    </Container>
  );
}
