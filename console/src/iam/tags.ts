import type { Tag } from '../elements/tags-field.tsx';

interface IamTag {
  readonly Key: string | undefined;
  readonly Value: string | undefined;
}

/** The part of an IAM request that gives tags to what it makes. */
export function iamTags(tags: readonly Tag[]): { Tags?: { Key: string; Value: string }[] } {
  return tags.length === 0 ? {} : { Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })) };
}

export function shownTags(tags: readonly IamTag[] = []): Tag[] {
  return tags.map(({ Key = '', Value = '' }) => ({ key: Key, value: Value }));
}
