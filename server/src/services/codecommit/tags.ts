import {
  InvalidResourceArnException$,
  ListTagsForResource$,
  ListTagsForResourceCommand,
  TagResource$,
  TagResourceCommand,
  TooManyTagsException$,
  UntagResource$,
  UntagResourceCommand,
} from '@aws-sdk/client-codecommit';
import type { ConditionEntries } from '../../access/authorization.ts';
import type { Tags } from '../../access/principal.ts';
import type { Call, Operation } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { parseRepositoryArn } from './arns.ts';
import { arnTarget, existingRepository, type RepositoryTarget, repositoryDoesNotExist } from './repository-targets.ts';
import { type CodecommitServices, operation } from './service.ts';

const TAGS_MAXIMUM = 50;

const tagResource = operation(TagResource$, TagResourceCommand, {
  target: (services, call, { resourceArn, tags }) =>
    resourceTarget(services, call, resourceArn, requestTagContext(tags)),
  handle: async (services, _call, input, target) => {
    await changeTags(services, target, (tags) => ({ ...tags, ...input.tags }));
    return {};
  },
});

const untagResource = operation(UntagResource$, UntagResourceCommand, {
  target: (services, call, { resourceArn, tagKeys }) =>
    resourceTarget(services, call, resourceArn, [['aws:TagKeys', tagKeys]]),
  handle: async (services, _call, { tagKeys }, target) => {
    const removed = new Set(tagKeys);
    await changeTags(services, target, (tags) =>
      Object.fromEntries(Object.entries(tags).filter(([key]) => !removed.has(key))),
    );
    return {};
  },
});

const listTagsForResource = operation(ListTagsForResource$, ListTagsForResourceCommand, {
  target: (services, call, { resourceArn }) => resourceTarget(services, call, resourceArn),
  // All tags fit on one page, so no token is ever given out.
  handle: (_services, _call, _input, target) => ({ tags: JSON.parse(existingRepository(target).tags) as Tags }),
});

export const tagOperations: readonly Operation<CodecommitServices>[] = [
  tagResource,
  untagResource,
  listTagsForResource,
];

/** aws:RequestTag/K and aws:TagKeys of a request that sets tags. */
export function requestTagContext(tags: Tags = {}): ConditionEntries {
  return [
    ...Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value] as const),
    ['aws:TagKeys', Object.keys(tags)],
  ];
}

function resourceTarget(
  services: CodecommitServices,
  call: Call,
  resourceArn: string,
  context?: ConditionEntries,
): Promise<RepositoryTarget> {
  const arn = parseRepositoryArn(resourceArn);
  if (arn === undefined) {
    throw new ServiceError(
      InvalidResourceArnException$,
      'The value for the resource ARN is not valid. It must be the ARN of a repository: arn:aws:codecommit:REGION:ACCOUNT:NAME.',
    );
  }
  return arnTarget(services, call, arn, context);
}

/**
 * Reads, changes and writes the tags in one transaction that holds the repository's row.
 *
 * @throws RepositoryDoesNotExist, TooManyTags
 */
async function changeTags(
  { database }: CodecommitServices,
  target: RepositoryTarget,
  change: (tags: Tags) => Tags,
): Promise<void> {
  const { repository_id: repositoryId } = existingRepository(target);
  await database.transaction().execute(async (transaction) => {
    // An update that changes nothing locks the row on both engines; SQLite has no SELECT … FOR UPDATE.
    const locked = await transaction
      .updateTable('repositories')
      .set((expression) => ({ tags: expression.ref('tags') }))
      .where('repository_id', '=', repositoryId)
      .returning('tags')
      .executeTakeFirst();
    if (locked === undefined) throw repositoryDoesNotExist(target.repositoryName);
    const tags = change(JSON.parse(locked.tags) as Tags);
    if (Object.keys(tags).length > TAGS_MAXIMUM) throw tooManyTags();
    await transaction
      .updateTable('repositories')
      .set({ tags: JSON.stringify(tags) })
      .where('repository_id', '=', repositoryId)
      .execute();
  });
}

function tooManyTags(): ServiceError {
  return new ServiceError(
    TooManyTagsException$,
    `The maximum number of tags for an CodeCommit resource has been exceeded: ${TAGS_MAXIMUM}.`,
  );
}
