import { type Kysely, sql } from 'kysely';
import type { Engine } from '../database.ts';

/** Identity providers of OpenID Connect, whose tokens roles may trust. */
export async function oidcProviders(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const text = engine === 'sqlite' ? sql`text` : sql`text collate "C"`;
  await db.schema
    .createTable('oidc_providers')
    .addColumn('provider_arn', text, (c) => c.primaryKey())
    .addColumn('account_id', text, (c) => c.notNull().references('accounts.account_id'))
    .addColumn('url', text, (c) => c.notNull())
    .addColumn('url_key', text, (c) => c.notNull())
    .addColumn('client_ids', text, (c) => c.notNull())
    .addColumn('thumbprints', text, (c) => c.notNull())
    .addColumn('tags', text, (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('oidc_providers_url', ['account_id', 'url_key'])
    .execute();
}
