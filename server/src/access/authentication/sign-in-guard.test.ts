import { beforeEach, describe, expect, it } from 'vitest';
import { type GuessedSecret, SIGN_IN_RULES, SignInGuard, TooManyAttemptsError } from './sign-in-guard.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;
const HOME = '192.0.2.7';
const ELSEWHERE = '198.51.100.1';

let now: number;
let guard: SignInGuard;
/** How often a secret has been looked at. */
let looks: number;

beforeEach(() => {
  now = Date.UTC(2026, 10, 26);
  guard = new SignInGuard(() => now);
  looks = 0;
});

interface Try {
  readonly secret?: GuessedSecret;
  readonly principal?: string;
  readonly address?: string;
}

/** What becomes of it: 'in', 'wrong', or the seconds to wait. */
async function signIn(right: boolean, { secret = 'console password', principal = 'ada', address = HOME }: Try = {}) {
  try {
    const verified = await guard.attempt({ secret, principal, address }, async () => {
      looks++;
      return right ? 'in' : undefined;
    });
    return verified ?? 'wrong';
  } catch (error) {
    if (error instanceof TooManyAttemptsError) return error.retryAfterSeconds;
    throw error;
  }
}

/**
 * Guesses wrongly as fast as it is let to, for so long, and once more.
 *
 * @returns how many guesses were looked at
 */
async function guessFor(milliseconds: number, attempt: (round: number) => Try = () => ({})): Promise<number> {
  const end = now + milliseconds;
  const before = looks;
  let round = 0;
  while (now < end) {
    const outcome = await signIn(false, attempt(round++));
    if (typeof outcome === 'number') now += outcome * SECOND;
  }
  await signIn(false, attempt(round));
  return looks - before;
}

describe('a password that can be guessed', () => {
  it('is not looked at while one has to wait, each time twice as long', async () => {
    for (let failure = 0; failure < 5; failure++) expect(await signIn(false)).toBe('wrong');
    for (const wait of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]) {
      const before = looks;
      expect(await signIn(false)).toBe(wait);
      expect(await signIn(true)).toBe(wait);
      expect(looks).toBe(before);
      now += wait * SECOND - 1;
      expect(await signIn(true)).toBe(1);
      now += 1;
      expect(await signIn(false)).toBe('wrong');
    }
  });

  it('lets its owner in after the wait, and everything is forgotten then', async () => {
    for (let failure = 0; failure < 6; failure++) await signIn(false);
    now += SECOND;
    expect(await signIn(true)).toBe('in');
    for (let failure = 0; failure < 5; failure++) expect(await signIn(false)).toBe('wrong');
    expect(await signIn(false)).toBe(1);
  });

  it('is guessed about a hundred times a day at most, from one address or from many', async () => {
    expect(await guessFor(DAY)).toBeLessThanOrEqual(110);
    const strangers = (round: number) => ({ principal: 'grace', address: `203.0.${round >> 8}.${round & 255}` });
    expect(await guessFor(DAY, strangers)).toBeLessThanOrEqual(125);
  });

  it('of many principals is guessed as seldom from one address', async () => {
    const spraying = (round: number) => ({ principal: `user${round}` });
    expect(await guessFor(DAY, spraying)).toBeLessThanOrEqual(155);
    // Another address is not slowed down by it.
    expect(await signIn(true, { principal: 'user1', address: ELSEWHERE })).toBe('in');
  });

  it('counts attempts at once before it is known how they end', async () => {
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => signIn(false)));
    expect(outcomes.filter((outcome) => outcome === 'wrong')).toHaveLength(5);
    expect(looks).toBe(5);
  });

  it('forgets failures a day after the last one', async () => {
    for (let failure = 0; failure < 5; failure++) await signIn(false);
    now += DAY + 1;
    for (let failure = 0; failure < 5; failure++) expect(await signIn(false)).toBe('wrong');
    expect(await signIn(false)).toBe(1);
  });

  it('is not counted as wrong when it could not be checked', async () => {
    const broken = () => guard.attempt({ secret: 'console password', principal: 'ada', address: HOME }, brokenCheck);
    const brokenCheck = () => Promise.reject(new Error('no database'));
    for (let attempt = 0; attempt < 20; attempt++) await expect(broken()).rejects.toThrow('no database');
    expect(await signIn(false)).toBe('wrong');
  });
});

describe('a stranger who guesses', () => {
  const stranger = (round: number) => ({ address: `203.0.${(round >> 8) & 255}.${round & 255}` });

  it('from everywhere does not keep a user out of an address where they have been signed in', async () => {
    expect(await signIn(true)).toBe('in');
    await guessFor(HOUR, stranger);
    expect(await signIn(true, { address: ELSEWHERE })).toEqual(expect.any(Number));
    for (let failure = 0; failure < 4; failure++) expect(await signIn(false)).toBe('wrong');
    expect(await signIn(true)).toBe('in');
    // For 30 days.
    now += 30 * DAY - 1;
    await guessFor(HOUR, stranger);
    expect(await signIn(true)).toEqual(expect.any(Number));
  });

  it('at the address of a user, at others’ names, does not keep out who has been signed in there', async () => {
    expect(await signIn(true)).toBe('in');
    await guessFor(HOUR, (round) => ({ principal: `user${round}` }));
    expect(await signIn(true, { principal: 'grace' })).toEqual(expect.any(Number));
    expect(await signIn(true)).toBe('in');
  });

  it('with a right password of their own gains no guesses at others', async () => {
    let guesses = 0;
    for (let round = 0; round < 200; round++) {
      await signIn(true, { principal: 'mallory' });
      if ((await signIn(false, { principal: `user${round}` })) === 'wrong') guesses++;
    }
    expect(guesses).toBe(50);
  });

  it('is one address with the whole /64 of an IPv6 network', async () => {
    const own = (round: number) => ({ address: `2001:db8:0:1::${(round % 60_000).toString(16)}` });
    for (let failure = 0; failure < 5; failure++) expect(await signIn(false, own(failure))).toBe('wrong');
    expect(await signIn(false, own(99))).toBe(1);
    expect(await signIn(false, { address: '2001:db8:0:1:8000::' })).toBe(1);
    expect(await signIn(false, { address: '2001:db8:0:2::1' })).toBe('wrong');
    for (let failure = 0; failure < 5; failure++) await signIn(false, { principal: 'b', address: '::ffff:192.0.2.1' });
    expect(await signIn(false, { principal: 'b', address: '192.0.2.1' })).toBe(1);
    expect(await signIn(false, { principal: 'b', address: '192.0.2.2' })).toBe('wrong');
  });
});

describe('a Git password', () => {
  const git = { secret: 'git password' } as const;

  it('that is right is taken whatever has been guessed, from wherever', async () => {
    await guessFor(HOUR, () => git);
    expect(await signIn(false, git)).toEqual(expect.any(Number));
    expect(await signIn(true, git)).toBe('in');
    await guessFor(HOUR, (round) => ({ ...git, principal: `user${round}` }));
    expect(await signIn(true, { ...git, principal: 'new' })).toBe('in');
  });

  it('that is wrong is answered with ever longer waits, up to a minute', async () => {
    for (let failure = 0; failure < 10; failure++) expect(await signIn(false, git)).toBe('wrong');
    for (const wait of [10, 20, 40, 60, 60]) {
      expect(await signIn(false, git)).toBe(wait);
      now += wait * SECOND;
      expect(await signIn(false, git)).toBe('wrong');
    }
    expect(await signIn(false, { ...git, address: ELSEWHERE })).toBe('wrong');
  });

  it('of many names makes the address wait', async () => {
    for (let failure = 0; failure < 100; failure++) {
      expect(await signIn(false, { ...git, principal: `user${failure}` })).toBe('wrong');
    }
    expect(await signIn(false, { ...git, principal: 'another' })).toBe(10);
  });
});

describe('memory', () => {
  it('is bounded, whatever names and addresses come', async () => {
    const long = 'x'.repeat(1_000_000);
    for (let failure = 0; failure < 5; failure++) await signIn(false, { principal: `${long}${failure}` });
    // Names that differ only beyond any name's length count as one.
    expect(await signIn(false, { principal: `${long}z` })).toBe(1);
  });

  it('is spent on the same counters for each secret', () => {
    expect(Object.keys(SIGN_IN_RULES)).toEqual(['console password', 'git password', 'sign-up']);
  });
});

describe('a sign-up', () => {
  const admitted = (address = HOME) => {
    try {
      guard.admit({ secret: 'sign-up', principal: 'anybody', address });
      return 'in';
    } catch (error) {
      if (error instanceof TooManyAttemptsError) return error.message;
      throw error;
    }
  };

  it('counts however it turns out, by address, and waits twice as long each time', () => {
    for (let attempt = 0; attempt < 10; attempt++) expect(admitted()).toBe('in');
    expect(admitted()).toBe('Too many sign-ups: try again in 10 seconds');
    expect(admitted(ELSEWHERE)).toBe('in');
    now += 10 * SECOND;
    expect([admitted(), admitted()]).toEqual(['in', 'Too many sign-ups: try again in 20 seconds']);
    now += DAY;
    expect(admitted()).toBe('in');
  });
});
