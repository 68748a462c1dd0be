import { LRUCache } from 'lru-cache';
import { subscriberNetwork } from './policy/ip-range.ts';
import type { Principal } from './principal.ts';

/** Requests a second for long; `off`: no limit. */
export type RequestRate = number | 'off';

/** One request more than the rate allows. AWS's text. */
export class ThrottledError extends Error {
  override readonly name = 'ThrottledError';
  /** Until there is room for one request; at least 1. */
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super('Rate exceeded');
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** A bucket holds the requests of so many seconds. */
const BURST_SECONDS = 10;
/** Buckets that are not full; the least recently used are taken to be full again. */
const REMEMBERED_BUCKETS = 100_000;

/**
 * A token bucket for each principal, and for each address of requests that nobody has signed. In the memory of this
 * process: it spares the process, and each node has its own to spare.
 */
export class RequestThrottle {
  readonly #intervalMs: number;
  readonly #now: () => number;
  /** When each bucket will be full again, in milliseconds; absent: it is full. */
  readonly #fullAt = new LRUCache<string, number>({ max: REMEMBERED_BUCKETS });

  /** @param now milliseconds, from any time on */
  constructor(rate: RequestRate, now: () => number = () => performance.now()) {
    this.#intervalMs = rate === 'off' ? 0 : 1_000 / rate;
    this.#now = now;
  }

  /** Takes a token of the principal's. @throws ThrottledError */
  admit(principal: Principal): void {
    this.#take(bucketOf(principal));
  }

  /** Takes a token of an address, IPv4 or IPv6, for a request of whom nobody knows. @throws ThrottledError */
  admitStranger(address: string): void {
    this.#take(`address ${subscriberNetwork(address)}`);
  }

  #take(bucket: string): void {
    if (this.#intervalMs === 0) return;
    const now = this.#now();
    const fullAt = Math.max(this.#fullAt.get(bucket) ?? 0, now) + this.#intervalMs;
    const excess = fullAt - now - BURST_SECONDS * 1_000;
    if (excess > 0) throw new ThrottledError(Math.ceil(excess / 1_000));
    this.#fullAt.set(bucket, fullAt);
  }
}

/** All sessions of a role have one, and all federated users of an account: else a new name would be a new bucket. */
function bucketOf({ kind, accountId, userId }: Principal): string {
  if (kind === 'federated-user') return `federated users ${accountId}`;
  return kind === 'assumed-role' ? (userId.split(':')[0] ?? userId) : userId;
}
