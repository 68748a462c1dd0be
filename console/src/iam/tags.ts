import { filledTags, type Tag } from '../elements/tags-field.tsx';

/** The part of an IAM request that gives tags to what it makes. */
export function iamTags(tags: readonly Tag[]): { Tags?: { Key: string; Value: string }[] } {
  const filled = filledTags(tags);
  return filled.length === 0 ? {} : { Tags: filled.map(({ key, value }) => ({ Key: key, Value: value })) };
}
