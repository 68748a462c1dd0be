import { setTimeout as delay } from 'node:timers/promises';
import type { DatabaseConnection, Dialect, Driver, TransactionSettings } from 'kysely';

interface Steadiness {
  /** What is thrown in the place of an error. */
  readonly translate: (error: unknown) => unknown;
  /** Whether a connection that could not be had may be there in a moment. */
  readonly isPassing: (error: unknown) => boolean;
  /** How long a connection is tried for. */
  readonly connectionMs: number;
}

const RETRY_MS = 200;

/** A dialect whose connections are tried for a while, and whose errors are those that came first. */
export function steadyDialect(dialect: Dialect, steadiness: Steadiness): Dialect {
  return {
    createDriver: () => new SteadyDriver(dialect.createDriver(), steadiness),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (database) => dialect.createIntrospector(database),
  };
}

class SteadyDriver implements Driver {
  readonly #driver: Driver;
  readonly #steadiness: Steadiness;
  readonly #translated = new WeakSet<DatabaseConnection>();

  constructor(driver: Driver, steadiness: Steadiness) {
    this.#driver = driver;
    this.#steadiness = steadiness;
  }

  init(): Promise<void> {
    return this.#driver.init();
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    const { connectionMs, isPassing, translate } = this.#steadiness;
    const end = performance.now() + connectionMs;
    for (;;) {
      try {
        return this.#translating(await this.#driver.acquireConnection());
      } catch (error) {
        if (!isPassing(error) || performance.now() >= end) throw translate(error);
        await delay(RETRY_MS);
      }
    }
  }

  beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    return this.#driver.beginTransaction(connection, settings);
  }

  commitTransaction(connection: DatabaseConnection): Promise<void> {
    return this.#driver.commitTransaction(connection);
  }

  /**
   * A transaction is rolled back because of an error, which is the one to be told: SQLite has rolled back by itself when
   * its disk is full, and a connection that is lost cannot.
   */
  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await this.#driver.rollbackTransaction(connection).catch(() => {});
  }

  releaseConnection(connection: DatabaseConnection): Promise<void> {
    return this.#driver.releaseConnection(connection);
  }

  destroy(): Promise<void> {
    return this.#driver.destroy();
  }

  /** The drivers know their connections by identity, so that the connection itself changes. */
  #translating(connection: DatabaseConnection): DatabaseConnection {
    if (this.#translated.has(connection)) return connection;
    this.#translated.add(connection);
    const execute = connection.executeQuery.bind(connection);
    connection.executeQuery = async (...query) => {
      try {
        return await execute(...query);
      } catch (error) {
        throw this.#steadiness.translate(error);
      }
    };
    return connection;
  }
}
