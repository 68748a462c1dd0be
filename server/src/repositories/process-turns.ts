import { RepositoriesBusyError } from './repository-errors.ts';

/** Processes that wait on different things do not wait for one another. */
export type ProcessKind = 'send' | 'receive' | 'inspect' | 'read' | 'maintain' | 'search';

interface Waiting {
  start(): void;
}

/**
 * Turns to run a process: so many of each kind at once. Those that wait are taken repository by repository, so that
 * one busy repository does not hold up the others.
 */
export class ProcessTurns {
  readonly #lanes: ReadonlyMap<ProcessKind, Lane>;

  constructor(atOnce: Readonly<Record<'send' | 'receive' | 'maintain', number>>, waitingMaximum: number) {
    this.#lanes = new Map<ProcessKind, Lane>([
      ['send', new Lane(atOnce.send, waitingMaximum)],
      ['receive', new Lane(atOnce.receive, waitingMaximum)],
      // Short lookups on behalf of requests of either kind.
      ['inspect', new Lane(atOnce.send + atOnce.receive, waitingMaximum)],
      // Kept for the next question; whoever starts them bounds their number.
      ['read', new Lane(Number.POSITIVE_INFINITY, waitingMaximum)],
      ['maintain', new Lane(atOnce.maintain, waitingMaximum)],
      // Takes minutes, which the maintenance of other repositories must not wait for.
      ['search', new Lane(atOnce.maintain, waitingMaximum)],
    ]);
  }

  /** Waits for a turn; the function that it resolves to ends the turn. */
  take(kind: ProcessKind, repositoryId: string, signal?: AbortSignal): Promise<() => void> {
    const lane = this.#lanes.get(kind);
    if (lane === undefined) throw new Error(`No lane for ${kind}`);
    return lane.take(repositoryId, signal);
  }
}

class Lane {
  readonly #atOnce: number;
  readonly #waitingMaximum: number;
  /** Insertion order is the order of turns: a repository goes to the end after each of its turns. */
  readonly #waiting = new Map<string, Waiting[]>();
  #running = 0;
  #waitingCount = 0;

  constructor(atOnce: number, waitingMaximum: number) {
    this.#atOnce = atOnce;
    this.#waitingMaximum = waitingMaximum;
  }

  async take(repositoryId: string, signal: AbortSignal | undefined): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.#running < this.#atOnce) return this.#begin();
    if (this.#waitingCount >= this.#waitingMaximum) {
      throw new RepositoriesBusyError('Too many requests are waiting; try again later');
    }
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        start: () => {
          signal?.removeEventListener('abort', leave);
          resolve(this.#begin());
        },
      };
      const leave = () => {
        this.#remove(repositoryId, waiting);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#waitingCount++;
      const others = this.#waiting.get(repositoryId);
      if (others === undefined) this.#waiting.set(repositoryId, [waiting]);
      else others.push(waiting);
    });
  }

  #begin(): () => void {
    this.#running++;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#running--;
      this.#startNext();
    };
  }

  #startNext(): void {
    const [entry] = this.#waiting;
    if (entry === undefined) return;
    const [repositoryId, queue] = entry;
    const next = queue.shift();
    this.#waiting.delete(repositoryId);
    if (queue.length > 0) this.#waiting.set(repositoryId, queue);
    this.#waitingCount--;
    next?.start();
  }

  #remove(repositoryId: string, waiting: Waiting): void {
    const queue = this.#waiting.get(repositoryId)?.filter((other) => other !== waiting);
    if (queue === undefined) return;
    if (queue.length === 0) this.#waiting.delete(repositoryId);
    else this.#waiting.set(repositoryId, queue);
    this.#waitingCount--;
  }
}
