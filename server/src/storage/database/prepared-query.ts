import { type Compilable, type CompiledQuery, type RawBuilder, sql } from 'kysely';
import type { Database } from './database.ts';

type Placeholders<Name extends string> = Readonly<Record<Name, RawBuilder<string>>>;
type Values<Name extends string> = Readonly<Record<Name, string>>;

/**
 * A query that is built and compiled once for each database: for the few that every new caller of Git waits for, as
 * Kysely takes longer to make their SQL than SQLite to answer them.
 *
 * @param names of its arguments
 * @param build gets the arguments as placeholders, each of which may stand in several places
 * @returns runs it and returns its rows
 */
export function preparedQuery<const Name extends string, Row>(
  names: readonly Name[],
  build: (database: Database, placeholders: Placeholders<Name>) => Compilable<Row>,
): (database: Database, values: Values<Name>) => Promise<Row[]> {
  const compiled = new WeakMap<Database, CompiledQuery<Row>>();
  const placeholders = Object.fromEntries(
    // With the cast SQLite keeps its plan: it makes a new one of a join each time that a bare parameter is bound.
    names.map((name) => [name, sql<string>`cast(${new Argument(name)} as text)`]),
  ) as Placeholders<Name>;
  return async (database, values) => {
    const query = compiled.get(database) ?? build(database, placeholders).compile();
    compiled.set(database, query);
    const parameters = query.parameters.map((each) => (each instanceof Argument ? values[each.name as Name] : each));
    return (await database.executeQuery<Row>({ ...query, parameters })).rows;
  };
}

/** Stands among the parameters of a compiled query where the value of the argument goes. */
class Argument {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}
