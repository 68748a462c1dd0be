import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Engine } from '../database.ts';

interface ListedTable {
  readonly table: string;
  readonly entities: 'users' | 'groups' | 'roles';
  /** Of the columns of the entity's ID and name. */
  readonly prefix: 'user' | 'group' | 'role';
  /** What a list is of, before the names that it is sorted by. */
  readonly listed: 'policy' | 'group';
}

const TABLES: readonly ListedTable[] = [
  { table: 'user_policy_attachments', entities: 'users', prefix: 'user', listed: 'policy' },
  { table: 'group_policy_attachments', entities: 'groups', prefix: 'group', listed: 'policy' },
  { table: 'role_policy_attachments', entities: 'roles', prefix: 'role', listed: 'policy' },
  { table: 'user_permissions_boundaries', entities: 'users', prefix: 'user', listed: 'policy' },
  { table: 'role_permissions_boundaries', entities: 'roles', prefix: 'role', listed: 'policy' },
  { table: 'group_members', entities: 'users', prefix: 'user', listed: 'group' },
];

/**
 * Who uses a policy and who is in a group, with the account and the name beside, so that an index gives a page of them in
 * order and counts them. The database fills both in and follows renames itself: no code that writes one of these tables
 * can forget it.
 */
export async function listOrders(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const text = engine === 'sqlite' ? sql`text` : sql`text collate "C"`;
  for (const each of TABLES) {
    const { table, entities, prefix, listed } = each;
    await db.schema.alterTable(table).addColumn('account_id', text).execute();
    await db.schema.alterTable(table).addColumn('name_key', text).execute();
    const id = sql.ref(`${prefix}_id`);
    await sql`update ${sql.table(table)} set account_id = entity.account_id, name_key = ${nameKeyOf('entity', each)}
      from ${sql.table(entities)} as entity
      where entity.${id} = ${sql.table(table)}.${id}`.execute(db);
    await fillOnInsert(db, engine, each);
    if (listed === 'policy') await db.schema.dropIndex(`${table}_policy`).execute();
    await db.schema
      .createIndex(`${table}_order`)
      .on(table)
      .columns(listed === 'policy' ? ['account_id', 'policy_arn', 'name_key'] : ['group_id', 'name_key'])
      .execute();
  }
  // Roles keep their names.
  for (const entities of ['users', 'groups'] as const) {
    const tables = TABLES.filter((each) => each.entities === entities);
    await followRenames(db, engine, entities, tables);
  }
}

async function fillOnInsert(db: Kysely<unknown>, engine: Engine, each: ListedTable): Promise<void> {
  const { table, entities, prefix } = each;
  const trigger = sql.id(`${table}_fill`);
  const id = sql.ref(`${prefix}_id`);
  const source = sql`from ${sql.table(entities)} as entity where entity.${id} = new.${id}`;
  if (engine === 'sqlite') {
    await sql`create trigger ${trigger} after insert on ${sql.table(table)} for each row
      begin
        update ${sql.table(table)} set (account_id, name_key) = (select entity.account_id, ${nameKeyOf('entity', each)} ${source})
          where rowid = new.rowid;
      end`.execute(db);
    return;
  }
  await sql`create function ${trigger}() returns trigger language plpgsql as $$
    begin
      select entity.account_id, ${nameKeyOf('entity', each)} into new.account_id, new.name_key ${source};
      return new;
    end $$`.execute(db);
  await sql`create trigger ${trigger} before insert on ${sql.table(table)}
    for each row execute function ${trigger}()`.execute(db);
}

async function followRenames(
  db: Kysely<unknown>,
  engine: Engine,
  entities: 'users' | 'groups',
  tables: readonly ListedTable[],
): Promise<void> {
  const [first] = tables;
  if (first === undefined) return;
  const trigger = sql.id(`${entities}_renamed`);
  const column = sql.ref(`${first.prefix}_name_key`);
  const event = sql`after update of ${column} on ${sql.table(entities)} for each row`;
  const updates = sql.join(
    tables.map((each) => {
      const id = sql.ref(`${each.prefix}_id`);
      return sql`update ${sql.table(each.table)} set name_key = ${nameKeyOf('new', each)} where ${id} = new.${id};`;
    }),
    sql` `,
  );
  if (engine === 'sqlite') {
    await sql`create trigger ${trigger} ${event} when old.${column} is not new.${column} begin ${updates} end`.execute(
      db,
    );
    return;
  }
  await sql`create function ${trigger}() returns trigger language plpgsql as $$
    begin ${updates} return null; end $$`.execute(db);
  await sql`create trigger ${trigger} ${event} when (old.${column} is distinct from new.${column})
    execute function ${trigger}()`.execute(db);
}

function nameKeyOf(row: 'entity' | 'new', { prefix }: ListedTable): RawBuilder<string> {
  return sql`${sql.raw(row)}.${sql.ref(`${prefix}_name_key`)}`;
}
