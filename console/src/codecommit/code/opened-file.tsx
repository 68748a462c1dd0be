import { GetFileCommand, type GetFileOutput } from '@aws-sdk/client-codecommit';
import { type ReactNode, useState } from 'react';
import { useCodeCommit } from '../../api/codecommit.ts';
import { useRead } from '../../api/queries.ts';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { Loading } from '../../frame/loading.tsx';
import type { CodePlace } from './code-addresses.ts';

interface OpenedFileProps {
  /** Of the repository. */
  readonly name: string;
  readonly place: CodePlace;
  readonly children: (file: GetFileOutput) => ReactNode;
}

/** The file that somebody is about to change. */
export function OpenedFile({ name, place, children }: OpenedFileProps) {
  const { specifier, path } = place;
  const client = useCodeCommit();
  const { data, error } = useRead(['codecommit', 'GetFile', name, specifier, path], () =>
    client.send(new GetFileCommand({ repositoryName: name, commitSpecifier: specifier, filePath: path })),
  );
  if (data !== undefined) {
    return (
      <Pinned key={`${specifier} ${path}`} file={data}>
        {children}
      </Pinned>
    );
  }
  return error === null ? <Loading what={path} /> : <ErrorAlert error={error} />;
}

/** Keeps the file that was read first: a newer one must not pass for what somebody has seen. */
function Pinned({ file, children }: { readonly file: GetFileOutput; readonly children: OpenedFileProps['children'] }) {
  const [opened] = useState(file);
  return children(opened);
}
