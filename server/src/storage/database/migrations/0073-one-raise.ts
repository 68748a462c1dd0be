import { type Kysely, sql } from 'kysely';
import type { Engine } from '../database.ts';

/**
 * On PostgreSQL, a transaction raises the access generation once, however much it changes: each further raise would have
 * to pass over the row versions of all before it. The setting goes with the transaction.
 */
export async function oneRaise(db: Kysely<unknown>, engine: Engine): Promise<void> {
  if (engine !== 'postgresql') return;
  await sql`create or replace function raise_access_generation() returns trigger language plpgsql as $$
    begin
      if current_setting('codekeep.access_raised', true) is distinct from pg_current_xact_id()::text then
        update access_generation set generation = generation + 1;
        perform set_config('codekeep.access_raised', pg_current_xact_id()::text, true);
      end if;
      return null;
    end $$`.execute(db);
}
