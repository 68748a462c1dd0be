import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  GetOpenIDConnectProviderCommand,
  ListOpenIDConnectProvidersCommand,
  ListOpenIDConnectProviderTagsCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  TagOpenIDConnectProviderCommand,
  UntagOpenIDConnectProviderCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';

const THUMBPRINT = 'a'.repeat(40);

describe.each(databaseEngines)('OpenID Connect providers on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let first: TestAccount;
    let account: TestAccount;
    beforeAll(async () => {
      first = await openTestAccount(engine);
    });
    beforeEach(async () => {
      account = await first.otherAccount();
    });
    afterAll(() => first.close());

    async function create(Url: string, input: object = {}): Promise<string> {
      const answer = await account.root.send(new CreateOpenIDConnectProviderCommand({ Url, ...input }));
      return answer.OpenIDConnectProviderArn ?? '';
    }

    function get(OpenIDConnectProviderArn: string) {
      return account.root.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
    }

    it('are created, read, listed and deleted', async () => {
      const Url = 'https://Issuer.example.com/realms/Team';
      const input = { ClientIDList: ['b', 'a', 'b'], ThumbprintList: ['A'.repeat(40)] };
      const answer = await account.root.send(
        new CreateOpenIDConnectProviderCommand({ Url, ...input, Tags: [{ Key: 'k', Value: 'v' }] }),
      );
      const arn = `arn:aws:iam::${account.accountId}:oidc-provider/Issuer.example.com/realms/Team`;
      expect(answer).toEqual({ OpenIDConnectProviderArn: arn, Tags: [{ Key: 'k', Value: 'v' }] });
      expect(await get(arn)).toEqual({
        Url: 'Issuer.example.com/realms/Team',
        ClientIDList: ['b', 'a'],
        ThumbprintList: [THUMBPRINT],
        CreateDate: expect.any(Date),
        Tags: [{ Key: 'k', Value: 'v' }],
      });
      const plain = await create('https://accounts.example.org');
      expect(await get(plain)).toMatchObject({ ClientIDList: [], ThumbprintList: [] });
      expect(await account.root.send(new ListOpenIDConnectProvidersCommand({}))).toEqual({
        OpenIDConnectProviderList: [{ Arn: plain }, { Arn: arn }],
      });
      await expect(create(Url.toLowerCase())).rejects.toMatchObject({
        queryCode: 'EntityAlreadyExists',
        status: 409,
        message: `Provider with url ${Url.toLowerCase()} already exists.`,
      });
      const remove = () => account.root.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }));
      await remove();
      await expect(get(arn)).rejects.toMatchObject({
        queryCode: 'NoSuchEntity',
        status: 404,
        message: `OpenIDConnect Provider not found for arn ${arn}`,
      });
      // Deleting what is not there is no error on AWS either.
      await remove();
    });

    it('refuse URLs with another scheme, a port, a user, a query or a fragment', async () => {
      for (const url of [
        'http://issuer.example.com',
        'https://issuer.example.com:8443',
        'https://user@issuer.example.com',
        'https://issuer.example.com/?realm=a',
        'https://issuer.example.com/#a',
        'https://',
        'issuer.example.com',
      ]) {
        await expect(create(url)).rejects.toMatchObject({
          queryCode: 'ValidationError',
          message: 'Invalid Open ID Connect Provider URL',
        });
      }
    });

    it('take client IDs and thumbprints up to their quotas', async () => {
      const many = (count: number) => Array.from({ length: count }, (_, number) => `client-${number}`);
      const limitExceeded = (message: string) => ({ queryCode: 'LimitExceeded', status: 409, message });
      const tooManyIds = limitExceeded('Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100');
      await expect(create('https://a.example', { ClientIDList: many(101) })).rejects.toMatchObject(tooManyIds);
      const OpenIDConnectProviderArn = await create('https://a.example', { ClientIDList: many(99) });
      const add = (ClientID: string) =>
        account.root.send(new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID }));
      const outcomes = await Promise.allSettled([add('one'), add('two')]);
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      await add('client-0');
      await expect(add('three')).rejects.toMatchObject(tooManyIds);
      const remove = (ClientID: string) =>
        account.root.send(new RemoveClientIDFromOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID }));
      await remove('client-0');
      await remove('client-0');
      await add('three');
      expect((await get(OpenIDConnectProviderArn)).ClientIDList).toHaveLength(100);

      const replace = (ThumbprintList: string[]) =>
        account.root.send(
          new UpdateOpenIDConnectProviderThumbprintCommand({ OpenIDConnectProviderArn, ThumbprintList }),
        );
      const thumbprints = ['1', '2', '3', '4', '5', '6'].map((digit) => digit.repeat(40));
      await replace(thumbprints.slice(0, 5));
      expect((await get(OpenIDConnectProviderArn)).ThumbprintList).toEqual(thumbprints.slice(0, 5));
      await expect(replace(thumbprints)).rejects.toMatchObject(
        limitExceeded('Cannot exceed quota for ThumbprintsPerOpenIdConnectProvider: 5'),
      );
      await expect(replace(['x'.repeat(40)])).rejects.toMatchObject({ queryCode: 'InvalidInput' });
      await expect(replace(['a'.repeat(39)])).rejects.toMatchObject({ queryCode: 'ValidationError' });
    });

    it('have tags', async () => {
      const OpenIDConnectProviderArn = await create('https://a.example', { Tags: [{ Key: 'Team', Value: 'a' }] });
      const input = { OpenIDConnectProviderArn };
      await account.root.send(new TagOpenIDConnectProviderCommand({ ...input, Tags: [{ Key: 'team', Value: 'b' }] }));
      await account.root.send(new TagOpenIDConnectProviderCommand({ ...input, Tags: [{ Key: 'x', Value: '' }] }));
      const list = (page: object = {}) =>
        account.root.send(new ListOpenIDConnectProviderTagsCommand({ ...input, ...page }));
      expect(await list()).toEqual({
        Tags: [
          { Key: 'team', Value: 'b' },
          { Key: 'x', Value: '' },
        ],
        IsTruncated: false,
      });
      const page = await list({ MaxItems: 1 });
      expect(await list({ Marker: page.Marker })).toEqual({ Tags: [{ Key: 'x', Value: '' }], IsTruncated: false });
      await account.root.send(new UntagOpenIDConnectProviderCommand({ ...input, TagKeys: ['TEAM', 'missing'] }));
      expect((await list()).Tags).toEqual([{ Key: 'x', Value: '' }]);
    });

    it('are at most 100 in an account', async () => {
      const rows = Array.from({ length: 99 }, (_, number) => ({
        provider_arn: `arn:aws:iam::${account.accountId}:oidc-provider/filler-${number}`,
        account_id: account.accountId,
        url: `filler-${number}`,
        url_key: `filler-${number}`,
        client_ids: '[]',
        thumbprints: '[]',
        tags: '{}',
        created_at: 0,
      }));
      await account.services.database.insertInto('oidc_providers').values(rows).execute();
      await create('https://last.example');
      await expect(create('https://one-more.example')).rejects.toMatchObject({
        queryCode: 'LimitExceeded',
        message: 'Cannot exceed quota for OpenIdConnectProvidersPerAccount: 100',
      });
      await expect(create('https://last.example')).rejects.toMatchObject({ queryCode: 'EntityAlreadyExists' });
    });

    it('are only for those whom policies allow, and never for another account', async () => {
      const OpenIDConnectProviderArn = await create('https://a.example', { Tags: [{ Key: 'team', Value: 'blue' }] });
      const ofTeam = { Condition: { StringEquals: { 'aws:ResourceTag/team': 'blue' } } };
      const name = await account.newUser({
        statements: [
          { Effect: 'Allow', Action: 'iam:GetOpenIDConnectProvider', Resource: '*', ...ofTeam },
          { Effect: 'Allow', Action: 'iam:CreateOpenIDConnectProvider', Resource: '*' },
        ],
      });
      const user = account.user(name);
      await user.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
      const Tags = [{ Key: 'team', Value: 'blue' }];
      await user.send(new CreateOpenIDConnectProviderCommand({ Url: 'https://b.example' }));
      await expect(
        user.send(new CreateOpenIDConnectProviderCommand({ Url: 'https://c.example', Tags })),
      ).rejects.toThrow('iam:TagOpenIDConnectProvider');
      const missing = `arn:aws:iam::${account.accountId}:oidc-provider/missing.example`;
      await expect(
        user.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: missing })),
      ).rejects.toThrow(`iam:GetOpenIDConnectProvider on resource: ${missing}`);
      const command = new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn });
      await expect(first.root.send(command)).rejects.toMatchObject({ name: 'AccessDeniedError' });
      await expect(get(`arn:aws:iam::${account.accountId}:user/somebody`)).rejects.toMatchObject({
        queryCode: 'InvalidInput',
      });
    });
  });
});
