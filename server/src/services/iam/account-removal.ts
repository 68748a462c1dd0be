import { sql } from 'kysely';
import type { Database } from '../../storage/database/database.ts';
import type { DatabaseTransaction } from '../../storage/database/row-locks.ts';
import { GRACE_PERIOD_MS } from './account-closure.ts';

interface RemovalServices {
  readonly database: Database;
  /** Destroys a repository with its data key; nothing when it is gone already. */
  readonly destroyRepository: (repositoryId: string) => Promise<unknown>;
}

const REPOSITORIES_AT_ONCE = 200;

/**
 * Removes what closed accounts have left, once nobody can reopen them any more: their repositories one by one, then all the
 * rest at once. A crash in between leaves a closed account with less in it, and the next round goes on.
 *
 * @param isStopped asked between repositories
 */
export async function removeClosedAccounts(
  services: RemovalServices,
  now: number,
  isStopped: () => boolean = () => false,
): Promise<void> {
  const accounts = await services.database
    .selectFrom('accounts')
    .select('account_id')
    .where('closed_at', '<=', now - GRACE_PERIOD_MS)
    .execute();
  for (const { account_id: accountId } of accounts) {
    if (!(await removeRepositories(services, accountId, isStopped))) return;
    await services.database.transaction().execute((transaction) => removeRows(transaction, accountId));
  }
}

/** @returns false when it was stopped before the last one */
async function removeRepositories(
  { database, destroyRepository }: RemovalServices,
  accountId: string,
  isStopped: () => boolean,
): Promise<boolean> {
  for (;;) {
    const some = await database
      .selectFrom('repositories')
      .select('repository_id')
      .where('account_id', '=', accountId)
      .limit(REPOSITORIES_AT_ONCE)
      .execute();
    if (some.length === 0) return true;
    for (const { repository_id: repositoryId } of some) {
      if (isStopped()) return false;
      await destroyRepository(repositoryId);
    }
  }
}

/** Tables whose rows belong to those of another, and by which column; before the tables that they belong to. */
const OWNED: readonly (readonly [owner: string, column: string, tables: readonly string[]])[] = [
  ['kms_keys', 'key_id', ['kms_grants', 'kms_aliases', 'kms_key_materials']],
  ['users', 'user_id', ['login_profiles', 'former_passwords', 'group_members']],
  ['users', 'user_id', ['user_policies', 'user_policy_attachments', 'user_permissions_boundaries']],
  ['groups', 'group_id', ['group_policies', 'group_policy_attachments']],
  ['roles', 'role_id', ['role_policies', 'role_policy_attachments', 'role_permissions_boundaries']],
  ['policies', 'policy_id', ['policy_versions']],
];

/** Tables with a column `account_id`; each after those that refer to it. */
const OF_ACCOUNT = [
  'kms_keys',
  'console_sessions',
  'access_keys',
  'service_specific_credentials',
  'ssh_public_keys',
  'virtual_mfa_devices',
  'instance_profiles',
  'role_deletions',
  'saml_providers',
  'oidc_providers',
  'last_accessed_jobs',
  'credential_reports',
  'account_aliases',
  'password_policies',
  'groups',
  'roles',
  'users',
  'policies',
  'audit_events',
  'accounts',
] as const;

async function removeRows(transaction: DatabaseTransaction, accountId: string): Promise<void> {
  const ofAccount = (table: string, column: string) =>
    sql`select ${sql.ref(column)} from ${sql.table(table)} where account_id = ${accountId}`;
  for (const identity of [ofAccount('users', 'user_id'), ofAccount('roles', 'role_id')]) {
    await sql`delete from service_uses where identity_id in (${identity})`.execute(transaction);
  }
  const events = ofAccount('audit_events', 'event_id');
  await sql`delete from audit_event_resources where event_id in (${events})`.execute(transaction);
  for (const [owner, column, tables] of OWNED) {
    for (const table of tables) {
      const owners = ofAccount(owner, column);
      await sql`delete from ${sql.table(table)} where ${sql.ref(column)} in (${owners})`.execute(transaction);
    }
  }
  for (const table of OF_ACCOUNT) await transaction.deleteFrom(table).where('account_id', '=', accountId).execute();
}
