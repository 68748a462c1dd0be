import { type ReactNode, useState } from 'react';
import { useCodeCommit } from '../../api/codecommit.ts';
import { useRead } from '../../api/queries.ts';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { Loading } from '../../frame/loading.tsx';
import { branchHead } from './branch-head.ts';
import { branchOf } from './code-addresses.ts';
import { useRepository } from './code-reads.ts';

/** Where a new file goes: a branch, and the commit that it stood at when this began. */
export interface WritePlace {
  readonly branch: string;
  /** Absent: the repository is empty. */
  readonly head: string | undefined;
}

interface WithWritePlaceProps {
  readonly name: string;
  /** Of the address; empty for the default branch, or the first commit of all. */
  readonly specifier: string;
  readonly children: (place: WritePlace) => ReactNode;
}

/** The branch that the first commit makes, as in AWS's console. */
const FIRST_BRANCH = 'main';

export function WithWritePlace({ name, specifier, children }: WithWritePlaceProps) {
  const client = useCodeCommit();
  const repository = useRepository(name);
  const standard = repository.data?.repositoryMetadata?.defaultBranch;
  const branch = branchOf(specifier) ?? (specifier === '' ? standard : undefined);
  const head = useRead(['codecommit', 'GetBranch', name, branch], () => branchHead(client, name, branch ?? ''), {
    enabled: branch !== undefined,
  });
  const error = specifier === '' ? (repository.error ?? head.error) : head.error;
  if (error !== null) return <ErrorAlert error={error} />;
  if (branch !== undefined && head.data !== undefined) {
    return <Pinned place={{ branch, head: head.data }}>{children}</Pinned>;
  }
  if (specifier !== '' && branch === undefined) return <ErrorAlert error={NO_BRANCH} />;
  if (repository.data !== undefined && branch === undefined) {
    return <Pinned place={{ branch: FIRST_BRANCH, head: undefined }}>{children}</Pinned>;
  }
  return <Loading what="branch" />;
}

const NO_BRANCH = Object.assign(new Error('Files are committed to branches: choose one on the page Code.'), {
  name: 'NoBranch',
});

/** Keeps the commit that was read first: a newer one must not pass for what somebody has seen. */
function Pinned({
  place,
  children,
}: {
  readonly place: WritePlace;
  readonly children: WithWritePlaceProps['children'];
}) {
  const [pinned] = useState(place);
  return children(pinned);
}
