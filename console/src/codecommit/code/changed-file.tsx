import 'react-diff-view/style/index.css';
import { type DiffHunk, GetBlobDifferencesCommand } from '@aws-sdk/client-codecommit';
import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import { memo, useEffect, useMemo, useRef, useState } from 'react';
import { Diff, Hunk } from 'react-diff-view';
import { useCodeCommit } from '../../api/codecommit.ts';
import { useRead } from '../../api/queries.ts';
import { LinkButton } from '../../elements/app-link.tsx';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { UserText } from '../../elements/user-text.tsx';
import { LoadingLine } from '../../frame/loading.tsx';
import { codePath } from './code-addresses.ts';
import { deletedHunks, diffHunks, firstLines, lineCount } from './diff-hunks.ts';
import { useDiffTokens } from './diff-tokens.ts';
import type { DiffView } from './diff-view.ts';
import { type FileChange, isSubmodule, modeChange, pathOf } from './file-changes.ts';
import { formatSize } from './file-content.ts';
import { languageOf } from './languages.ts';

interface ChangedFileProps {
  readonly name: string;
  /** The commit, or what names it, that the file is shown at. */
  readonly after: string;
  readonly change: FileChange;
  readonly view: DiffView;
  readonly hidesSpace: boolean;
}

/** How far below the screen a file's lines are asked for, in pixels. */
const NEAR = '600px 0px';
/** Changes of more lines are shown when asked for, and as many at a time. */
const LINES_AT_ONCE = 1_000;
const BADGES = {
  added: { text: 'Added', color: 'green' },
  deleted: { text: 'Deleted', color: 'red' },
  modified: { text: 'Modified', color: 'blue' },
  renamed: { text: 'Renamed', color: 'grey' },
} as const;
const TYPES = { added: 'add', deleted: 'delete', modified: 'modify', renamed: 'rename' } as const;

export const ChangedFile = memo(function ChangedFile({ name, after, change, view, hidesSpace }: ChangedFileProps) {
  const element = useRef<HTMLElement>(null);
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    if (element.current === null) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        setNear(true);
        observer.disconnect();
      },
      { rootMargin: NEAR },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  const path = pathOf(change);
  const mode = modeChange(change);
  return (
    <section ref={element} className="changed-file" aria-label={path}>
      <div className="changed-file-head">
        <Badge color={BADGES[change.kind].color}>{BADGES[change.kind].text}</Badge>
        <span className="wrapping">
          {change.kind === 'renamed' && (
            <>
              <UserText>{change.before?.path ?? ''}</UserText> →{' '}
            </>
          )}
          <b>
            <UserText>{path}</UserText>
          </b>
          {mode !== undefined && ` (${mode})`}
        </span>
        {change.kind !== 'deleted' && !isSubmodule(change) && (
          <LinkButton
            to={codePath(name, 'browse', { specifier: after, path })}
            ariaLabel={`Browse file contents of ${path}`}
          >
            Browse file contents
          </LinkButton>
        )}
      </div>
      <div className="changed-file-content">
        {isNear && <Content name={name} change={change} view={view} hidesSpace={hidesSpace} />}
      </div>
    </section>
  );
});

type ContentProps = Omit<ChangedFileProps, 'after'>;

function Content(properties: ContentProps) {
  const { change } = properties;
  if (isSubmodule(change)) {
    return (
      <Note>
        A submodule: {change.before?.blobId ?? 'nothing'} → {change.after?.blobId ?? 'nothing'}
      </Note>
    );
  }
  if (change.before?.blobId === change.after?.blobId) return <Note>The content is the same.</Note>;
  return <Lines {...properties} />;
}

function Lines({ name, change, view, hidesSpace }: ContentProps) {
  const { data, error } = useBlobDifferences(name, change, hidesSpace);
  const [shown, setShown] = useState(0);
  const hunks = useMemo(() => diffHunks(data?.hunks ?? []), [data]);
  const count = lineCount(hunks);
  const limit = count <= LINES_AT_ONCE ? count : shown;
  const visible = useMemo(() => firstLines(hunks, limit), [hunks, limit]);
  const tokens = useDiffTokens(visible, languageOf(pathOf(change)));
  if (error !== null) {
    return (
      <Box padding="s">
        <ErrorAlert error={error} />
      </Box>
    );
  }
  if (data === undefined) {
    return (
      <Note>
        <LoadingLine what="changes" />
      </Note>
    );
  }
  if (data.isBinary) {
    return (
      <Note>
        A binary file: {formatSize(data.beforeBlobSize)} → {formatSize(data.afterBlobSize)}
      </Note>
    );
  }
  if (count === 0) return <Note>{hidesSpace ? 'Only white space differs.' : 'No lines differ.'}</Note>;
  return (
    <>
      {visible.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
        <section className="diff-lines" aria-label={`Changes of ${pathOf(change)}`} tabIndex={0}>
          <Diff viewType={view} diffType={TYPES[change.kind]} hunks={[...visible]} tokens={tokens ?? null}>
            {(each) => each.map((hunk) => <Hunk key={`${hunk.content} ${hunk.changes.length}`} hunk={hunk} />)}
          </Diff>
        </section>
      )}
      {limit < count && (
        <Box padding="s">
          <Button onClick={() => setShown(shown + LINES_AT_ONCE)}>
            {limit === 0
              ? `Large change of ${count.toLocaleString('en')} lines: show it`
              : `Show more: ${(count - limit).toLocaleString('en')} lines are left`}
          </Button>
        </Box>
      )}
    </>
  );
}

function Note({ children }: { readonly children: React.ReactNode }) {
  return (
    <Box padding="s" color="text-body-secondary">
      <span className="wrapping">{children}</span>
    </Box>
  );
}

interface BlobDifferences {
  readonly hunks: readonly DiffHunk[];
  readonly isBinary: boolean;
  readonly beforeBlobSize: number;
  readonly afterBlobSize: number;
}

function useBlobDifferences(name: string, change: FileChange, ignoreWhitespace: boolean) {
  const client = useCodeCommit();
  const isDeleted = change.after === undefined;
  const beforeBlobId = isDeleted ? undefined : change.before?.blobId;
  const afterBlobId = isDeleted ? change.before?.blobId : change.after?.blobId;
  return useRead(
    ['codecommit', 'GetBlobDifferences', name, beforeBlobId, afterBlobId, isDeleted, ignoreWhitespace],
    async (): Promise<BlobDifferences> => {
      const hunks: DiffHunk[] = [];
      let NextToken: string | undefined;
      let sizes = { isBinary: false, beforeBlobSize: 0, afterBlobSize: 0 };
      do {
        const page = await client.send(
          new GetBlobDifferencesCommand({
            repositoryName: name,
            beforeBlobId,
            afterBlobId,
            ignoreWhitespace,
            MaxResults: 1_000,
            NextToken,
          }),
        );
        hunks.push(...(page.hunks ?? []));
        const { isBinary = false, beforeBlobSize = 0, afterBlobSize = 0 } = page;
        sizes = { isBinary, beforeBlobSize, afterBlobSize };
        ({ NextToken } = page);
      } while (NextToken !== undefined);
      if (!isDeleted) return { ...sizes, hunks };
      const { isBinary, afterBlobSize } = sizes;
      return { isBinary, beforeBlobSize: afterBlobSize, afterBlobSize: 0, hunks: deletedHunks(hunks) };
    },
  );
}
