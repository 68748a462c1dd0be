import type { Kysely } from 'kysely';

/** Gives the repositories that a key encrypts by name. */
export async function repositoriesOfKey(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('repositories_key')
    .on('repositories')
    .columns(['kms_key_arn', 'account_id', 'region', 'repository_name'])
    .execute();
}
