import type { Tag } from '@aws-sdk/client-iam';
import type { ConditionEntries } from '../../access/authorization.ts';
import type { Tags } from '../../access/principal.ts';
import { invalidInput, limitExceeded } from './errors.ts';
import { type PageInput, pageOfAll, pageRequest } from './pagination.ts';

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
 * Stored tags with those of a request. Keys are the same without regard to case; the newer one stands.
 *
 * @throws InvalidInput for keys that {@link tagsOf} refuses, LimitExceeded above 50
 */
export function storedWithTags(storedJson: string, added: readonly Tag[]): string {
  const others = tagsOf(added);
  const tags = { ...withoutTags(JSON.parse(storedJson) as Tags, Object.keys(others)), ...others };
  if (Object.keys(tags).length > MAX_TAGS) throw limitExceeded('The number of tags has reached the maximum limit.');
  return JSON.stringify(tags);
}

/** Stored tags without those of the keys, in any case; what is not there is no error. */
export function storedWithoutTags(storedJson: string, keys: readonly string[]): string {
  return JSON.stringify(withoutTags(JSON.parse(storedJson) as Tags, keys));
}

/**
 * What the operations List…Tags answer.
 *
 * @param listing the operation's name
 */
export function pageOfTags(
  listing: string,
  input: PageInput,
  storedJson: string,
): { Tags: Tag[]; IsTruncated: boolean; Marker?: string } {
  const request = pageRequest(listing, input);
  const { items, continuation } = pageOfAll(request, tagList(storedJson) ?? [], ({ Key }) => Key ?? '');
  return { Tags: [...items], ...continuation };
}

function withoutTags(stored: Tags, keys: readonly string[]): Tags {
  const removed = new Set(keys.map((key) => key.toLowerCase()));
  return Object.fromEntries(Object.entries(stored).filter(([key]) => !removed.has(key.toLowerCase())));
}
