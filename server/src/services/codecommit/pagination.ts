import { createHash } from 'node:crypto';
import { InvalidContinuationTokenException$, InvalidMaxResultsException$ } from '@aws-sdk/client-codecommit';
import type { ZodType } from 'zod';
import { ServiceError } from '../service-error.ts';

/** Longer than any token of ours: a position holds at most a path. */
const TOKEN_MAXIMUM = 32_768;

/**
 * Where the next page begins, for the client to hand back: it is after the last item of this one, whatever is added or
 * deleted meanwhile. It grants nothing: each page is authorised anew.
 *
 * @param listing what is listed, where and in which order
 * @param position the sort key of the last item
 */
export function continuationToken(listing: readonly string[], position: readonly (string | number)[]): string {
  return encoded([...listing, ...position]);
}

/**
 * Reads a token back, in exactly the form {@link continuationToken} wrote it for the same listing.
 *
 * @throws InvalidContinuationToken for everything else
 */
export function positionOf<Position>(
  listing: readonly string[],
  position: ZodType<Position>,
  token: string | undefined,
): Position | undefined {
  if (token === undefined) return undefined;
  const parts = decoded(token);
  const parsed = position.safeParse(parts.slice(listing.length));
  const isOfListing = listing.every((part, index) => parts[index] === part);
  if (!parsed.success || !isOfListing || encoded(parts) !== token) throw invalidContinuationToken();
  return parsed.data;
}

/** Stands for what a caller asks for in a listing, whatever its length. */
export function digestOf(...asked: readonly (string | undefined)[]): string {
  return createHash('sha256').update(JSON.stringify(asked)).digest('base64url');
}

interface PageSizes {
  /** Where the caller asks for none. */
  readonly standard: number;
  readonly most: number;
}

/**
 * How many items a page has; a caller that asks for more than the most gets the most.
 *
 * @throws InvalidMaxResults for anything below 1
 */
export function pageSize(maxResults: number | undefined, { standard, most }: PageSizes): number {
  if (maxResults === undefined) return standard;
  if (maxResults < 1) {
    throw new ServiceError(InvalidMaxResultsException$, 'The specified number of maximum results is not valid.');
  }
  return Math.min(maxResults, most);
}

function encoded(parts: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

function decoded(token: string): readonly unknown[] {
  if (token.length > TOKEN_MAXIMUM) return [];
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function invalidContinuationToken(): ServiceError {
  return new ServiceError(InvalidContinuationTokenException$, 'The specified continuation token is not valid.');
}
