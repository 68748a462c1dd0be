import { describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { BulkInsert } from './bulk-insert.ts';

const COLUMNS = ['event_id', 'resource_arn', 'resource_type', 'resource_name'] as const;

describe.each(databaseEngines)('many rows on $name', (engine) => {
  // Each size of statement, several of one, and none.
  it.skipIf(engine.skipReason).each([0, 1, 5, 9, 1_666])(
    `%i are inserted whole ${engine.skipReason ?? ''}`,
    async (count) => {
      const { database, close } = await engine.open();
      try {
        const insert = new BulkInsert(database, 'audit_event_resources', COLUMNS);
        const rows = Array.from({ length: count }, (_, index) => ({
          event_id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
          // In another order than the columns.
          resource_name: `name ${index}`,
          resource_type: 'AWS::CodeCommit::Repository',
          resource_arn: `arn ${index}`,
        }));
        await database.transaction().execute((transaction) => insert.run(transaction, rows));
        const found = await database.selectFrom('audit_event_resources').selectAll().orderBy('event_id').execute();
        expect(found).toEqual(rows);
      } finally {
        await close();
      }
    },
  );

  it.skipIf(engine.skipReason)(
    `end with their transaction when one is refused ${engine.skipReason ?? ''}`,
    async () => {
      const { database, close } = await engine.open();
      try {
        const insert = new BulkInsert(database, 'audit_chains', ['chain_id', 'node', 'sequence', 'hash']);
        const row = (chain_id: string) => ({ chain_id, node: 'one', sequence: 1, hash: 'h' });
        const twice = [...Array.from({ length: 600 }, (_, index) => row(String(index))), row('0')];
        await expect(database.transaction().execute((transaction) => insert.run(transaction, twice))).rejects.toThrow();
        expect(await database.selectFrom('audit_chains').selectAll().execute()).toEqual([]);
      } finally {
        await close();
      }
    },
  );
});
