import { BatchGetCommitsCommand, type CodeCommitClient, type Commit } from '@aws-sdk/client-codecommit';
import { useCodeCommit } from '../../api/codecommit.ts';
import { getReferences, type Reference } from '../../api/codecommit-extensions.ts';
import { allOf } from '../../api/pages-of.ts';
import { useRead } from '../../api/queries.ts';

/** "Maximum number of commit IDs in one BatchGetCommits": API reference. */
const BATCH = 100;
const MOST_DESCRIBED = 1_000;

/** All branches, or all tags. */
export function useAllReferences(name: string, referenceType: 'BRANCH' | 'TAG') {
  const client = useCodeCommit();
  return useRead(['codecommit', 'GetReferences', name, referenceType, 'all'], () =>
    allOf<Reference>(async (nextToken) => {
      const page = await getReferences(client, { repositoryName: name, referenceType, nextToken });
      return { items: page.references, marker: page.nextToken };
    }),
  );
}

/** The commits that the first thousand references stand for, by ID. */
export function useCommitsOf(name: string, references: readonly Reference[] | undefined) {
  const client = useCodeCommit();
  const ids = [...new Set(references?.slice(0, MOST_DESCRIBED).flatMap(({ commitId }) => commitId ?? []))];
  return useRead(['codecommit', 'BatchGetCommits', name, ids], () => commitsById(client, name, ids), {
    enabled: ids.length > 0,
  });
}

async function commitsById(
  client: CodeCommitClient,
  repositoryName: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Commit>> {
  const found = new Map<string, Commit>();
  for (let start = 0; start < ids.length; start += BATCH) {
    const commitIds = ids.slice(start, start + BATCH);
    const { commits = [] } = await client.send(new BatchGetCommitsCommand({ repositoryName, commitIds }));
    for (const commit of commits) found.set(commit.commitId ?? '', commit);
  }
  return found;
}
