import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ServiceError } from '../service-error.ts';
import { continuationToken, positionOf } from './pagination.ts';

const listing = ['ListRepositories', '111122223333', 'us-east-1', 'lastModifiedDate', 'ascending'];
const position = z.tuple([z.int().nonnegative(), z.uuid()]);

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const sample = [1_700_000_000_000, '7f3f7a55-26c0-4f57-9d5c-0d6ad9b1f9c2'] as const;
const token = continuationToken(listing, sample);

function isRefused(text: string): boolean {
  try {
    positionOf(listing, position, text);
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(ServiceError);
    expect(error).toMatchObject({ exception: 'InvalidContinuationTokenException', status: 400 });
    return true;
  }
}

describe('continuation tokens', () => {
  it('give back every position they were made of', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.uuid(), (time, id) => {
        const made = continuationToken(listing, [time, id]);
        expect(made).toMatch(/^[\w-]+$/);
        expect(positionOf(listing, position, made)).toEqual([time, id]);
      }),
    );
  });

  it('are no position when there is none', () => {
    expect(positionOf(listing, position, undefined)).toBeUndefined();
  });

  it('are refused when they are anything else: random text, JSON values, changed tokens', () => {
    const changed = fc
      .tuple(fc.nat(token.length - 1), fc.constantFrom(...'ABCXYZabcxyz0189-_=+/ \n\0é'))
      .map(([index, character]) => token.slice(0, index) + character + token.slice(index + 1));
    const foreign = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json().map((json) => Buffer.from(json).toString('base64url')),
      fc.array(fc.jsonValue()).map((tail) => encoded([...listing, ...tail])),
      fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64url')),
      changed,
    );
    fc.assert(
      fc.property(foreign, (text) => {
        let parsed: readonly unknown[] | undefined;
        try {
          parsed = positionOf(listing, position, text);
        } catch (error) {
          expect(error).toMatchObject({ exception: 'InvalidContinuationTokenException' });
          return;
        }
        // What is taken is, byte for byte, a token that this listing could have given.
        expect(position.safeParse(parsed).success).toBe(true);
        expect(continuationToken(listing, parsed as [number, string])).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['empty', ''],
    ['garbage', 'garbage'],
    ['with a line break', `${token}\n`],
    ['padded', `${token}=`],
    ['of another account', continuationToken(listing.with(1, '999900001111'), sample)],
    ['of another Region', continuationToken(listing.with(2, 'eu-west-1'), sample)],
    ['of another order', continuationToken(listing.with(4, 'descending'), sample)],
    ['too long a position', continuationToken(listing, [...sample, 1])],
    ['too short a position', continuationToken(listing, [sample[0]])],
    ['numbers as text', continuationToken(listing, ['1700000000000', sample[1]])],
    ['a negative time', continuationToken(listing, [-1, sample[1]])],
    ['a fractional time', encoded([...listing, 1.5, sample[1]])],
    ['spaces in the JSON', Buffer.from(JSON.stringify([...listing, ...sample], null, 1)).toString('base64url')],
    ['an object', encoded({ ...listing })],
    ['huge', continuationToken(listing, ['a'.repeat(5000)])],
  ])('%s: refused', (_what, text) => {
    expect(isRefused(text)).toBe(true);
  });
});
