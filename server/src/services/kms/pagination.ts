import { InvalidMarkerException$ } from '@aws-sdk/client-kms';
import { z } from 'zod';
import { ServiceError } from '../service-error.ts';

interface Page<Item> {
  readonly items: readonly Item[];
  readonly continuation: { readonly Truncated: boolean; readonly NextMarker?: string };
}

/** No key holds U+0000, and PostgreSQL refuses text with it. */
const POSITION = z.tuple([z.string(), z.string().refine((key) => !key.includes('\0'))]);

/** Cuts a page of at most `size` from items in the order of their keys; one item more tells that another page follows. */
export function page<Item>(
  listing: string,
  items: readonly Item[],
  size: number,
  keyOf: (item: Item) => string,
): Page<Item> {
  const shown = items.slice(0, size);
  const last = shown.at(-1);
  if (items.length <= size || last === undefined) return { items: shown, continuation: { Truncated: false } };
  return { items: shown, continuation: { Truncated: true, NextMarker: markerOf(listing, keyOf(last)) } };
}

/**
 * The key after which the page of a marker begins.
 *
 * @throws InvalidMarkerException for a marker that this listing did not give
 */
export function positionOf(listing: string, marker: string | undefined): string | undefined {
  if (marker === undefined) return undefined;
  const position = POSITION.safeParse(decoded(marker));
  if (!position.success || markerOf(listing, position.data[1]) !== marker) {
    throw new ServiceError(InvalidMarkerException$, 'The specified marker is not valid.');
  }
  return position.data[1];
}

function markerOf(listing: string, key: string): string {
  return Buffer.from(JSON.stringify([listing, key])).toString('base64url');
}

function decoded(marker: string): unknown {
  try {
    return JSON.parse(Buffer.from(marker, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
