import { type Expression, type SqlBool, sql } from 'kysely';

/** A condition: the path begins with the prefix, compared byte by byte. LIKE would read `_` and `%` as wildcards. */
export function pathBeginsWith(path: Expression<string>, prefix: string): Expression<SqlBool> {
  return sql<SqlBool>`substr(${path}, 1, ${sql.lit(prefix.length)}) = ${prefix}`;
}
