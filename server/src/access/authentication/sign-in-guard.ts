import { LRUCache } from 'lru-cache';
import { subscriberNetwork } from '../policy/ip-range.ts';

/**
 * What is guessed; each has its own numbers. MFA codes are slowed down by their device: `second-factor.ts`. At sign-up, which
 * e-mail addresses have an account: every try counts, as every account takes room.
 */
export type GuessedSecret = 'console password' | 'git password' | 'sign-up';

/** A try to sign in with something that could be guessed. */
export interface SignInAttempt {
  readonly secret: GuessedSecret;
  /**
   * Who the client says that it is, whether that exists or not, so that a refusal tells nobody: account and name, such as
   * `111122223333 ada`, or the service user name of a Git credential.
   */
  readonly principal: string;
  /** Of the peer, IPv4 or IPv6. */
  readonly address: string;
}

/** Too many wrong guesses: nobody has looked at this one, or it was wrong again. Says nothing of what exists. */
export class TooManyAttemptsError extends Error {
  override readonly name = 'TooManyAttemptsError';
  /** At least 1: for the header Retry-After. */
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number, counted = 'failed sign-ins') {
    super(`Too many ${counted}: try again in ${retryAfterSeconds} ${retryAfterSeconds === 1 ? 'second' : 'seconds'}`);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** How often one may be wrong, and how long one then waits: doubling with each further failure. */
interface Patience {
  readonly freeFailures: number;
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
}

interface Rules {
  /** The principal from the address. */
  readonly pair: Patience;
  /** The principal from all addresses that it has never signed in from. */
  readonly principal?: Patience;
  /** From the address, all principals that have never signed in from there. */
  readonly address?: Patience;
  /** The secret cannot be guessed, so that looking at it while one should wait gives nothing away. */
  readonly checkedWhileWaiting?: true;
  /** What there have been too many of, for the refusal. */
  readonly counted?: string;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** About 100 guesses a day at most. Source of the scheme: NIST SP 800-63B, section 5.2.2. */
const QUARTER_HOUR = { firstWaitMs: SECOND_MS, longestWaitMs: 15 * MINUTE_MS };

export const SIGN_IN_RULES: Readonly<Record<GuessedSecret, Rules>> = {
  'console password': {
    pair: { freeFailures: 5, ...QUARTER_HOUR },
    principal: { freeFailures: 20, ...QUARTER_HOUR },
    address: { freeFailures: 50, ...QUARTER_HOUR },
  },
  'git password': {
    pair: { freeFailures: 10, firstWaitMs: 10 * SECOND_MS, longestWaitMs: MINUTE_MS },
    address: { freeFailures: 100, firstWaitMs: 10 * SECOND_MS, longestWaitMs: MINUTE_MS },
    checkedWhileWaiting: true,
  },
  'sign-up': {
    pair: { freeFailures: 10, firstWaitMs: 10 * SECOND_MS, longestWaitMs: 15 * MINUTE_MS },
    counted: 'sign-ups',
  },
};

/** Without another failure for so long, the earlier ones are forgotten. */
const FORGOTTEN_AFTER_MS = DAY_MS;
/** An address counts as a principal's own for so long after a sign-in. */
const KNOWN_FOR_MS = 30 * DAY_MS;
/** Of each kind of counter, and of known addresses: about 10 MB each; the least recently used give way. */
const REMEMBERED = 50_000;
const LONGEST_NAME = 256;

interface Failures {
  count: number;
  /** Milliseconds since the epoch. */
  lastAt: number;
}

/** One counter that an attempt is up against. */
interface Hurdle {
  readonly counters: LRUCache<string, Failures>;
  readonly key: string;
  readonly patience: Patience;
}

/**
 * Slows the guessing of secrets down, for every door, without letting a stranger lock anybody out: docs/limits.md tells the
 * scheme. Kept in the memory of this process, as a write to the database for each wrong guess would serve the attacker;
 * several nodes of one database therefore allow several times the guesses.
 */
export class SignInGuard {
  readonly #now: () => number;
  readonly #pairs = failureCounters();
  readonly #principals = failureCounters();
  readonly #addresses = failureCounters();
  /** Pairs that have signed in, and when. */
  readonly #known = new LRUCache<string, number>({ max: REMEMBERED });

  /** @param now milliseconds since the epoch */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /**
   * Runs `verify`, unless the attempt comes too early after wrong ones; tries at once count as wrong until they have
   * turned out to be right. A right Git password is taken at any time, as 256 random bits cannot be guessed.
   *
   * @param verify undefined when the secret is wrong; what it throws counts neither way
   * @returns what `verify` found, undefined for a wrong secret
   * @throws TooManyAttemptsError
   */
  async attempt<T>(attempt: SignInAttempt, verify: () => Promise<T | undefined>): Promise<T | undefined> {
    return SIGN_IN_RULES[attempt.secret].checkedWhileWaiting
      ? this.#verifyFirst(attempt, verify)
      : this.#waitFirst(attempt, verify);
  }

  /** Counts a try, however it turns out. @throws TooManyAttemptsError when it comes too early */
  admit(attempt: SignInAttempt): void {
    const hurdles = this.#hurdlesOf(attempt);
    this.#refuseEarly(hurdles, SIGN_IN_RULES[attempt.secret].counted);
    for (const hurdle of hurdles) this.#count(hurdle);
  }

  async #verifyFirst<T>(attempt: SignInAttempt, verify: () => Promise<T | undefined>): Promise<T | undefined> {
    const verified = await verify();
    if (verified !== undefined) {
      // Nearly always empty, and this is the way of every Git request.
      if (this.#pairs.size > 0) this.#pairs.delete(pairOf(attempt));
      return verified;
    }
    this.admit(attempt);
    return undefined;
  }

  async #waitFirst<T>(attempt: SignInAttempt, verify: () => Promise<T | undefined>): Promise<T | undefined> {
    const hurdles = this.#hurdlesOf(attempt);
    this.#refuseEarly(hurdles);
    const takeBack = hurdles.map((hurdle) => this.#count(hurdle));
    let verified: T | undefined;
    try {
      verified = await verify();
    } catch (error) {
      for (const undo of takeBack) undo();
      throw error;
    }
    if (verified === undefined) return undefined;
    for (const undo of takeBack) undo();
    const pair = pairOf(attempt);
    this.#pairs.delete(pair);
    this.#principals.delete(principalOf(attempt));
    this.#known.set(pair, this.#now());
    return verified;
  }

  #hurdlesOf(attempt: SignInAttempt): Hurdle[] {
    const rules = SIGN_IN_RULES[attempt.secret];
    const pair = pairOf(attempt);
    const hurdles = [{ counters: this.#pairs, key: pair, patience: rules.pair }];
    if (this.#isKnown(pair)) return hurdles;
    if (rules.principal !== undefined) {
      hurdles.push({ counters: this.#principals, key: principalOf(attempt), patience: rules.principal });
    }
    if (rules.address !== undefined) {
      hurdles.push({ counters: this.#addresses, key: addressOf(attempt), patience: rules.address });
    }
    return hurdles;
  }

  #isKnown(pair: string): boolean {
    return (this.#known.get(pair) ?? Number.NEGATIVE_INFINITY) > this.#now() - KNOWN_FOR_MS;
  }

  /** What is refused does not count: asking early makes nobody wait longer. */
  #refuseEarly(hurdles: readonly Hurdle[], counted?: string): void {
    const wait = Math.max(...hurdles.map((hurdle) => this.#waitAt(hurdle)));
    if (wait > 0) throw new TooManyAttemptsError(Math.ceil(wait / SECOND_MS), counted);
  }

  /** Milliseconds. */
  #waitAt({ counters, key, patience }: Hurdle): number {
    const failures = this.#failuresAt(counters, key);
    if (failures === undefined || failures.count < patience.freeFailures) return 0;
    const doublings = failures.count - patience.freeFailures;
    const wait = Math.min(patience.firstWaitMs * 2 ** doublings, patience.longestWaitMs);
    return failures.lastAt + wait - this.#now();
  }

  /** @returns what takes it back */
  #count({ counters, key }: Hurdle): () => void {
    const failures = this.#failuresAt(counters, key) ?? { count: 0, lastAt: 0 };
    const [before, now] = [failures.lastAt, this.#now()];
    failures.count++;
    failures.lastAt = now;
    counters.set(key, failures);
    return () => {
      failures.count--;
      if (failures.lastAt === now) failures.lastAt = before;
    };
  }

  #failuresAt(counters: LRUCache<string, Failures>, key: string): Failures | undefined {
    const failures = counters.get(key);
    return failures !== undefined && failures.lastAt > this.#now() - FORGOTTEN_AFTER_MS ? failures : undefined;
  }
}

function failureCounters(): LRUCache<string, Failures> {
  return new LRUCache({ max: REMEMBERED });
}

function principalOf({ secret, principal }: SignInAttempt): string {
  return `${secret} ${principal.slice(0, LONGEST_NAME)}`;
}

function addressOf({ secret, address }: SignInAttempt): string {
  return `${secret} ${subscriberNetwork(address)}`;
}

function pairOf(attempt: SignInAttempt): string {
  return `${principalOf(attempt)} ${subscriberNetwork(attempt.address)}`;
}
