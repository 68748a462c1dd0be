import type { Tag } from '@aws-sdk/client-iam';
import type { ConditionEntries } from '../../access/authorization.ts';
import type { Tags } from '../../access/principal.ts';
import { invalidInput, limitExceeded } from './errors.ts';

const RESERVED_PREFIX = 'aws:';
const MAX_TAGS = 50;

/**
 * The tags of a request, for storing. The model's limit, 50, is checked by validation.
 *
 * @throws InvalidInput for keys that differ in nothing but case or are reserved
 */
export function tagsOf(tags: readonly Tag[] | undefined): Tags {
  const entries = (tags ?? []).map(({ Key, Value }): [string, string] => [Key ?? '', Value ?? '']);
  const reserved = entries.find(([key]) => key.toLowerCase().startsWith(RESERVED_PREFIX));
  if (reserved !== undefined)
    throw invalidInput(`Tag keys that start with ${RESERVED_PREFIX} are reserved: ${reserved[0]}`);
  if (new Set(entries.map(([key]) => key.toLowerCase())).size < entries.length) {
    throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  }
  return Object.fromEntries(entries);
}

/** Stored tags as responses show them; undefined where there are none, as AWS leaves the member out. */
export function tagList(tagsJson: string): Tag[] | undefined {
  const entries = Object.entries(JSON.parse(tagsJson) as Tags);
  return entries.length === 0 ? undefined : entries.map(([Key, Value]) => ({ Key, Value }));
}

/** aws:RequestTag/K and aws:TagKeys of a request that sets tags. */
export function requestTagContext(tags: readonly Tag[] | undefined): ConditionEntries {
  if (tags === undefined || tags.length === 0) return [];
  return [
    ...tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value ?? ''] as const),
    ['aws:TagKeys', tags.map(({ Key }) => Key ?? '')],
  ];
}

/** iam:ResourceTag/K, which IAM has beside aws:ResourceTag/K. */
export function resourceTagContext(tags: Tags): ConditionEntries {
  return Object.entries(tags).map(([key, value]) => [`iam:ResourceTag/${key}`, value] as const);
}

/**
 * Stored tags with others added. Keys are the same without regard to case; the newer one stands.
 *
 * @throws LimitExceeded above 50
 */
export function withTags(stored: Tags, added: Tags): Tags {
  const tags = { ...withoutTags(stored, Object.keys(added)), ...added };
  if (Object.keys(tags).length > MAX_TAGS) throw limitExceeded('The number of tags has reached the maximum limit.');
  return tags;
}

/** Stored tags without those of the keys, in any case; what is not there is no error. */
export function withoutTags(stored: Tags, keys: readonly string[]): Tags {
  const removed = new Set(keys.map((key) => key.toLowerCase()));
  return Object.fromEntries(Object.entries(stored).filter(([key]) => !removed.has(key.toLowerCase())));
}
