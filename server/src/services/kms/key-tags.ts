import {
  ListResourceTags$,
  ListResourceTagsCommand,
  type Tag,
  TagException$,
  TagResource$,
  TagResourceCommand,
  UntagResource$,
  UntagResourceCommand,
} from '@aws-sdk/client-kms';
import type { ConditionEntries } from '../../access/authorization.ts';
import type { Tags } from '../../access/principal.ts';
import { ServiceError } from '../service-error.ts';
import { pendingDeletion } from './errors.ts';
import { existingKey, keyTarget, withLockedKey } from './key-targets.ts';
import { page, positionOf } from './pagination.ts';
import { operation } from './service.ts';

const MAX_TAGS = 50;
/** KMS API Reference, ListResourceTags: 50 unless the request says otherwise, never more. */
const TAGS_PER_PAGE = 50;

export const tagResource = operation(TagResource$, TagResourceCommand, {
  target: (services, call, { KeyId, Tags }) => keyTarget(services, call, KeyId, { context: requestTagContext(Tags) }),
  handle: async (services, _call, input, target) => {
    const added = tagsOf(input.Tags);
    await changeTags(services, target, (tags) => ({ ...tags, ...added }));
    return {};
  },
});

export const untagResource = operation(UntagResource$, UntagResourceCommand, {
  target: (services, call, { KeyId, TagKeys }) =>
    keyTarget(services, call, KeyId, { context: [['aws:TagKeys', TagKeys]] }),
  handle: async (services, _call, { TagKeys }, target) => {
    const removed = new Set(TagKeys);
    await changeTags(services, target, (tags) =>
      Object.fromEntries(Object.entries(tags).filter(([key]) => !removed.has(key))),
    );
    return {};
  },
});

export const listResourceTags = operation(ListResourceTags$, ListResourceTagsCommand, {
  target: (services, call, { KeyId }) => keyTarget(services, call, KeyId),
  handle: (_services, _call, { Limit = TAGS_PER_PAGE, Marker }, target) => {
    const { tags } = existingKey(target);
    const after = positionOf('ListResourceTags', Marker);
    const entries = Object.entries(JSON.parse(tags) as Tags)
      .map(([TagKey, TagValue]) => ({ TagKey, TagValue }))
      .sort((a, b) => (a.TagKey < b.TagKey ? -1 : 1))
      .filter(({ TagKey }) => after === undefined || TagKey > after);
    const size = Math.min(Limit, TAGS_PER_PAGE);
    const { items, continuation } = page('ListResourceTags', entries, size, ({ TagKey }) => TagKey);
    return { Tags: [...items], ...continuation };
  },
});

/**
 * The tags of a request, for storing. Keys differ by case, too.
 *
 * @throws TagException for keys that are reserved or come twice, and for too many
 */
export function tagsOf(tags: readonly Tag[] | undefined): Tags {
  const entries = (tags ?? []).map(({ TagKey, TagValue }): [string, string] => [TagKey ?? '', TagValue ?? '']);
  if (entries.some(([key]) => key.toLowerCase().startsWith('aws:'))) {
    throw tagException('Tags beginning with aws: are reserved');
  }
  if (new Set(entries.map(([key]) => key)).size < entries.length) throw tagException('Duplicate tag keys');
  if (entries.length > MAX_TAGS) throw tagException('Too many tags');
  return Object.fromEntries(entries);
}

/** aws:RequestTag/K and aws:TagKeys of a request that sets tags. */
export function requestTagContext(tags: readonly Tag[] | undefined): ConditionEntries {
  if (tags === undefined || tags.length === 0) return [];
  return [
    ...tags.map(({ TagKey, TagValue }) => [`aws:RequestTag/${TagKey}`, TagValue ?? ''] as const),
    ['aws:TagKeys', tags.map(({ TagKey }) => TagKey ?? '')],
  ];
}

async function changeTags(
  services: Parameters<typeof withLockedKey>[0],
  target: Parameters<typeof withLockedKey>[1],
  change: (tags: Tags) => Tags,
): Promise<void> {
  await withLockedKey(services, target, async (transaction, key) => {
    if (key.state === 'PendingDeletion') throw pendingDeletion(target.arn);
    const tags = change(JSON.parse(key.tags) as Tags);
    if (Object.keys(tags).length > MAX_TAGS) throw tagException('Too many tags');
    await transaction
      .updateTable('kms_keys')
      .set({ tags: JSON.stringify(tags) })
      .where('key_id', '=', key.key_id)
      .execute();
  });
}

function tagException(message: string): ServiceError {
  return new ServiceError(TagException$, message);
}
