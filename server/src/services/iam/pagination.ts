import { validationError } from './errors.ts';

const DEFAULT_MAX_ITEMS = 100;

/** What every paged operation takes. */
export interface PageInput {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

/** Which part of a list is asked for. */
export interface PageRequest {
  readonly listing: string;
  readonly size: number;
  /** The key of the last item of the page before; undefined for the first page. */
  readonly after: string | undefined;
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly continuation: { readonly IsTruncated: boolean; readonly Marker?: string };
}

/**
 * Reads Marker and MaxItems.
 *
 * @param listing what is listed; a marker of another listing is refused
 * @throws ValidationError for a marker that this listing did not give
 */
export function pageRequest(listing: string, input: PageInput): PageRequest {
  const after = input.Marker === undefined ? undefined : keyOfMarker(listing, input.Marker);
  return { listing, size: input.MaxItems ?? DEFAULT_MAX_ITEMS, after };
}

/** Cuts a page from items in the order of their keys: those after `request.after`, one more than its size if there are so many. */
export function page<Item>(request: PageRequest, items: readonly Item[], keyOf: (item: Item) => string): Page<Item> {
  const shown = items.slice(0, request.size);
  const last = shown.at(-1);
  if (items.length <= request.size || last === undefined) return { items: shown, continuation: { IsTruncated: false } };
  return { items: shown, continuation: { IsTruncated: true, Marker: marker(request.listing, keyOf(last)) } };
}

/** Cuts a page from a whole list in memory. */
export function pageOfAll<Item>(
  request: PageRequest,
  items: readonly Item[],
  keyOf: (item: Item) => string,
): Page<Item> {
  const { after } = request;
  const sorted = items
    .map((item) => ({ item, key: keyOf(item) }))
    .filter(({ key }) => after === undefined || key > after)
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ item }) => item);
  return page(request, sorted, keyOf);
}

function marker(listing: string, key: string): string {
  return Buffer.from(JSON.stringify([listing, key])).toString('base64url');
}

function keyOfMarker(listing: string, text: string): string {
  const [markedListing, key, ...rest] = decoded(text);
  if (markedListing !== listing || typeof key !== 'string' || rest.length > 0 || marker(listing, key) !== text) {
    throw validationError('Invalid Marker.');
  }
  // No key has one, and PostgreSQL refuses text with it.
  if (key.includes('\0')) throw validationError('Invalid Marker.');
  return key;
}

function decoded(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
