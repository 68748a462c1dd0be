import { type RawBuilder, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../test/harness/databases.ts';
import { type Database, openDatabase } from '../storage/database/database.ts';
import { AccessCache } from './access-cache.ts';

const ACCOUNT = '111122223333';
const BYTES = Buffer.of(1);

/** One row of each table that access decisions are made of. */
async function insertRows(database: Database): Promise<void> {
  const named = { account_id: ACCOUNT, path: '/', tags: '{}', created_at: 0 };
  await database
    .insertInto('accounts')
    .values({ account_id: ACCOUNT, root_email: 'r@example.com', root_password_hash: '', created_at: 0 })
    .execute();
  await database
    .insertInto('users')
    .values({ ...named, user_id: 'AIDA1', user_name: 'a', user_name_key: 'a', password_last_used: null })
    .execute();
  await database
    .insertInto('policies')
    .values({
      ...named,
      policy_id: 'ANPA1',
      policy_name: 'p',
      policy_name_key: 'p',
      description: null,
      default_version_id: 'v1',
      updated_at: 0,
    })
    .execute();
  await database
    .insertInto('policy_versions')
    .values({ policy_id: 'ANPA1', version_id: 'v1', document: '{}', created_at: 0 })
    .execute();
  await database
    .insertInto('roles')
    .values({
      ...named,
      role_id: 'AROA1',
      role_name: 'r',
      role_name_key: 'r',
      description: null,
      trust_policy: '{}',
      max_session_duration: 3600,
      last_used_at: null,
      last_used_region: null,
    })
    .execute();
  await database
    .insertInto('groups')
    .values({ account_id: ACCOUNT, group_id: 'AGPA1', group_name: 'g', group_name_key: 'g', path: '/', created_at: 0 })
    .execute();
  await database
    .insertInto('service_specific_credentials')
    .values({
      account_id: ACCOUNT,
      credential_id: 'ACCA1',
      user_id: 'AIDA1',
      service_name: 'codecommit.amazonaws.com',
      service_user_name: 'a-at-111122223333',
      password_hash: BYTES,
      status: 'Active',
      created_at: 0,
    })
    .execute();
  await database
    .insertInto('access_keys')
    .values({
      access_key_id: 'AKIA1',
      account_id: ACCOUNT,
      user_id: 'AIDA1',
      secret: BYTES,
      status: 'Active',
      created_at: 0,
      last_used_at: null,
      last_used_region: null,
      last_used_service: null,
    })
    .execute();
  await database
    .insertInto('kms_keys')
    .values({
      key_id: 'key-1',
      account_id: ACCOUNT,
      region: 'us-east-1',
      manager: 'AWS',
      state: 'Enabled',
      description: '',
      created_at: 0,
      deletion_at: null,
    })
    .execute();
  await database
    .insertInto('repositories')
    .values({
      repository_id: 'r1',
      account_id: ACCOUNT,
      region: 'us-east-1',
      repository_name: 'r',
      description: null,
      default_branch: null,
      kms_key_arn: '',
      data_key: BYTES,
      generation: 0,
      tags: '{}',
      created_at: 0,
      updated_at: 0,
    })
    .execute();
}

/** In an order in which each finds what it needs. */
const CHANGES: Readonly<Record<string, RawBuilder<unknown>>> = {
  'a user renamed': sql`update users set user_name = 'b', user_name_key = 'b'`,
  'a user moved to another path': sql`update users set path = '/team/'`,
  'a user tagged': sql`update users set tags = '{"team":"a"}'`,
  'a policy attached': sql`insert into user_policy_attachments (user_id, policy_arn, policy_id, attached_at)
    values ('AIDA1', 'arn', 'ANPA1', 0)`,
  'a policy detached': sql`delete from user_policy_attachments`,
  'an inline policy put': sql`insert into user_policies (user_id, policy_name, document) values ('AIDA1', 'i', '{}')`,
  'an inline policy changed': sql`update user_policies set document = '[]'`,
  'an inline policy deleted': sql`delete from user_policies`,
  'a boundary set': sql`insert into user_permissions_boundaries (user_id, policy_arn) values ('AIDA1', 'arn')`,
  'a boundary changed': sql`update user_permissions_boundaries set policy_arn = 'arn2', policy_id = 'ANPA1'`,
  'a boundary deleted': sql`delete from user_permissions_boundaries`,
  'a boundary of a role set': sql`insert into role_permissions_boundaries (role_id, policy_arn) values ('AROA1', 'arn')`,
  'a boundary of a role changed': sql`update role_permissions_boundaries set policy_id = 'ANPA1'`,
  'a boundary of a role deleted': sql`delete from role_permissions_boundaries`,
  'a user added to a group': sql`insert into group_members (group_id, user_id, added_at) values ('AGPA1', 'AIDA1', 0)`,
  'a policy attached to a group': sql`insert into group_policy_attachments (group_id, policy_arn, policy_id, attached_at)
    values ('AGPA1', 'arn', 'ANPA1', 0)`,
  'a policy detached from a group': sql`delete from group_policy_attachments`,
  'an inline policy of a group put': sql`insert into group_policies (group_id, policy_name, document)
    values ('AGPA1', 'i', '{}')`,
  'an inline policy of a group changed': sql`update group_policies set document = '[]'`,
  'an inline policy of a group deleted': sql`delete from group_policies`,
  'a user removed from a group': sql`delete from group_members`,
  'a role moved to another path': sql`update roles set path = '/team/'`,
  'a role tagged': sql`update roles set tags = '{"team":"a"}'`,
  'the trust policy of a role changed': sql`update roles set trust_policy = '[]'`,
  'the longest session of a role changed': sql`update roles set max_session_duration = 7200`,
  'a policy attached to a role': sql`insert into role_policy_attachments (role_id, policy_arn, policy_id, attached_at)
    values ('AROA1', 'arn', 'ANPA1', 0)`,
  'a policy detached from a role': sql`delete from role_policy_attachments`,
  'an inline policy of a role put': sql`insert into role_policies (role_id, policy_name, document)
    values ('AROA1', 'i', '{}')`,
  'an inline policy of a role changed': sql`update role_policies set document = '[]'`,
  'an inline policy of a role deleted': sql`delete from role_policies`,
  'a role deleted': sql`delete from roles`,
  'the default version of a policy set': sql`update policies set default_version_id = 'v2'`,
  'a policy version written': sql`update policy_versions set document = '[]'`,
  'a Git credential reset': sql`update service_specific_credentials set password_hash = ${Buffer.of(2)}`,
  'a Git credential made inactive': sql`update service_specific_credentials set status = 'Inactive'`,
  'a Git credential deleted': sql`delete from service_specific_credentials`,
  'an access key made inactive': sql`update access_keys set status = 'Inactive'`,
  'an access key deleted': sql`delete from access_keys`,
  'a KMS key to be deleted': sql`update kms_keys set state = 'PendingDeletion'`,
  'a repository tagged': sql`update repositories set tags = '{"a":"b"}'`,
  'a repository renamed': sql`update repositories set repository_name = 'new'`,
  'the key of a repository changed': sql`update repositories set data_key = ${Buffer.of(3)}`,
  'a repository deleted': sql`delete from repositories`,
  'a user deleted': sql`delete from users`,
};

const NOTHING_OF_ACCESS: Readonly<Record<string, RawBuilder<unknown>>> = {
  'a push': sql`update repositories set generation = generation + 1, default_branch = 'main', updated_at = 1`,
  'a description': sql`update repositories set description = 'x'`,
  'the last use of an access key': sql`update access_keys set last_used_at = 1`,
  'the last use of a role': sql`update roles set last_used_at = 1, last_used_region = 'us-east-1'`,
  'the description of a role': sql`update roles set description = 'x'`,
  'a group renamed': sql`update ${sql.table('groups')} set group_name = 'h', group_name_key = 'h'`,
  'the same tags again': sql`update repositories set tags = '{}'`,
};

describe.each(databaseEngines)('AccessCache on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let database: Database;
    let close: () => Promise<void>;
    let loads = 0;
    const load = async () => ++loads;

    beforeAll(async () => {
      ({ database, close } = await engine.open());
      await insertRows(database);
    });
    afterAll(() => close());

    it.each(Object.entries(NOTHING_OF_ACCESS))('remembers across %s', async (_, change) => {
      const cache = AccessCache.of(database);
      const before = await cache.read('key', load);
      await change.execute(database);
      expect(await cache.read('key', load)).toBe(before);
    });

    it('remembers that something does not exist', async () => {
      let asked = 0;
      const missing = async () => {
        asked++;
        return undefined;
      };
      const cache = AccessCache.of(database);
      expect(await cache.read('missing', missing)).toBeUndefined();
      expect(await cache.read('missing', missing)).toBeUndefined();
      expect(asked).toBe(1);
    });

    it('remembers no failure', async () => {
      const cache = AccessCache.of(database);
      await expect(cache.read('failing', () => Promise.reject(new Error('once')))).rejects.toThrow('once');
      expect(await cache.read('failing', async () => 'loaded')).toBe('loaded');
    });

    it('does not keep what was loaded while something changed', async () => {
      const cache = AccessCache.of(database);
      const change = sql`update kms_keys set state = case when state = 'Enabled' then 'Disabled' else 'Enabled' end`;
      const overtaken = await cache.read('overtaken', async () => {
        await change.execute(database);
        return 'before';
      });
      expect(overtaken).toBe('before');
      expect(await cache.read('overtaken', async () => 'after')).toBe('after');
    });

    it('forgets nothing of a transaction that was rolled back, and sees one that was committed', async () => {
      const cache = AccessCache.of(database);
      const before = await cache.read('key', load);
      const change = sql`update users set path = '/other/'`;
      const rolledBack = database.transaction().execute(async (transaction) => {
        await change.execute(transaction);
        throw new Error('rolled back');
      });
      await expect(rolledBack).rejects.toThrow('rolled back');
      expect(await cache.read('key', load)).toBe(before);
      await database.transaction().execute((transaction) => change.execute(transaction));
      expect(await cache.read('key', load)).not.toBe(before);
    });

    it.each(Object.entries(CHANGES))('forgets after %s', async (_, change) => {
      const cache = AccessCache.of(database);
      const before = await cache.read('key', load);
      expect(await cache.read('key', load)).toBe(before);
      await change.execute(database);
      expect(await cache.read('key', load)).not.toBe(before);
    });

    // One process owns an SQLite database.
    if (engine.name === 'postgresql') {
      it('has a transaction raise the counter once, and the next one again', async () => {
        const opened = await engine.open();
        const generation = async () =>
          (await opened.database.selectFrom('access_generation').select('generation').executeTakeFirstOrThrow())
            .generation;
        try {
          await insertRows(opened.database);
          for (const path of ['/one/', '/two/']) {
            const before = await generation();
            await opened.database.transaction().execute(async (transaction) => {
              await sql`update users set path = ${path}`.execute(transaction);
              await sql`update users set tags = ${JSON.stringify({ path })}`.execute(transaction);
              await sql`update policy_versions set document = ${JSON.stringify({ path })}`.execute(transaction);
            });
            expect(await generation()).toBe(before + 1);
          }
        } finally {
          await opened.close();
        }
      });

      it('forgets after a change on another node', async () => {
        const opened = await engine.open();
        const other = await openDatabase(opened.location);
        try {
          await insertRows(other);
          const cache = AccessCache.of(opened.database);
          const before = await cache.read('key', load);
          await sql`update users set path = '/elsewhere/'`.execute(other);
          expect(await cache.read('key', load)).not.toBe(before);
        } finally {
          await other.destroy();
          await opened.close();
        }
      });
    }
  });
});
