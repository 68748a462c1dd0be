import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../../test/harness/databases.ts';
import { type Database, openDatabase } from '../database.ts';
import { MIGRATIONS, migrate } from './index.ts';

/** SHA-256 of each migration as it landed. A new one is added at the end; none is ever changed or taken away. */
const LEDGER = {
  '0001-main-journey': '83ea2e2eb77c1a747f153aa359b2821307328f3bcfde2139a61bc9e020aa8035',
  '0002-access-generation': '3524d28a43008ec39c8843116b01a48d7d2ed72c54853d1259960176aeacb6d5',
  '0003-roles': '3da1f9c6b79b58e3fb0698512d4aad1f4e8d879059fe7ff8d81ddda6c03b6998',
  '0004-lfs': 'acff948a892260e1a3fc6ce475657dfdabd8647f8fec34ced5c6c2e86500d9d1',
  '0005-maintenance': '3b8274e453947921b19ac8c28264ae077c296cffaf7d22c4c0ef9c0455c00b70',
  '0006-ssh-host-keys': 'c8912095914112adf4d1ca737b1d226fc8a63f3ff4d47db9d4582f1c9bf06ae0',
  '0010-oidc-providers': '7ed2ae96ab02c349f081f8b410acad0887ff562a792289fbf5f09f03e5131b15',
  '0011-groups': '3f4d099cbb93e0076aa51c57ee5a4deb17352eab03437ff1ee3ced7b4e0035bd',
  '0012-policy-versions': 'd9caf8a6a0558c6f2208b1adf7accfbdae2894dd1b715d0ce17cdc799fce423f',
  '0013-account-settings': '97e7417e1e11fe4624ce12facd9394d5991e34b05865ed7495386a9d7440389e',
  '0014-instance-profiles': 'b3c3beaec45619d2972de0b3dfac5659a7d34f2a250e9b116ea874b43eee0e1a',
  '0015-service-linked-roles': '09f9ec903a3f457b644086218bc7e31f243161ac6fcef226a20d65ddb005cc7b',
  '0016-saml-providers': 'fe05f4689a1127c01f732f7dbe282580cf08f25f5062a027197e212fc4684c79',
  '0017-service-uses': '54ab17823f42faf48fcd0af130ffab628a9b6462b993a045f15a8a86660f776e',
  '0020-permissions-boundaries': '3afeeaec16f0e75a804a05659db785f4c95f4bb6d9c00a27151b545062856b2e',
  '0030-kms-customer-keys': 'c334163ff39d8b83a3f8158538cf856fbab64c0b08646cb86ba2e5e85c444fcb',
  '0040-virtual-mfa-devices': 'd60e3dc528196f16c434ef7f5bfaa5973230219645d4956ad132fc88c5389d11',
  '0041-account-lifecycle': '8f62cb3a27d06e2968df9eebbc8a13f259d1b0274b0b96113f2fbf5ba396429a',
  '0050-audit-events': '5d0c0e98ebe98629b66b52c0b29085f32aa7f52b24d8182b01b7d1fca07c70af',
  '0070-console-sessions': 'd67d48fb6c9ca82d4ffd058c059e07cab90ade08d64deefba8d8c313286cbeff',
  '0071-credential-reports': '68c5cc84118c9190baf093905bb7b60ff2d3d1b4f40d89d6a95c10fbe85d923d',
  '0072-list-orders': '9a9d724cd31c28e0f4db1017265f9a50e42f8d86adc088ce6e383cd87f79943f',
  '0073-one-raise': '73b435fe8c654ed4fbb84775bf65a29ed6dc0f1c095be2b885b9526a970a90c1',
  '0080-repositories-of-key': '4203ba888a06d5d767b82bbb81de03b3f762bfd3311feb38eb504a534642d624',
  '0081-searched-objects': '0df750784d6a02aadba3ce3f62e51f5ff3a1d02bf18ac07418f55efb7894b684',
  '0084-blob-intents': 'd4a7a568e5ab6c8ed5d4988b2f06e12005bbe1666e8311e7f51e955beb7bf485',
  '0085-blob-store-binding': 'ecfce32c4cdf230acf52e33812c198d27af2f2a45e6872b524819629a63ab1ea',
  '0087-backup-holds': 'c4a3318311f5ca92f2cc8cd66d435a69444f277fd26c76668397231048ef22bd',
};

/** Numbers that versions of the main line had, of which later ones brought lower ones. */
const HISTORIES = [
  '0001 0002 0003 0004 0005 0006 0040',
  '0001 0002 0003 0004 0005 0006 0010 0011 0070',
  '0001 0002 0003 0004 0005 0006 0010 0011 0020 0050',
  '0001 0002 0003 0004 0005 0006 0010 0011 0012 0013 0014 0015 0016 0020 0040 0070',
  '0001 0002 0003 0004 0005 0006 0010 0011 0012 0013 0014 0015 0016 0017 0020 0030 0040 0070',
];

describe('the list of migrations', () => {
  it('grows at its end only, and what has landed stays as it was', async () => {
    const names = Object.keys(MIGRATIONS);
    expect(names).toEqual([...names].sort());
    expect(names).toEqual(Object.keys(LEDGER));
    const files = (await readdir(import.meta.dirname)).filter((name) => /^\d{4}-/.test(name));
    expect(files.sort()).toEqual(names.map((name) => `${name}.ts`));
    for (const [name, hash] of Object.entries(LEDGER)) {
      const content = await readFile(new URL(`${name}.ts`, import.meta.url));
      expect(createHash('sha256').update(content).digest('hex'), name).toBe(hash);
    }
  });
});

describe.each(databaseEngines)('a database of another version on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    async function onEmpty(work: (database: Database) => Promise<void>): Promise<void> {
      const opened = await engine.open();
      try {
        await clear(opened.database, engine.name);
        await work(opened.database);
      } finally {
        await opened.close();
      }
    }
    const columnsOf = async (database: Database) => {
      const tables = await database.introspection.getTables();
      return tables
        .map(({ name, columns }) => `${name}: ${columns.map((column) => `${column.name} ${column.dataType}`).sort()}`)
        .sort();
    };

    it.each(HISTORIES)('comes to the current schema from %s', async (numbers) => {
      const earlier = Object.entries(MIGRATIONS).filter(([name]) => numbers.includes(name.slice(0, 4)));
      let expected: readonly string[] = [];
      await onEmpty(async (database) => {
        await migrate(database, engine.name);
        expected = await columnsOf(database);
      });
      await onEmpty(async (database) => {
        await migrate(database, engine.name, Object.fromEntries(earlier));
        await migrate(database, engine.name);
        expect(await columnsOf(database)).toEqual(expected);
      });
    });

    it('is refused, and called newer, when it knows more', async () => {
      const opened = await engine.open();
      try {
        await sql`insert into kysely_migration (name, timestamp) values ('9999-later', '2030-01-01')`.execute(
          opened.database,
        );
        await expect(openDatabase(opened.location)).rejects.toThrow(
          'it was made by a newer Codekeep, which has the migration 9999-later: start that version',
        );
      } finally {
        await opened.close();
      }
    });
  });
});

/** Back to nothing. */
async function clear(database: Database, engine: 'sqlite' | 'postgresql'): Promise<void> {
  if (engine === 'postgresql') {
    await sql`drop schema public cascade`.execute(database);
    await sql`create schema public`.execute(database);
    return;
  }
  await sql`pragma foreign_keys = off`.execute(database);
  const tables = await database.introspection.getTables({ withInternalKyselyTables: true });
  for (const { name } of tables) await sql`drop table ${sql.table(name)}`.execute(database);
  await sql`pragma foreign_keys = on`.execute(database);
}
