import type { Database } from '../storage/database/database.ts';

/** How long a node that was killed keeps others from a repository. */
const LEASE_MS = 60_000;
const RENEWAL_MS = 15_000;

/**
 * The right to maintain a repository, held in the database so that two nodes do not do the same work. Nothing rests on
 * it but that: the list of packs is swapped by compare-and-swap, so clocks that differ, or a node that was held up
 * beyond its lease, cost work and nothing else.
 */
export class MaintenanceLeases {
  readonly #database: Database;
  /** The same after a restart: a node takes over what it held when it was killed. */
  readonly #node: string;

  constructor(database: Database, node: string) {
    this.#database = database;
    this.#node = node;
  }

  /**
   * Runs `work` while no other node works on the repository; its signal is aborted when the lease is lost or `signal`
   * is aborted.
   *
   * @returns undefined when another node holds the lease
   */
  async hold<T>(
    repositoryId: string,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T | undefined> {
    if (!(await this.#take(repositoryId))) return undefined;
    const lost = new AbortController();
    const renewal = setInterval(() => {
      this.#take(repositoryId).then(
        (held) => {
          if (!held) lost.abort(new LeaseLostError());
        },
        // A database that does not answer: the lease may run out, and the swap decides.
        () => {},
      );
    }, RENEWAL_MS).unref();
    try {
      return await work(AbortSignal.any([signal, lost.signal]));
    } catch (error) {
      // What was ended for it fails in its own words.
      throw lost.signal.aborted ? lost.signal.reason : error;
    } finally {
      clearInterval(renewal);
      await this.#release(repositoryId);
    }
  }

  /** Takes or renews the lease; false when another node's has not run out. */
  async #take(repositoryId: string): Promise<boolean> {
    const now = Date.now();
    const lease = { node: this.#node, expires_at: now + LEASE_MS };
    const taken = await this.#database
      .insertInto('maintenance_leases')
      .values({ repository_id: repositoryId, ...lease })
      .onConflict((conflict) =>
        conflict
          .column('repository_id')
          .doUpdateSet(lease)
          .where((where) =>
            where.or([
              where('maintenance_leases.expires_at', '<=', now),
              where('maintenance_leases.node', '=', this.#node),
            ]),
          ),
      )
      .returning('repository_id')
      .executeTakeFirst();
    return taken !== undefined;
  }

  async #release(repositoryId: string): Promise<void> {
    await this.#database
      .deleteFrom('maintenance_leases')
      .where('repository_id', '=', repositoryId)
      .where('node', '=', this.#node)
      .execute();
  }
}

/** Another node has taken the repository over. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}
