import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  allow,
  type CodecommitFixture,
  codecommitFixture,
  deny,
  OTHER_ACCOUNT,
  userWith,
} from '../../../test/harness/codecommit-services.ts';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { rootPrincipal } from '../../access/principals.ts';
import type { RepositoryRow } from '../../storage/database/schema.ts';

interface Listed {
  readonly repositoryName: string;
  readonly repositoryId: string;
}

const INVALID_TOKEN = { exception: 'InvalidContinuationTokenException' };
const ORDERS = ['ascending', 'descending'] as const;
/** More than two pages, on few different dates, so that pages end between equals. */
const COUNT = 2345;
const DIFFERENT_DATES = 7;

describe.each(databaseEngines)('ListRepositories on $name', (engine) => {
  let codecommit: CodecommitFixture;
  let rows: RepositoryRow[];
  const run: CodecommitFixture['run'] = (...parameters) => codecommit.run(...parameters);

  async function pages(input: object, between: () => Promise<void> = async () => {}): Promise<Listed[][]> {
    const found: Listed[][] = [];
    let nextToken: string | undefined;
    do {
      const answer: { repositories: Listed[]; nextToken?: string } = await run('ListRepositories', {
        ...input,
        nextToken,
      });
      found.push(answer.repositories);
      nextToken = answer.nextToken;
      if (nextToken !== undefined) await between();
    } while (nextToken !== undefined);
    return found;
  }

  async function insert(row: Partial<RepositoryRow>): Promise<void> {
    const [model] = rows;
    if (model === undefined) throw new Error('No row to copy');
    await codecommit.services.database
      .insertInto('repositories')
      .values({ ...model, repository_id: randomUUID(), ...row })
      .execute();
  }

  describe.skipIf(engine.skipReason)('', () => {
    beforeAll(async () => {
      codecommit = await codecommitFixture(engine);
      const { database } = codecommit.services;
      await run('CreateRepository', { repositoryName: 'model' });
      const model = await database.selectFrom('repositories').selectAll().executeTakeFirstOrThrow();
      await run('DeleteRepository', { repositoryName: 'model' });
      rows = Array.from({ length: COUNT }, (_, index) => ({
        ...model,
        repository_id: randomUUID(),
        // Bytewise order differs from that of most locales here.
        repository_name: `${['A', 'a', '_', 'Z', 'z', '-', '.', '9'][index % 8]}${index}`,
        updated_at: 1_000_000 + (index % DIFFERENT_DATES),
      }));
      for (let start = 0; start < COUNT; start += 500) {
        await database
          .insertInto('repositories')
          .values(rows.slice(start, start + 500))
          .execute();
      }
    });
    afterAll(() => codecommit.dispose());

    it.each(ORDERS)('gives every name once, %s', async (order) => {
      const names = rows.map((row) => row.repository_name).sort();
      const expected = order === 'ascending' ? names : names.reverse();
      const found = await pages({ sortBy: 'repositoryName', order });
      expect(found.map((page) => page.length)).toEqual([1000, 1000, 345]);
      expect(found.flat().map(({ repositoryName }) => repositoryName)).toEqual(expected);
    });

    it.each(ORDERS)('gives every repository once by date, %s', async (order) => {
      const found = await pages({ sortBy: 'lastModifiedDate', order });
      expect(found.map((page) => page.length)).toEqual([1000, 1000, 345]);
      const dates = new Map(rows.map((row) => [row.repository_id, row.updated_at]));
      const foundDates = found.flat().map(({ repositoryId }) => dates.get(repositoryId) ?? 0);
      const sorted = [...foundDates].sort((a, b) => (order === 'ascending' ? a - b : b - a));
      expect(foundDates).toEqual(sorted);
      expect(new Set(found.flat().map(({ repositoryId }) => repositoryId)).size).toBe(COUNT);
    });

    it('sorts by name, ascending, unless told', async () => {
      const [first] = await pages({});
      expect(first?.[0]).toEqual({ repositoryName: '-1005', repositoryId: expect.any(String) });
    });

    it.each(ORDERS)('stays right while repositories are added and deleted between its pages, %s', async (order) => {
      const added: string[] = [];
      const found = await pages({ order }, async () => {
        for (const name of ['---first', 'zzz-last', 'a-middle']) {
          const repositoryName = `${name}-${randomUUID()}`;
          await insert({ repository_name: repositoryName });
          added.push(repositoryName);
        }
      });
      const names = found.flat().map(({ repositoryName }) => repositoryName);
      expect(new Set(names).size).toBe(names.length);
      expect(names.filter((name) => !added.includes(name))).toHaveLength(COUNT);
      for (const repositoryName of added) await run('DeleteRepository', { repositoryName });
    });

    it('continues after an item that has been deleted', async () => {
      const repositoryName = `-0-${randomUUID()}`;
      await insert({ repository_name: repositoryName });
      const { repositories, nextToken } = await run('ListRepositories', {});
      const { repositories: rest } = await run('ListRepositories', { nextToken });
      const last = repositories.at(-1);
      await codecommit.services.database
        .deleteFrom('repositories')
        .where('repository_id', '=', last.repositoryId)
        .execute();
      expect((await run('ListRepositories', { nextToken })).repositories).toEqual(rest);
      await insert({ repository_id: last.repositoryId, repository_name: last.repositoryName });
      await run('DeleteRepository', { repositoryName });
    });

    it('refuses tokens of another order, Region or account, and garbage', async () => {
      const { nextToken } = await run('ListRepositories', { sortBy: 'lastModifiedDate' });
      const attempts = [
        () => run('ListRepositories', { nextToken }),
        () => run('ListRepositories', { sortBy: 'lastModifiedDate', order: 'descending', nextToken }),
        () => run('ListRepositories', { sortBy: 'lastModifiedDate', nextToken }, { region: 'eu-west-1' }),
        () =>
          run(
            'ListRepositories',
            { sortBy: 'lastModifiedDate', nextToken },
            { principal: rootPrincipal(OTHER_ACCOUNT) },
          ),
        () => run('ListRepositories', { nextToken: 'garbage' }),
        () => run('ListRepositories', { nextToken: '' }),
      ];
      for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject(INVALID_TOKEN);
    });

    it('lists nothing of another Region or account', async () => {
      const region = 'eu-west-1';
      expect(await run('ListRepositories', {}, { region })).toEqual({ repositories: [] });
      const { repositoryMetadata } = await run('CreateRepository', { repositoryName: 'only' }, { region });
      const { repositoryId } = repositoryMetadata;
      expect(await run('ListRepositories', {}, { region })).toEqual({
        repositories: [{ repositoryName: 'only', repositoryId }],
      });
      expect(await run('ListRepositories', {}, { principal: rootPrincipal(OTHER_ACCOUNT), region })).toEqual({
        repositories: [],
      });
    });

    it('needs the action on *', async () => {
      const inRegion = 'arn:aws:codecommit:us-east-1:111122223333:*';
      await run('ListRepositories', {}, { principal: userWith(allow('codecommit:List*')) });
      for (const principal of [
        userWith(allow('codecommit:ListRepositories', inRegion)),
        userWith(allow('codecommit:*'), deny('codecommit:ListRepositories')),
      ]) {
        await expect(run('ListRepositories', {}, { principal })).rejects.toMatchObject({ name: 'AccessDeniedError' });
      }
    });

    it.each([
      [{ sortBy: 'name' }, 'InvalidSortBy'],
      [{ order: 'up' }, 'InvalidOrder'],
    ])('refuses %j', async (input, name) => {
      await expect(run('ListRepositories', input)).rejects.toMatchObject({ exception: `${name}Exception` });
    });
  });
});
