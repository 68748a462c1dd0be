import {
  BatchGetRepositoriesCommand,
  type CodeCommitClient,
  ListRepositoriesCommand,
  type RepositoryMetadata,
} from '@aws-sdk/client-codecommit';
import { allOf } from '../api/pages-of.ts';

/** "Maximum number of repository names in one BatchGetRepositories": API reference. */
const BATCH = 100;
const BATCHES_AT_ONCE = 4;

/** All repositories of the Region that the caller may list, with what BatchGetRepositories tells of each. */
export async function listRepositories(client: CodeCommitClient): Promise<RepositoryMetadata[]> {
  const pairs = await allOf(async (nextToken) => {
    const page = await client.send(new ListRepositoriesCommand({ nextToken }));
    return { items: page.repositories, marker: page.nextToken };
  });
  const names = pairs.map(({ repositoryName = '' }) => repositoryName);
  const described = new Map<string, RepositoryMetadata>();
  const batches = Array.from({ length: Math.ceil(names.length / BATCH) }, (_, index) =>
    names.slice(index * BATCH, (index + 1) * BATCH),
  );
  const workers = Array.from({ length: BATCHES_AT_ONCE }, async () => {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      const { repositories = [] } = await client.send(new BatchGetRepositoriesCommand({ repositoryNames: batch }));
      for (const repository of repositories) described.set(repository.repositoryName ?? '', repository);
    }
  });
  await Promise.all(workers);
  return pairs.map((pair) => described.get(pair.repositoryName ?? '') ?? pair);
}

/** The address of a repository's page below /console. */
export function repositoryPath(name: string, page: string): string {
  return `/codecommit/repositories/${encodeURIComponent(name)}/${page}`;
}

/** The URL that git-remote-codecommit takes. */
export function cloneUrlGrc(region: string, name: string): string {
  return `codecommit::${region}://${name}`;
}
