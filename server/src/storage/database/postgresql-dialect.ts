import { type Dialect, PostgresDialect } from 'kysely';
import pg from 'pg';
import { StorageFailure } from '../storage-failure.ts';
import { steadyDialect } from './steady-dialect.ts';

interface PostgresqlOptions {
  readonly url: string;
  readonly connections: number;
  /** Ends statements and transactions that take too long; off for migrations. */
  readonly limited: boolean;
  /** How long an answer to a statement is waited for, if limited. */
  readonly silenceMs?: number;
}

/** For one attempt; the pool's own queue counts too. */
const CONNECT_TIMEOUT_MS = 5_000;
/** A failover of a few seconds costs its users time and no errors. */
const CONNECTION_MS = 5_000;
/** For a server that has gone without a word: it would have ended the statement itself by then. */
const SILENCE_MS = 70_000;
/**
 * Set by SET and not at the start of the connection, which poolers such as PgBouncer refuse. Rows are locked for the time
 * of a commit, so whoever waits longer waits for a transaction that hangs.
 */
const SESSION = ['set synchronous_commit = on'];
const LIMITS = [
  "set statement_timeout = '60s'",
  "set lock_timeout = '15s'",
  "set idle_in_transaction_session_timeout = '60s'",
];
/** PostgreSQL's manual, appendix A: connection exceptions, shutdown, start, too many connections, timeouts, deadlock. */
const UNAVAILABLE = /^(08...|57P0[1235]|57014|53300|55P03|25P03|40001|40P01)$/;
const NETWORK = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOTFOUND',
];
/** pg's own errors have no code. */
const LOST =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|Connection ended|Query read timeout)/;
const UNANSWERED = /^Query read timeout/;
/** These may pass while a request waits; a statement that ran too long may not. */
const PASSING = /^(08...|57P0[123]|53300)$/;

/** PostgreSQL through a pool whose connections may break at any time. */
export function postgresqlDialect({ url, connections, limited, silenceMs = SILENCE_MS }: PostgresqlOptions): Dialect {
  const types = new pg.TypeOverrides();
  // Every bigint of the schema is a time, a size or a counter below 2^53.
  types.setTypeParser(pg.types.builtins.INT8, Number);
  // The timeout is pg's, of one statement; its types have none.
  const setUp = { text: [...SESSION, ...(limited ? LIMITS : [])].join('; '), query_timeout: CONNECT_TIMEOUT_MS };
  const pool = new pg.Pool({
    connectionString: url,
    types,
    max: connections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    ...(limited && { query_timeout: silenceMs }),
    // Within the pool, which gives up a connection that breaks here: Kysely's own hook would keep its place taken.
    onConnect: async (client) => {
      endWhenUnanswered(client);
      await client.query(setUp);
    },
  });
  // A connection that breaks is replaced at its next use; without a listener it would end the process. The pool
  // listens to idle ones only, and what runs on the others fails by its own query.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const dialect = new PostgresDialect({ pool });
  return steadyDialect(dialect, { translate, isPassing, connectionMs: CONNECTION_MS });
}

/** Ends a connection with a statement that was not answered: pg would keep it, and each later one would wait behind that. */
function endWhenUnanswered(client: pg.ClientBase): void {
  const query = client.query.bind(client) as (...parameters: unknown[]) => Promise<unknown>;
  client.query = (async (...parameters: unknown[]) => {
    try {
      return await query(...parameters);
    } catch (error) {
      if (error instanceof Error && UNANSWERED.test(error.message)) void (client as pg.Client).end();
      throw error;
    }
  }) as typeof client.query;
}

/** Whether the database is away, or will be ready in a moment. */
export function isPassing(error: unknown): boolean {
  const reason = error instanceof StorageFailure ? error.cause : error;
  return PASSING.test(codeOf(reason)) || isNetworkError(reason);
}

function translate(error: unknown): unknown {
  if (error instanceof StorageFailure) return error;
  const isUnavailable = UNAVAILABLE.test(codeOf(error)) || isNetworkError(error);
  return isUnavailable ? new StorageFailure('unavailable', error) : error;
}

function isNetworkError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // One for each address of the host.
  if (error instanceof AggregateError) return error.errors.every(isNetworkError);
  return NETWORK.includes(codeOf(error)) || LOST.test(error.message);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
