import {
  CreateSAMLProviderCommand,
  DeleteSAMLProviderCommand,
  GetSAMLProviderCommand,
  ListSAMLProvidersCommand,
  ListSAMLProviderTagsCommand,
  TagSAMLProviderCommand,
  UntagSAMLProviderCommand,
  UpdateSAMLProviderCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';

const NAMESPACE = 'xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"';
const DESCRIPTOR = '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"/>';

function metadata(attributes = 'entityID="https://idp.example"', content = DESCRIPTOR): string {
  return `<md:EntityDescriptor ${NAMESPACE} ${attributes}>${content}<!--${'x'.repeat(1000)}--></md:EntityDescriptor>`;
}

describe.each(databaseEngines)('SAML providers on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let account: TestAccount;
    beforeAll(async () => {
      account = await openTestAccount(engine);
    });
    afterAll(() => account.close());

    async function create(Name: string, input: object = {}, of = account): Promise<string> {
      const command = new CreateSAMLProviderCommand({ Name, SAMLMetadataDocument: metadata(), ...input });
      return (await of.root.send(command)).SAMLProviderArn ?? '';
    }

    function get(SAMLProviderArn: string) {
      return account.root.send(new GetSAMLProviderCommand({ SAMLProviderArn }));
    }

    it('are created, read, listed, updated and deleted', async () => {
      const validUntil = '2031-05-06T07:08:09Z';
      const document = metadata(`entityID="https://idp.example" validUntil="${validUntil}"`);
      const Tags = [{ Key: 'k', Value: 'v' }];
      const made = await account.root.send(
        new CreateSAMLProviderCommand({ Name: 'Corporate', SAMLMetadataDocument: document, Tags }),
      );
      const arn = `arn:aws:iam::${account.accountId}:saml-provider/Corporate`;
      expect(made).toEqual({ SAMLProviderArn: arn, Tags });
      const provider = await get(arn);
      expect(provider).toEqual({
        SAMLProviderUUID: expect.stringMatching(/^SAMLSP[A-Z2-7]{18}$/),
        SAMLMetadataDocument: document,
        CreateDate: expect.any(Date),
        ValidUntil: new Date(validUntil),
        Tags,
      });
      const plain = await create('another');
      const { SAMLProviderList } = await account.root.send(new ListSAMLProvidersCommand({}));
      const { CreateDate, ValidUntil } = provider;
      expect(SAMLProviderList).toEqual([
        { Arn: plain, CreateDate: expect.any(Date), ValidUntil: (await get(plain)).ValidUntil },
        { Arn: arn, CreateDate, ValidUntil },
      ]);
      await expect(create('CORPORATE')).rejects.toMatchObject({
        queryCode: 'EntityAlreadyExists',
        status: 409,
        message: 'SAMLProvider with name CORPORATE already exists.',
      });
      const update = (input: object) =>
        account.root.send(new UpdateSAMLProviderCommand({ SAMLProviderArn: arn, ...input }));
      expect(await update({ SAMLMetadataDocument: metadata() })).toEqual({ SAMLProviderArn: arn });
      const updated = await get(arn);
      expect(updated.SAMLMetadataDocument).toBe(metadata());
      expect(updated.ValidUntil?.getUTCFullYear()).toBeGreaterThan(2100);
      const remove = () => account.root.send(new DeleteSAMLProviderCommand({ SAMLProviderArn: arn }));
      await remove();
      const missing = { queryCode: 'NoSuchEntity', status: 404, message: `Manifest not found for arn ${arn}` };
      await expect(get(arn)).rejects.toMatchObject(missing);
      await expect(remove()).rejects.toMatchObject(missing);
      await expect(update({ SAMLMetadataDocument: metadata() })).rejects.toMatchObject(missing);
    });

    it('refuse what is no metadata of an identity provider, and encryption', async () => {
      const padding = `<!--${'x'.repeat(1000)}-->`;
      for (const SAMLMetadataDocument of [
        `no XML ${'x'.repeat(1000)}`,
        metadata().replace('</md:EntityDescriptor>', ''),
        metadata(''),
        metadata('entityID="a" validUntil="some day"'),
        metadata('entityID="a"', '<md:SPSSODescriptor/>'),
        metadata('entityID="a"', `<md:Extensions>${DESCRIPTOR}</md:Extensions>`),
        metadata().replace('SAML:2.0:metadata', 'SAML:1.0:metadata'),
        `<!DOCTYPE a [<!ENTITY b "c">]>${metadata()}`,
        metadata('entityID="&unknown;"'),
        `<other>${padding}</other>`,
      ]) {
        await expect(create('refused', { SAMLMetadataDocument })).rejects.toMatchObject({
          queryCode: 'InvalidInput',
          status: 400,
          message: 'Could not parse metadata',
        });
      }
      await expect(create('refused', { SAMLMetadataDocument: 'short' })).rejects.toMatchObject({
        queryCode: 'ValidationError',
      });
      for (const input of [{ AddPrivateKey: 'key' }, { AssertionEncryptionMode: 'Allowed' }]) {
        await expect(create('refused', input)).rejects.toMatchObject({
          queryCode: 'InvalidInput',
          message: 'Encrypted SAML assertions are not supported.',
        });
      }
      await expect(get(`arn:aws:iam::${account.accountId}:oidc-provider/a`)).rejects.toMatchObject({
        queryCode: 'InvalidInput',
      });
    });

    it('have tags', async () => {
      const SAMLProviderArn = await create('tagged', { Tags: [{ Key: 'a', Value: '1' }] });
      await account.root.send(new TagSAMLProviderCommand({ SAMLProviderArn, Tags: [{ Key: 'b', Value: '2' }] }));
      const list = (input: object = {}) =>
        account.root.send(new ListSAMLProviderTagsCommand({ SAMLProviderArn, ...input }));
      const { Marker } = await list({ MaxItems: 1 });
      expect(await list({ Marker })).toEqual({ Tags: [{ Key: 'b', Value: '2' }], IsTruncated: false });
      await account.root.send(new UntagSAMLProviderCommand({ SAMLProviderArn, TagKeys: ['A'] }));
      expect((await list()).Tags).toEqual([{ Key: 'b', Value: '2' }]);
    });

    it('are at most 100 in an account, and only for those whom policies allow', async () => {
      const other = await account.otherAccount();
      const rows = Array.from({ length: 99 }, (_, index) => ({
        provider_arn: `arn:aws:iam::${other.accountId}:saml-provider/filler-${index}`,
        account_id: other.accountId,
        provider_id: 'SAMLSP',
        name_key: `filler-${index}`,
        metadata: '',
        valid_until: 0,
        tags: '{}',
        created_at: 0,
      }));
      await other.services.database.insertInto('saml_providers').values(rows).execute();
      const last = await create('last', {}, other);
      await expect(create('one-more', {}, other)).rejects.toMatchObject({
        queryCode: 'LimitExceeded',
        message: 'Cannot exceed quota for SamlProvidersPerAccount: 100',
      });
      await expect(get(last)).rejects.toMatchObject({ name: 'AccessDeniedError' });
      const user = account.user(await account.newUser());
      const SAMLProviderArn = `arn:aws:iam::${account.accountId}:saml-provider/missing`;
      await expect(user.send(new GetSAMLProviderCommand({ SAMLProviderArn }))).rejects.toThrow(
        `iam:GetSAMLProvider on resource: ${SAMLProviderArn}`,
      );
    });
  });
});
