import type { GetFileOutput } from '@aws-sdk/client-codecommit';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import { AppLink, LinkButton } from '../../elements/app-link.tsx';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { formatTime } from '../../elements/times.ts';
import { UserText } from '../../elements/user-text.tsx';
import { hasDirectionMarks } from '../../elements/visible-text.ts';
import { Loading } from '../../frame/loading.tsx';
import { branchOf, codePath, commitPath, fileNameOf, folderOf } from './code-addresses.ts';
import { CodeLines } from './code-lines.tsx';
import { useLastCommit } from './code-reads.ts';
import { subjectOf, timeOf } from './commit-texts.ts';
import { dataUrl, fileContent, formatSize, imageType, isMarkdown, linesOf, type TextContent } from './file-content.ts';
import { GoToLine } from './go-to-line.tsx';
import { languageOf } from './languages.ts';
import { useMarkedLines } from './marked-lines.ts';

const Markdown = lazy(() => import('./markdown.tsx'));

interface FileViewProps {
  readonly name: string;
  readonly specifier: string;
  readonly path: string;
  readonly file: GetFileOutput;
}

/** More lines than anybody reads: those after them are in the raw file. */
const MOST_LINES = 100_000;

export function FileView({ name, specifier, path, file }: FileViewProps) {
  const bytes = file.fileContent ?? NOTHING;
  const content = useMemo(() => fileContent(bytes), [bytes]);
  const image = imageType(path);
  const [isSource, setSource] = useState(false);
  const canRender = content.kind === 'text' && (isMarkdown(path) || image !== undefined);
  return (
    <SpaceBetween size="m">
      <LastCommit name={name} commitId={file.commitId ?? ''} path={path} />
      <Container
        header={
          <Header
            variant="h2"
            description={descriptionOf(file, content.kind === 'text' ? content : undefined)}
            actions={<FileActions name={name} specifier={specifier} path={path} bytes={bytes} content={content} />}
          >
            <UserText>{fileNameOf(path)}</UserText>
          </Header>
        }
      >
        <SpaceBetween size="s">
          {canRender && (
            <SegmentedControl
              label="How to show the file"
              selectedId={isSource ? 'source' : 'rendered'}
              options={[
                { id: 'rendered', text: image === undefined ? 'Rendered Markdown' : 'Image' },
                { id: 'source', text: image === undefined ? 'Markdown Source' : 'Source' },
              ]}
              onChange={({ detail }) => setSource(detail.selectedId === 'source')}
            />
          )}
          {image !== undefined && !(canRender && isSource) ? (
            <img className="shown-image" src={dataUrl(bytes, image)} alt={path} />
          ) : content.kind === 'binary' ? (
            <Box>This file is binary: download it to open it.</Box>
          ) : canRender && !isSource ? (
            <Suspense fallback={<Loading what={fileNameOf(path)} />}>
              <Markdown
                text={content.text}
                name={name}
                specifier={specifier}
                commitId={file.commitId ?? ''}
                folder={folderOf(path)}
              />
            </Suspense>
          ) : (
            <Source path={path} content={content} />
          )}
        </SpaceBetween>
      </Container>
    </SpaceBetween>
  );
}

const NOTHING = new Uint8Array();

function Source({ path, content }: { readonly path: string; readonly content: TextContent }) {
  const lines = useMemo(() => linesOf(content.text), [content.text]);
  const { marked, marking, visit } = useMarkedLines();
  const shown = useMemo(() => lines.slice(0, MOST_LINES), [lines]);
  if (lines.length === 0) return <Box>The file is empty.</Box>;
  return (
    <SpaceBetween size="s">
      {hasDirectionMarks(content.text) && (
        <Alert type="warning" header="This file has characters that change the direction of writing">
          It may be read by a compiler in another way than it would look. Here each of them is shown by its name, as in{' '}
          <span className="hidden-character">U+202E</span>, and does nothing.
        </Alert>
      )}
      {!content.isUtf8 && <Alert type="info">The file is not UTF-8: it is shown as Windows-1252.</Alert>}
      <GoToLine count={shown.length} onGo={(line) => marking.mark(line, false)} />
      <CodeLines
        name={path}
        lines={shown}
        language={languageOf(path)}
        marked={marked}
        visit={visit}
        marking={marking}
      />
      {lines.length > MOST_LINES && (
        <Alert type="info">
          Only the first {MOST_LINES.toLocaleString('en')} of {lines.length.toLocaleString('en')} lines are shown: see
          the raw file for the others.
        </Alert>
      )}
    </SpaceBetween>
  );
}

interface FileActionsProps {
  readonly name: string;
  readonly specifier: string;
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly content: ReturnType<typeof fileContent>;
}

function FileActions({ name, specifier, path, bytes, content }: FileActionsProps) {
  const place = { specifier, path };
  const isBranch = branchOf(specifier) !== undefined;
  const onlyBranches = isBranch ? {} : { disabled: true, disabledReason: 'Commits go to branches: choose one.' };
  return (
    <div className="actions">
      <LinkButton to={codePath(name, 'commits', place)}>History</LinkButton>
      <RawButton bytes={bytes} isText={content.kind === 'text'} />
      <DownloadButton bytes={bytes} fileName={fileNameOf(path)} />
      {content.kind === 'text' && (
        <LinkButton to={codePath(name, 'edit', place)} {...onlyBranches}>
          Edit
        </LinkButton>
      )}
      <LinkButton to={codePath(name, 'delete', place)} {...onlyBranches}>
        Delete
      </LinkButton>
    </div>
  );
}

/** As text only: what else a browser shows might run. */
function RawButton({ bytes, isText }: { readonly bytes: Uint8Array; readonly isText: boolean }) {
  const url = useObjectUrl(bytes, 'text/plain;charset=utf-8');
  if (!isText) return null;
  return (
    <Button href={url} target="_blank" iconAlign="right" iconName="external">
      Raw
    </Button>
  );
}

function DownloadButton({ bytes, fileName }: { readonly bytes: Uint8Array; readonly fileName: string }) {
  const url = useObjectUrl(bytes, 'application/octet-stream');
  return (
    <Button href={url} download={fileName}>
      Download
    </Button>
  );
}

function useObjectUrl(bytes: Uint8Array, type: string): string {
  const [url, setUrl] = useState('');
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes, type]);
  return url;
}

interface LastCommitProps {
  readonly name: string;
  readonly commitId: string;
  readonly path: string;
}

/** Holds its place while it is looked for. */
function LastCommit({ name, commitId, path }: LastCommitProps) {
  const { data, error } = useLastCommit(name, commitId, path);
  if (error !== null) return <ErrorAlert error={error} />;
  return (
    <div className="last-commit">
      {data ? (
        <>
          <span className="clipped">
            <AppLink to={commitPath(name, data.commitId ?? '')}>
              <UserText>{subjectOf(data.message)}</UserText>
            </AppLink>
          </span>
          <span className="one-line">
            <UserText>{data.author?.name ?? ''}</UserText>, {formatTime(timeOf(data.committer))}
          </span>
        </>
      ) : (
        '\u00a0'
      )}
    </div>
  );
}

function descriptionOf({ fileMode, fileSize = 0 }: GetFileOutput, text: TextContent | undefined): string {
  const parts = [formatSize(fileSize)];
  if (text !== undefined) {
    const lines = linesOf(text.text).length;
    parts.unshift(lines === 1 ? '1 line' : `${lines.toLocaleString('en')} lines`);
    if (text.lineEnds !== 'LF') parts.push(text.lineEnds === 'CRLF' ? 'line ends CRLF' : 'line ends mixed');
  }
  if (fileMode === 'EXECUTABLE') parts.push('executable');
  if (fileMode === 'SYMLINK') parts.push('symbolic link');
  return parts.join(', ');
}
