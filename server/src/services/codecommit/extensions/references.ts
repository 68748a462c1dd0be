import { z } from 'zod';
import { BRANCH_PREFIX, compareReferenceNames, TAG_PREFIX } from '../../../repositories/reference-names.ts';
import type { RepositoryObjects } from '../../../repositories/repositories.ts';
import { continuationToken, digestOf, pageSize, positionOf } from '../pagination.ts';
import { readRepository } from '../repository-reading.ts';
import { accessedTarget, existingRepository } from '../repository-targets.ts';
import { operation } from '../service.ts';
import { GetReferences$, GetReferencesCommand, type Reference } from './schemas.ts';

const REFERENCES_PER_PAGE = 1000;

const referencePosition = z.tuple([z.string()]);

/** The branches and tags of a repository by name, branches first, each with the commit that it stands for. */
export const getReferences = operation(GetReferences$, GetReferencesCommand, {
  target: (services, call, { repositoryName }) => accessedTarget(services, call, repositoryName),
  handle: (services, call, { referenceType, nameContains = '', maxResults, nextToken }, target) => {
    const { repository_id: repositoryId } = existingRepository(target);
    const prefixes = prefixesOf(referenceType);
    const size = pageSize(maxResults, { standard: REFERENCES_PER_PAGE, most: REFERENCES_PER_PAGE });
    const listing = ['GetReferences', repositoryId, digestOf(referenceType, nameContains)];
    const [after = ''] = positionOf(listing, referencePosition, nextToken) ?? [];
    return readRepository(services, call, target, async ({ objects }) => {
      const { references, defaultBranch } = objects.references;
      const names = references
        .map(({ name }) => name)
        .filter((name) => {
          const prefix = prefixes.find((each) => name.startsWith(each));
          return prefix !== undefined && name.slice(prefix.length).includes(nameContains);
        })
        .filter((name) => compareReferenceNames(name, after) > 0);
      const page = names.slice(0, size);
      const last = page.at(-1);
      return {
        references: await Promise.all(page.map((name) => described(objects, name))),
        ...(defaultBranch !== null && { defaultBranch }),
        ...(names.length > page.length && last !== undefined && { nextToken: continuationToken(listing, [last]) }),
      };
    });
  },
});

async function described(objects: RepositoryObjects, referenceName: string): Promise<Reference> {
  const reference = objects.references.get(referenceName);
  const commitId = reference?.peeledId ?? reference?.objectId ?? '';
  if (referenceName.startsWith(BRANCH_PREFIX)) return { referenceName, referenceType: 'BRANCH', commitId };
  const isCommit = (await objects.commit(commitId)) !== undefined;
  return { referenceName, referenceType: 'TAG', ...(isCommit && { commitId }) };
}

function prefixesOf(referenceType: string | undefined): readonly string[] {
  if (referenceType === undefined) return [BRANCH_PREFIX, TAG_PREFIX];
  return [referenceType === 'TAG' ? TAG_PREFIX : BRANCH_PREFIX];
}
