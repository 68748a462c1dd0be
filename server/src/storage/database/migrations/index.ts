import { type Kysely, sql } from 'kysely';
import { DEFAULT_MIGRATION_TABLE, Migrator } from 'kysely/migration';
import type { Database, Engine } from '../database.ts';
import { mainJourney } from './0001-main-journey.ts';
import { accessGeneration } from './0002-access-generation.ts';
import { roles } from './0003-roles.ts';
import { lfs } from './0004-lfs.ts';
import { maintenance } from './0005-maintenance.ts';
import { sshHostKeys } from './0006-ssh-host-keys.ts';
import { oidcProviders } from './0010-oidc-providers.ts';
import { groups } from './0011-groups.ts';
import { policyVersions } from './0012-policy-versions.ts';
import { accountSettings } from './0013-account-settings.ts';
import { instanceProfiles } from './0014-instance-profiles.ts';
import { serviceLinkedRoles } from './0015-service-linked-roles.ts';
import { samlProviders } from './0016-saml-providers.ts';
import { serviceUses } from './0017-service-uses.ts';
import { permissionsBoundaries } from './0020-permissions-boundaries.ts';
import { kmsCustomerKeys } from './0030-kms-customer-keys.ts';
import { virtualMfaDevices } from './0040-virtual-mfa-devices.ts';
import { accountLifecycle } from './0041-account-lifecycle.ts';
import { auditEvents } from './0050-audit-events.ts';
import { consoleSessions } from './0070-console-sessions.ts';
import { credentialReports } from './0071-credential-reports.ts';
import { listOrders } from './0072-list-orders.ts';
import { oneRaise } from './0073-one-raise.ts';
import { repositoriesOfKey } from './0080-repositories-of-key.ts';
import { searchedObjects } from './0081-searched-objects.ts';
import { blobIntents } from './0084-blob-intents.ts';
import { blobStoreBinding } from './0085-blob-store-binding.ts';
import { backupHolds } from './0087-backup-holds.ts';

type Migration = (db: Kysely<unknown>, engine: Engine) => Promise<void>;

/**
 * Every change of the schema, in the order of their numbers. A new one comes last, with a higher number, and one that has
 * landed never changes: `index.test.ts` keeps the ledger.
 */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-main-journey': mainJourney,
  '0002-access-generation': accessGeneration,
  '0003-roles': roles,
  '0004-lfs': lfs,
  '0005-maintenance': maintenance,
  '0006-ssh-host-keys': sshHostKeys,
  '0010-oidc-providers': oidcProviders,
  '0011-groups': groups,
  '0012-policy-versions': policyVersions,
  '0013-account-settings': accountSettings,
  '0014-instance-profiles': instanceProfiles,
  '0015-service-linked-roles': serviceLinkedRoles,
  '0016-saml-providers': samlProviders,
  '0017-service-uses': serviceUses,
  '0020-permissions-boundaries': permissionsBoundaries,
  '0030-kms-customer-keys': kmsCustomerKeys,
  '0040-virtual-mfa-devices': virtualMfaDevices,
  '0041-account-lifecycle': accountLifecycle,
  '0050-audit-events': auditEvents,
  '0070-console-sessions': consoleSessions,
  '0071-credential-reports': credentialReports,
  '0072-list-orders': listOrders,
  '0073-one-raise': oneRaise,
  '0080-repositories-of-key': repositoriesOfKey,
  '0081-searched-objects': searchedObjects,
  '0084-blob-intents': blobIntents,
  '0085-blob-store-binding': blobStoreBinding,
  '0087-backup-holds': backupHolds,
};

/** The database has changes of its schema that this version does not know. */
class NewerDatabaseError extends Error {
  override readonly name = 'NewerDatabaseError';

  constructor(migration: string) {
    super(`it was made by a newer Codekeep, which has the migration ${migration}: start that version`);
  }
}

/**
 * Brings a database to the current schema.
 *
 * @throws NewerDatabaseError
 */
export async function migrate(
  database: Database,
  engine: Engine,
  migrations: Readonly<Record<string, Migration>> = MIGRATIONS,
): Promise<void> {
  const migrator = new Migrator({
    db: database,
    provider: {
      getMigrations: async () =>
        Object.fromEntries(
          Object.entries(migrations).map(([name, up]) => [name, { up: (db: Kysely<unknown>) => up(db, engine) }]),
        ),
    },
    // Some versions brought lower numbers after higher ones. What came late is about other tables, so that its place in
    // the order does not matter.
    allowUnorderedMigrations: true,
  });
  await refuseNewer(database, migrations);
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

async function refuseNewer(database: Database, migrations: Readonly<Record<string, Migration>>): Promise<void> {
  const tables = await database.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === DEFAULT_MIGRATION_TABLE)) return;
  const executed = await sql<{ name: string }>`select name from ${sql.table(DEFAULT_MIGRATION_TABLE)}`.execute(
    database,
  );
  const unknown = executed.rows.find(({ name }) => !(name in migrations));
  if (unknown !== undefined) throw new NewerDatabaseError(unknown.name);
}
