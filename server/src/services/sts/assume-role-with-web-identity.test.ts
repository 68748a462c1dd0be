import { CreateRoleCommand } from '@aws-sdk/client-iam';
import { AssumeRoleWithWebIdentityCommand } from '@aws-sdk/client-sts';
import type { JWTPayload } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { type IdentityProvider, startIdentityProvider } from '../../../test/harness/identity-provider.ts';
import { closeAccount, reopenAccount } from '../iam/account-closure.ts';
import { oidcProviderArn } from '../iam/oidc-provider-targets.ts';
import { openSts, type StsFixture } from './test-account.ts';

const AUDIENCE = 'sts.example.com';
const SUBJECT = 'repo:team/app:ref:refs/heads/main';
const invalid = (message: string) => ({ queryCode: 'InvalidIdentityToken', status: 400, message });
const DENIED = {
  queryCode: 'AccessDenied',
  status: 403,
  message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
};

describe.each(databaseEngines)('AssumeRoleWithWebIdentity on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let sts: StsFixture;
    let provider: IdentityProvider;
    let sequence = 0;
    beforeAll(async () => {
      sts = await openSts(engine);
    });
    afterAll(() => sts.iam.close());
    beforeEach(async () => {
      provider = await startIdentityProvider();
    });
    afterEach(() => provider.close());

    const seconds = (offset = 0) => Math.floor(sts.time.getTime() / 1000) + offset;
    const claims = (changes: JWTPayload = {}): JWTPayload => ({
      iss: `https://${provider.url}`,
      aud: AUDIENCE,
      sub: SUBJECT,
      iat: seconds(),
      exp: seconds(600),
      ...changes,
    });

    /** IAM takes no port in an issuer, so the record is written by hand. */
    async function register(changes: object = {}): Promise<void> {
      const { database } = sts.iam.services;
      // An earlier test's provider may have had the same free port.
      await database.deleteFrom('oidc_providers').where('url', '=', provider.url).execute();
      await database
        .insertInto('oidc_providers')
        .values({
          provider_arn: oidcProviderArn(sts.iam.accountId, provider.url),
          account_id: sts.iam.accountId,
          url: provider.url,
          url_key: provider.url,
          client_ids: JSON.stringify([AUDIENCE]),
          thumbprints: JSON.stringify([provider.thumbprint]),
          tags: '{}',
          created_at: 1,
          ...changes,
        })
        .execute();
    }

    /** A role that trusts the provider under a condition. */
    async function role(Condition: object = {}, Action: string | string[] = 'sts:*'): Promise<string> {
      sequence += 1;
      const Principal = { Federated: oidcProviderArn(sts.iam.accountId, provider.url) };
      const Statement = [{ Effect: 'Allow', Principal, Action, Condition }];
      const { Role } = await sts.iam.root.send(
        new CreateRoleCommand({
          RoleName: `ci-${sequence}`,
          AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
        }),
      );
      return Role?.Arn ?? '';
    }

    const assume = (RoleArn: string, WebIdentityToken: string, input: object = {}, at?: Date) =>
      sts.sendUnsigned(
        new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: 'build', WebIdentityToken, ...input }),
        at,
      );

    it.each(['RS256', 'ES256'] as const)('gives a session of the role for a token signed by %s', async (alg) => {
      await register();
      const RoleArn = await role({ StringEquals: { [`${provider.url}:sub`]: SUBJECT } });
      const assumed = await assume(RoleArn, await provider.token(claims(), { alg }), { DurationSeconds: 900 });
      expect(assumed).toMatchObject({
        SubjectFromWebIdentityToken: SUBJECT,
        Audience: AUDIENCE,
        Provider: `https://${provider.url}`,
        AssumedRoleUser: { Arn: expect.stringMatching(/:assumed-role\/ci-\d+\/build$/) },
      });
      expect(assumed.Credentials?.Expiration).toEqual(new Date(sts.time.getTime() + 900_000));
      const { principal } = await sts.session(assumed.Credentials?.SessionToken);
      expect(principal).toMatchObject({ kind: 'assumed-role', arn: assumed.AssumedRoleUser?.Arn });
    });

    it('holds to the conditions of the role on what the token says', async () => {
      await register({ client_ids: JSON.stringify([AUDIENCE, 'other']) });
      const token = (changes: JWTPayload) => provider.token(claims(changes));
      const key = (name: string) => `${provider.url}:${name}`;
      const bySubject = await role({ StringLike: { [key('sub')]: 'repo:team/*' } });
      await assume(bySubject, await token({}));
      await expect(assume(bySubject, await token({ sub: 'repo:others/app' }))).rejects.toMatchObject(DENIED);
      const byAudience = await role({ StringEquals: { [key('aud')]: AUDIENCE } });
      await assume(byAudience, await token({}));
      await expect(assume(byAudience, await token({ aud: 'other' }))).rejects.toMatchObject(DENIED);
      // The authorized party takes the audience's place.
      await assume(byAudience, await token({ aud: 'unknown', azp: AUDIENCE }));
      await expect(assume(byAudience, await token({ azp: 'other' }))).rejects.toMatchObject(DENIED);
      const byMethod = await role({ 'ForAnyValue:StringEquals': { [key('amr')]: 'mfa' } });
      await assume(byMethod, await token({ amr: ['pwd', 'mfa'] }));
      await expect(assume(byMethod, await token({ amr: ['pwd'] }))).rejects.toMatchObject(DENIED);
      const bySession = await role({ StringEquals: { 'sts:RoleSessionName': 'build' } });
      await expect(assume(bySession, await token({}), { RoleSessionName: 'other' })).rejects.toMatchObject(DENIED);
      const byAddress = await role({ IpAddress: { 'aws:SourceIp': '198.51.100.0/24' } });
      await expect(assume(byAddress, await token({}))).rejects.toMatchObject(DENIED);
    });

    it('takes tags and a source identity from the token, where the role allows that', async () => {
      await register();
      const token = await provider.token(
        claims({
          'https://aws.amazon.com/tags': { principal_tags: { team: ['blue'] }, transitive_tag_keys: ['team'] },
          'https://aws.amazon.com/source_identity': 'ana',
        }),
      );
      const { Credentials, SourceIdentity } = await assume(await role(), token);
      expect(SourceIdentity).toBe('ana');
      expect(await sts.claims(Credentials?.SessionToken)).toMatchObject({
        tags: { team: 'blue' },
        transitiveTagKeys: ['team'],
        sourceIdentity: 'ana',
      });
      for (const actions of [
        ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'],
        ['sts:AssumeRoleWithWebIdentity', 'sts:SetSourceIdentity'],
      ]) {
        await expect(assume(await role({}, actions), token)).rejects.toMatchObject(DENIED);
      }
    });

    it('refuses tokens of others, of other times, and what is no token', async () => {
      await register();
      const RoleArn = await role();
      const other = await startIdentityProvider();
      try {
        const refused = async (token: string, error: object) =>
          expect(assume(RoleArn, token)).rejects.toMatchObject(error);
        const signature = invalid(expect.stringContaining('its signature cannot be verified'));
        const malformed = invalid(expect.stringContaining('is not a valid JWT'));
        await refused('not.a.token', malformed);
        await refused(await other.token(claims()), signature);
        await refused(
          await other.token(claims({ iss: `https://${other.url}` })),
          invalid(`No OpenIDConnect provider found in your account for https://${other.url}`),
        );
        await refused(await provider.token(claims({ aud: 'unknown' })), invalid('Incorrect token audience'));
        await refused(await provider.token(claims({ azp: 'unknown' })), invalid('Incorrect token audience'));
        await refused(await provider.token(claims({ exp: seconds(-61) })), {
          queryCode: 'ExpiredTokenException',
          message: `Token expired: current date/time ${seconds()} must be before the expiration date/time ${seconds(-61)}`,
        });
        await refused(
          await provider.token(claims({ nbf: seconds(120) })),
          invalid(expect.stringContaining('not valid yet')),
        );
        for (const name of ['sub', 'exp', 'iat', 'aud']) {
          const token = await provider.token(claims({ [name]: undefined }));
          await refused(token, invalid(`Missing a required claim: ${name}`));
        }
        const [header = '', payload = '', signed = ''] = (await provider.token(claims())).split('.');
        const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
        await refused(`${header}.${encode({ ...claims(), sub: 'somebody else' })}.${signed}`, signature);
        for (const alg of ['none', 'HS256']) {
          await refused(`${encode({ alg, kid: 'RS256-0' })}.${payload}.${signed}`, invalid(expect.any(String)));
          await refused(`${encode({ alg, kid: 'RS256-0' })}.${payload}.`, invalid(expect.any(String)));
        }
      } finally {
        await other.close();
      }
    });

    it('refuses roles that are not there, of accounts without the provider and of closed accounts', async () => {
      await register();
      const RoleArn = await role();
      const token = await provider.token(claims());
      await expect(assume(`${RoleArn}2`, token)).rejects.toMatchObject(DENIED);
      const other = await sts.iam.otherAccount();
      const elsewhere = RoleArn.replace(sts.iam.accountId, other.accountId);
      await expect(assume(elsewhere, token)).rejects.toMatchObject({ queryCode: 'InvalidIdentityToken' });
      await expect(assume('arn:aws:iam::1:role/x-too-short', token)).rejects.toMatchObject({
        queryCode: 'ValidationError',
      });
      await expect(assume(RoleArn, token, { ProviderId: 'graph.facebook.com' })).rejects.toMatchObject({
        queryCode: 'ValidationError',
      });
      await expect(assume(RoleArn, token, { DurationSeconds: 3_601 })).rejects.toMatchObject({
        queryCode: 'ValidationError',
      });
      const { database } = sts.iam.services;
      await closeAccount(database, sts.iam.accountId, sts.time);
      await expect(assume(RoleArn, token)).rejects.toMatchObject(DENIED);
      await reopenAccount(database, sts.iam.accountId, sts.time);
      await assume(RoleArn, token);
    });

    it('fetches keys once for many tokens, and anew for a key that it does not know', async () => {
      await register();
      const RoleArn = await role();
      await assume(RoleArn, await provider.token(claims()));
      await assume(RoleArn, await provider.token(claims()));
      expect(provider.requests.get('/keys')).toBe(1);
      const unknown = await provider.token(claims(), { kid: 'nobody' });
      for (let tries = 0; tries < 3; tries++) {
        await expect(assume(RoleArn, unknown)).rejects.toMatchObject({ queryCode: 'InvalidIdentityToken' });
      }
      expect(provider.requests.get('/keys')).toBe(1);
    });

    describe('of a provider', () => {
      const UNREACHABLE = {
        queryCode: 'IDPCommunicationError',
        status: 400,
        message: expect.stringContaining("Couldn't retrieve verification key from your identity provider"),
      };
      const attempt = async () => assume(await role(), await provider.token(claims()));

      it('whose certificate is of no trusted authority, asks for the thumbprint of its last certificate', async () => {
        await register({ thumbprints: '[]' });
        await expect(attempt()).rejects.toMatchObject(UNREACHABLE);
        const thumbprint = (text: string) =>
          sts.iam.services.database
            .updateTable('oidc_providers')
            .set({ thumbprints: JSON.stringify([text]) })
            .where('url', '=', provider.url)
            .execute();
        for (const wrong of ['0'.repeat(40), provider.leafThumbprint]) {
          await thumbprint(wrong);
          await expect(attempt()).rejects.toMatchObject(UNREACHABLE);
        }
        await thumbprint(provider.thumbprint.toUpperCase());
        await attempt();
      });

      it.each([
        ['redirects', { status: 302, headers: { location: '/elsewhere' } }],
        ['fails', { status: 500 }],
        ['sends no JSON', { body: '<html>' }],
        ['sends too much', { body: JSON.stringify({ padding: 'x'.repeat(300_000) }) }],
        ['names another issuer', { body: JSON.stringify({ issuer: 'https://other', jwks_uri: 'https://other/keys' }) }],
        ['names keys elsewhere than https', { body: '{"issuer":"ISSUER","jwks_uri":"http://localhost/keys"}' }],
      ])('that %s, is refused', async (_what, answer) => {
        await register();
        const body = 'body' in answer ? answer.body.replace('ISSUER', `https://${provider.url}`) : undefined;
        provider.override('/.well-known/openid-configuration', { ...answer, ...(body !== undefined && { body }) });
        await expect(attempt()).rejects.toMatchObject(UNREACHABLE);
        expect(provider.requests.get('/keys')).toBeUndefined();
      });

      it('that nobody answers for, is refused, and not asked again at once', async () => {
        await register();
        provider.override('/keys', { status: 503 });
        await expect(attempt()).rejects.toMatchObject(UNREACHABLE);
        await expect(attempt()).rejects.toMatchObject(UNREACHABLE);
        expect(provider.requests.get('/keys')).toBe(1);
      });
    });
  });
});
