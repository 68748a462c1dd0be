import type { Tag } from '../elements/tags-field.tsx';

/** The part of an IAM request that gives tags to what it makes. */
export function iamTags(tags: readonly Tag[]): { Tags?: { Key: string; Value: string }[] } {
  return tags.length === 0 ? {} : { Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })) };
}
