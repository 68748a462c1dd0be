import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ACCOUNT,
  allow,
  type CodecommitFixture,
  callOf,
  codecommitFixture,
  deny,
  OTHER_ACCOUNT,
  REGION,
  userWith,
} from '../../../test/harness/codecommit-services.ts';
import { databaseEngines } from '../../../test/harness/databases.ts';
import type { Principal } from '../../access/principal.ts';
import { rootPrincipal } from '../../access/principals.ts';
import type { Call } from '../operation.ts';
import { type GitAction, openRepository } from './git-access.ts';

const ACCESS_DENIED = { name: 'AccessDeniedError' };
const DOES_NOT_EXIST = { exception: 'RepositoryDoesNotExistException' };
/** The branch-protecting deny of the CodeCommit User Guide, "Limit pushes and merges to branches". */
const PROTECT_MAIN = deny(['codecommit:GitPush', 'codecommit:DeleteBranch', 'codecommit:PutFile'], '*', {
  StringEqualsIfExists: { 'codecommit:References': ['refs/heads/main', 'refs/heads/prod'] },
  Null: { 'codecommit:References': 'false' },
});

describe.each(databaseEngines)('Git access on $name', (engine) => {
  let codecommit: CodecommitFixture;
  let repositoryName: string;
  const open = (action: GitAction, caller: { principal?: Principal; region?: string } = {}, name = repositoryName) =>
    openRepository(codecommit.services, callOf(caller), { repositoryName: name, action });

  describe.skipIf(engine.skipReason)('', () => {
    beforeAll(async () => {
      codecommit = await codecommitFixture(engine);
    });
    afterAll(() => codecommit.dispose());
    beforeEach(async () => {
      repositoryName = `r-${randomUUID()}`;
      await codecommit.run('CreateRepository', { repositoryName, tags: { Team: 'red' } });
    });

    it('opens the repository of the caller in the Region', async () => {
      const { repository, handle } = await open('codecommit:GitPull');
      expect(repository).toMatchObject({ repository_name: repositoryName, account_id: ACCOUNT, region: REGION });
      expect(handle).toEqual({ repositoryId: repository.repository_id, dataKey: expect.any(Uint8Array) });
    });

    it('tells who may ask that a repository is not there: unknown, of another Region, of another account', async () => {
      await expect(open('codecommit:GitPull', {}, 'unknown')).rejects.toMatchObject(DOES_NOT_EXIST);
      await expect(open('codecommit:GitPull', {}, repositoryName.toUpperCase())).rejects.toMatchObject(DOES_NOT_EXIST);
      await expect(open('codecommit:GitPull', {}, `${repositoryName}\0`)).rejects.toMatchObject(DOES_NOT_EXIST);
      await expect(open('codecommit:GitPull', { region: 'eu-west-1' })).rejects.toMatchObject(DOES_NOT_EXIST);
      await expect(open('codecommit:GitPull', { principal: rootPrincipal(OTHER_ACCOUNT) })).rejects.toMatchObject(
        DOES_NOT_EXIST,
      );
    });

    it('asks for GitPull to pull and for GitPush to push, whether the repository exists or not', async () => {
      const reader = { principal: userWith(allow('codecommit:GitPull')) };
      const writer = { principal: userWith(allow('codecommit:GitPush')) };
      await open('codecommit:GitPull', reader);
      await open('codecommit:GitPush', writer);
      for (const name of [repositoryName, 'unknown']) {
        await expect(open('codecommit:GitPush', reader, name)).rejects.toMatchObject(ACCESS_DENIED);
        await expect(open('codecommit:GitPull', writer, name)).rejects.toMatchObject(ACCESS_DENIED);
      }
    });

    it('knows the ARN and the tags of the repository', async () => {
      const arn = `arn:aws:codecommit:${REGION}:${ACCOUNT}:${repositoryName}`;
      const team = (name: string) => ({ StringEquals: { 'aws:ResourceTag/Team': name } });
      await open('codecommit:GitPull', { principal: userWith(allow('codecommit:GitPull', arn, team('red'))) });
      await expect(
        open('codecommit:GitPull', { principal: userWith(allow('codecommit:GitPull', arn, team('blue'))) }),
      ).rejects.toMatchObject(ACCESS_DENIED);
      await expect(
        open('codecommit:GitPull', { principal: userWith(allow('codecommit:GitPull', `${arn}x`)) }),
      ).rejects.toMatchObject(ACCESS_DENIED);
    });

    it('asks again when anything of the question is another', async () => {
      const caller = userWith(
        allow('codecommit:Git*', '*', {
          IpAddress: { 'aws:SourceIp': '10.0.0.0/8' },
          StringEquals: { 'aws:UserAgent': 'trusted' },
          Bool: { 'aws:SecureTransport': 'true' },
        }),
        deny('codecommit:GitPush', '*'),
      );
      const call = callOf({ principal: caller });
      const from = (environment: Partial<Call['environment']>, action: GitAction = 'codecommit:GitPull') =>
        openRepository(
          codecommit.services,
          { ...call, environment: { ...call.environment, sourceIp: '10.1.2.3', userAgent: 'trusted', ...environment } },
          { repositoryName, action },
        );
      await from({});
      await from({});
      await expect(from({ sourceIp: '11.1.2.3' })).rejects.toMatchObject(ACCESS_DENIED);
      await expect(from({ userAgent: 'other' })).rejects.toMatchObject(ACCESS_DENIED);
      await expect(from({ userAgent: undefined })).rejects.toMatchObject(ACCESS_DENIED);
      await expect(from({ secureTransport: false })).rejects.toMatchObject(ACCESS_DENIED);
      await expect(from({ region: 'eu-west-1' })).rejects.toMatchObject(DOES_NOT_EXIST);
      await expect(from({}, 'codecommit:GitPush')).rejects.toMatchObject(ACCESS_DENIED);
      await from({});
    });

    it.each([
      ['a condition', { DateLessThan: { 'aws:CurrentTime': '2030-01-01T00:00:00Z' } }],
      ['the epoch', { NumericLessThan: { 'aws:EpochTime': '1893456000' } }],
      [
        'a policy variable',
        { StringLike: { 'aws:userid': '*' }, StringNotLike: { 'aws:UserAgent': `a\${aws:CurrentTime}` } },
      ],
    ])('asks again when the time counts: %s', async (_, condition) => {
      const call = callOf({ principal: userWith(allow('codecommit:Git*', '*', condition)) });
      const at = (time: string, userAgent: string) =>
        openRepository(
          codecommit.services,
          { ...call, environment: { ...call.environment, userAgent, time: new Date(time) } },
          { repositoryName, action: 'codecommit:GitPull' },
        );
      const userAgent = 'a2030-01-01T00:00:00.000Z';
      await at('2029-12-31T23:59:59Z', userAgent);
      await expect(at('2030-01-01T00:00:00Z', userAgent)).rejects.toMatchObject(ACCESS_DENIED);
      await at('2029-12-31T23:59:59Z', userAgent);
    });

    it('lets a session with a protected branch begin, and refuses that branch alone', async () => {
      const principal = userWith(allow('codecommit:*'), PROTECT_MAIN);
      const { authorizeReference } = await open('codecommit:GitPush', { principal });
      expect(() => authorizeReference('refs/heads/main')).toThrow(expect.objectContaining(ACCESS_DENIED));
      expect(() => authorizeReference('refs/heads/prod')).toThrow(
        expect.objectContaining({ message: expect.stringContaining('with an explicit deny') }),
      );
      for (const free of ['refs/heads/main2', 'refs/heads/feature/main', 'refs/tags/main', 'refs/heads/MAIN']) {
        expect(() => authorizeReference(free)).not.toThrow();
      }
    });

    it('refuses the session itself where the deny lacks Null, as on AWS', async () => {
      const withoutNull = deny('codecommit:GitPush', '*', {
        StringEqualsIfExists: { 'codecommit:References': 'refs/heads/main' },
      });
      const principal = userWith(allow('codecommit:*'), withoutNull);
      await expect(open('codecommit:GitPush', { principal })).rejects.toMatchObject(ACCESS_DENIED);
    });

    it('pushes what an allow by reference name names, and nothing else', async () => {
      const principal = userWith(
        allow('codecommit:GitPush', '*', { Null: { 'codecommit:References': 'true' } }),
        allow('codecommit:GitPush', '*', { StringLike: { 'codecommit:References': 'refs/heads/feature/*' } }),
      );
      const { authorizeReference } = await open('codecommit:GitPush', { principal });
      expect(() => authorizeReference('refs/heads/feature/a')).not.toThrow();
      expect(() => authorizeReference('refs/heads/main')).toThrow(expect.objectContaining(ACCESS_DENIED));
    });
  });
});
