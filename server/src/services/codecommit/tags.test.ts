import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ACCOUNT,
  allow,
  type CodecommitFixture,
  codecommitFixture,
  OTHER_ACCOUNT,
  REGION,
  userWith,
} from '../../../test/harness/codecommit-services.ts';
import { databaseEngines } from '../../../test/harness/databases.ts';

const ACCESS_DENIED = { name: 'AccessDeniedError' };
const exception = (name: string) => ({ exception: `${name}Exception` });
const numbered = (from: number, to: number) =>
  Object.fromEntries(Array.from({ length: to - from }, (_, index) => [`key-${from + index}`, 'x']));

describe.each(databaseEngines)('tags on $name', (engine) => {
  let codecommit: CodecommitFixture;
  const run: CodecommitFixture['run'] = (...parameters) => codecommit.run(...parameters);
  const create = async (tags?: object): Promise<string> =>
    (await run('CreateRepository', { repositoryName: `r-${randomUUID()}`, ...(tags && { tags }) })).repositoryMetadata
      .Arn;
  const tagsOf = async (resourceArn: string) => (await run('ListTagsForResource', { resourceArn })).tags;

  describe.skipIf(engine.skipReason)('', () => {
    beforeAll(async () => {
      codecommit = await codecommitFixture(engine);
    });
    afterAll(() => codecommit.dispose());

    it('are added, replaced, listed and removed', async () => {
      const resourceArn = await create({ Status: 'Secret', Team: 'red' });
      expect(await tagsOf(resourceArn)).toEqual({ Status: 'Secret', Team: 'red' });
      expect(await run('TagResource', { resourceArn, tags: { Team: 'blue', 'größe 日本': '' } })).toEqual({});
      expect(await tagsOf(resourceArn)).toEqual({ Status: 'Secret', Team: 'blue', 'größe 日本': '' });
      expect(await run('UntagResource', { resourceArn, tagKeys: ['Status', 'team', 'missing'] })).toEqual({});
      expect(await tagsOf(resourceArn)).toEqual({ Team: 'blue', 'größe 日本': '' });
      expect(await tagsOf(await create())).toEqual({});
    });

    it('have keys that mean nothing to JavaScript', async () => {
      const resourceArn = await create();
      await run('TagResource', { resourceArn, tags: JSON.parse('{"__proto__": "a", "constructor": "b"}') });
      expect(Object.entries(await tagsOf(resourceArn))).toEqual([
        ['__proto__', 'a'],
        ['constructor', 'b'],
      ]);
      await run('UntagResource', { resourceArn, tagKeys: ['__proto__', 'toString'] });
      expect(await tagsOf(resourceArn)).toEqual({ constructor: 'b' });
    });

    it('are 50 at most, counted with those that are there', async () => {
      const resourceArn = await create(numbered(0, 49));
      await expect(run('TagResource', { resourceArn, tags: numbered(49, 51) })).rejects.toMatchObject(
        exception('TooManyTags'),
      );
      expect(Object.keys(await tagsOf(resourceArn))).toHaveLength(49);
      await run('TagResource', { resourceArn, tags: numbered(48, 50) });
      expect(Object.keys(await tagsOf(resourceArn))).toHaveLength(50);
    });

    it('lose nothing when many change at once', async () => {
      const resourceArn = await create(numbered(0, 10));
      const additions = Array.from({ length: 10 }, (_, i) =>
        run('TagResource', { resourceArn, tags: numbered(10 + i, 11 + i) }),
      );
      const removals = Array.from({ length: 10 }, (_, i) =>
        run('UntagResource', { resourceArn, tagKeys: [`key-${i}`] }),
      );
      await Promise.all([...additions, ...removals]);
      expect(await tagsOf(resourceArn)).toEqual(numbered(10, 20));
    });

    it.each([
      ['no ARN', 'nonsense', 'InvalidResourceArn'],
      ['another service', `arn:aws:s3:::bucket`, 'InvalidResourceArn'],
      ['no name', `arn:aws:codecommit:${REGION}:${ACCOUNT}:`, 'InvalidResourceArn'],
      ['a wildcard', `arn:aws:codecommit:${REGION}:${ACCOUNT}:*`, 'InvalidResourceArn'],
      ['a path', `arn:aws:codecommit:${REGION}:${ACCOUNT}:a/b`, 'InvalidResourceArn'],
      ['a line break', `arn:aws:codecommit:${REGION}:${ACCOUNT}:a\n`, 'InvalidResourceArn'],
      ['an unknown repository', `arn:aws:codecommit:${REGION}:${ACCOUNT}:unknown`, 'RepositoryDoesNotExist'],
    ])('refuse %s', async (_what, resourceArn, name) => {
      for (const [operation, input] of [
        ['TagResource', { tags: { a: 'b' } }],
        ['UntagResource', { tagKeys: ['a'] }],
        ['ListTagsForResource', {}],
      ] as const) {
        await expect(run(operation, { resourceArn, ...input })).rejects.toMatchObject(exception(name));
      }
    });

    it('of another Region or account are out of reach', async () => {
      const resourceArn = await create({ a: '1' });
      await expect(run('ListTagsForResource', { resourceArn }, { region: 'eu-west-1' })).rejects.toMatchObject(
        exception('RepositoryDoesNotExist'),
      );
      await expect(tagsOf(resourceArn.replace(ACCOUNT, OTHER_ACCOUNT))).rejects.toMatchObject(ACCESS_DENIED);
    });

    it.each([
      ['TagResource', { tags: { 'aws:x': '1' } }, 'InvalidSystemTagUsage'],
      ['UntagResource', { tagKeys: ['aws:x'] }, 'InvalidSystemTagUsage'],
      ['TagResource', { tags: { 'a?': '1' } }, 'InvalidTagsMap'],
      ['TagResource', { tags: { a: 'x'.repeat(257) } }, 'InvalidTagsMap'],
      ['UntagResource', { tagKeys: [] }, 'TagKeysListRequired'],
      ['TagResource', {}, 'TagsMapRequired'],
    ])('refuse bad input of %s: %j', async (operation, input, name) => {
      const resourceArn = await create();
      await expect(run(operation, { resourceArn, ...input })).rejects.toMatchObject(exception(name));
    });

    it('are known to policies: those of the request and those of the repository', async () => {
      const resourceArn = await create({ Team: 'red', Locked: 'no' });
      const onlyTeam = { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['Team'] } };
      const principal = userWith(
        allow('codecommit:TagResource', '*', { StringEquals: { 'aws:RequestTag/Team': ['red', 'blue'] }, ...onlyTeam }),
        allow('codecommit:UntagResource', '*', { StringEquals: { 'aws:ResourceTag/Locked': 'no' }, ...onlyTeam }),
      );
      await run('TagResource', { resourceArn, tags: { Team: 'blue' } }, { principal });
      await run('UntagResource', { resourceArn, tagKeys: ['Team'] }, { principal });
      for (const [operation, input] of [
        ['TagResource', { tags: { Team: 'green' } }],
        ['TagResource', { tags: { Team: 'red', Locked: 'yes' } }],
        ['UntagResource', { tagKeys: ['Team', 'Locked'] }],
        ['ListTagsForResource', {}],
      ] as const) {
        await expect(run(operation, { resourceArn, ...input }, { principal })).rejects.toMatchObject(ACCESS_DENIED);
      }
    });
  });
});
