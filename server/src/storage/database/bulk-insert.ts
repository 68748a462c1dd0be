import type { CompiledQuery, Insertable, Transaction } from 'kysely';
import type { Database } from './database.ts';
import type { DatabaseSchema } from './schema.ts';

/** How many rows a statement may insert. SQLite takes 32,766 values in one. */
const STATEMENT_ROWS = [500, 50, 5, 1] as const;

type Row<Table extends keyof DatabaseSchema> = Required<Insertable<DatabaseSchema[Table]>>;

/** Inserts many rows into a table, by statements that are built once: to build one takes longer than to run it. */
export class BulkInsert<Table extends keyof DatabaseSchema> {
  readonly #columns: readonly (keyof Row<Table>)[];
  readonly #compile: (rowCount: number) => CompiledQuery;
  readonly #statements = new Map<number, CompiledQuery>();

  /** @param columns each that a row has */
  constructor(database: Database, table: Table, columns: readonly (keyof Row<Table>)[]) {
    this.#columns = columns;
    const anyRow = Object.fromEntries(columns.map((column) => [column, 0])) as Row<Table>;
    this.#compile = (rowCount) => database.insertInto(table).values(Array(rowCount).fill(anyRow)).compile();
  }

  /** @throws what the database throws; then some rows may be inserted, unless the transaction ends with it */
  async run(transaction: Transaction<DatabaseSchema>, rows: readonly Row<Table>[]): Promise<void> {
    for (let first = 0; first < rows.length; ) {
      const left = rows.length - first;
      const count = STATEMENT_ROWS.find((size) => size <= left) ?? 1;
      const parameters = rows.slice(first, first + count).flatMap((row) => this.#columns.map((column) => row[column]));
      await transaction.executeQuery({ ...this.#statement(count), parameters });
      first += count;
    }
  }

  #statement(rowCount: number): CompiledQuery {
    const known = this.#statements.get(rowCount) ?? this.#compile(rowCount);
    this.#statements.set(rowCount, known);
    return known;
  }
}
