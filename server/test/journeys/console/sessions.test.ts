import { createHash } from 'node:crypto';
import {
  CreateLoginProfileCommand,
  CreateUserCommand,
  DeleteLoginProfileCommand,
  DeleteUserCommand,
  IAMClient,
  PutUserPolicyCommand,
  UpdateLoginProfileCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CodekeepOnEngine, startCodekeepOn } from '../../harness/codekeep-on-engine.ts';
import type { CodekeepServer } from '../../harness/codekeep-server.ts';
import { ConsoleClient } from '../../harness/console-client.ts';
import { databaseEngines, sqliteEngine } from '../../harness/databases.ts';

// Who is signed in to the console, what a session may do, and what ends it: what browsers send, without a browser.

const PASSWORD = 'Correct-horse-1';
const WRONG = 'Your authentication information is incorrect. Please try again.';
const TWELVE_HOURS = 12 * 60 * 60 * 1000;

describe.each(databaseEngines)('sessions of the console on $name', (engine) => {
  describe.skipIf(engine.skipReason)('with an account', () => {
    let running: CodekeepOnEngine;
    let server: CodekeepServer;
    let iam: IAMClient;
    const signedInAsRoot = async () => {
      const { rootEmail, rootPassword } = server.account;
      const client = new ConsoleClient(server.url);
      expect((await client.signIn({ email: rootEmail, password: rootPassword })).status).toBe(200);
      return client;
    };
    const newUser = async (UserName: string, PasswordResetRequired = false) => {
      await iam.send(new CreateUserCommand({ UserName }));
      await iam.send(new CreateLoginProfileCommand({ UserName, Password: PASSWORD, PasswordResetRequired }));
    };
    const signedInAs = async (userName: string) => {
      const client = new ConsoleClient(server.url);
      const response = await client.signIn({ account: server.account.accountId, userName, password: PASSWORD });
      expect(await response.json()).toEqual({ state: 'signed-in' });
      return client;
    };
    const isSignedIn = async (client: ConsoleClient) => (await client.post('/console/session', {})).status === 200;

    beforeAll(async () => {
      running = await startCodekeepOn(engine);
      server = running.server;
      const { accessKeyId, secretAccessKey, region } = server.account;
      iam = new IAMClient({ endpoint: server.url, region, credentials: { accessKeyId, secretAccessKey } });
    });
    afterAll(async () => {
      iam.destroy();
      await running.dispose();
    });

    it('begins with the right password, in a cookie that no script reads and no other site sends, for twelve hours', async () => {
      const { rootEmail, rootPassword } = server.account;
      const client = new ConsoleClient(server.url);
      const response = await client.signIn({ email: rootEmail, password: rootPassword });
      expect(await response.json()).toEqual({ state: 'signed-in' });
      const [, expires = ''] = /Expires=([^;]+)/.exec(response.headers.get('set-cookie') ?? '') ?? [];
      expect(response.headers.get('set-cookie')).toBe(
        `codekeep-session=${client.token}; Path=/; Expires=${expires}; HttpOnly; SameSite=Strict`,
      );
      expect(Math.abs(Date.parse(expires) - Date.now() - TWELVE_HOURS)).toBeLessThan(60_000);
      expect(response.headers.get('cache-control')).toBe('no-store');
      const session = await client.post('/console/session', {});
      expect(await session.json()).toEqual({
        accountId: server.account.accountId,
        arn: `arn:aws:iam::${server.account.accountId}:root`,
        expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        regions: ['us-east-1'],
        rootUser: { email: rootEmail },
        endpointUrl: server.url,
        secureUrl: server.secureUrl,
      });
    });

    it('refuses in the same words whatever is wrong', async () => {
      await newUser('present');
      await iam.send(new CreateUserCommand({ UserName: 'without-password' }));
      const { accountId: account, rootEmail, rootPassword } = server.account;
      for (const request of [
        { email: rootEmail, password: 'wrong' },
        { email: 'nobody@example.com', password: rootPassword },
        { email: rootEmail, password: '' },
        { account, userName: 'present', password: 'wrong' },
        { account, userName: 'present', password: `${PASSWORD} `.repeat(60) },
        { account, userName: 'without-password', password: PASSWORD },
        { account, userName: 'absent', password: PASSWORD },
        { account: '000000000000', userName: 'present', password: PASSWORD },
      ]) {
        const client = new ConsoleClient(server.url);
        const response = await client.signIn(request);
        expect([response.status, await response.json(), client.token], JSON.stringify(request)).toEqual([
          401,
          { code: 'SignInRefused', message: WRONG },
          undefined,
        ]);
      }
      const both = await new ConsoleClient(server.url).signIn({ email: rootEmail, account, password: rootPassword });
      expect(both.status).toBe(400);
    });

    it('makes who guesses wait, and says for how long', async () => {
      await newUser('guessed');
      const request = { account: server.account.accountId, userName: 'guessed', password: 'wrong' };
      for (let guess = 1; guess <= 5; guess++) {
        // By another case of the name nobody gets further guesses.
        const userName = guess % 2 === 0 ? 'GUESSED' : 'guessed';
        expect((await new ConsoleClient(server.url).signIn({ ...request, userName })).status).toBe(401);
      }
      const early = await new ConsoleClient(server.url).signIn({ ...request, password: PASSWORD });
      expect([early.status, early.headers.get('retry-after'), await early.json()]).toEqual([
        429,
        '1',
        { code: 'Throttling', message: 'Too many failed sign-ins: try again in 1 second.' },
      ]);
    });

    it('may do what the policies of the user allow, and is refused in the words of the API', async () => {
      await newUser('reader');
      const client = await signedInAs('reader');
      const refused = await client.codecommit('ListRepositories', {});
      expect(refused.status).toBe(400);
      expect(await refused.json()).toEqual({
        __type: 'AccessDeniedException',
        message: expect.stringMatching(/^User: arn:aws:iam::\d{12}:user\/reader is not authorized to perform: /),
      });
      expect((await client.iam('ListUsers')).status).toBe(403);
      await iam.send(
        new PutUserPolicyCommand({
          UserName: 'reader',
          PolicyName: 'own',
          PolicyDocument: JSON.stringify({
            Version: '2012-10-17',
            Statement: [
              { Effect: 'Allow', Action: ['codecommit:ListRepositories', 'iam:ListUsers'], Resource: '*' },
              {
                Effect: 'Deny',
                Action: 'iam:ListUsers',
                Resource: '*',
                Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'false' } },
              },
            ],
          }),
        }),
      );
      expect(await (await client.codecommit('ListRepositories', {})).json()).toEqual({ repositories: [] });
      expect(await (await client.iam('ListUsers')).text()).toContain(
        'with an explicit deny in an identity-based policy',
      );
    });

    it('asks for a new password where the administrator did, and takes none that is too weak', async () => {
      await newUser('newcomer', true);
      const client = new ConsoleClient(server.url);
      const request = { account: server.account.accountId, userName: 'newcomer', password: PASSWORD };
      expect(await (await client.signIn(request)).json()).toEqual({
        state: 'new-password-required',
        passwordRules: { minimumLength: 8, required: [], leastTypes: 3, reusePrevention: 0 },
      });
      expect(client.token).toBeUndefined();
      const weak = await client.signIn({ ...request, newPassword: 'short' });
      expect(await weak.json()).toEqual({
        code: 'PasswordPolicyViolation',
        message: 'Password should have a minimum length of 8',
      });
      expect(client.token).toBeUndefined();
      const chosen = 'Battery-staple-2';
      expect(await (await client.signIn({ ...request, newPassword: chosen })).json()).toEqual({ state: 'signed-in' });
      expect(await isSignedIn(client)).toBe(true);
      expect((await new ConsoleClient(server.url).signIn(request)).status).toBe(401);
      const again = await new ConsoleClient(server.url).signIn({ ...request, password: chosen });
      expect(await again.json()).toEqual({ state: 'signed-in' });
    });

    it('ends at once with sign-out here, and everywhere', async () => {
      await newUser('leaver');
      const clients = [await signedInAs('leaver'), await signedInAs('leaver'), await signedInAs('leaver')] as const;
      const [first, second, third] = clients;
      const root = await signedInAsRoot();
      const stolen = new ConsoleClient(server.url);
      const cookie = { cookie: `codekeep-session=${first.token}` };
      expect((await stolen.post('/console/session', {}, cookie)).status).toBe(200);
      const response = await first.post('/console/sign-out', { everywhere: false });
      expect(response.headers.get('set-cookie')).toMatch(/^codekeep-session=; Path=\/; Expires=Thu, 01 Jan 1970/);
      expect((await stolen.post('/console/session', {}, cookie)).status).toBe(401);
      expect(await isSignedIn(second)).toBe(true);
      await second.post('/console/sign-out', { everywhere: true });
      expect(await isSignedIn(third)).toBe(false);
      expect(await isSignedIn(root)).toBe(true);
    });

    it('ends at once when the password changes, or is deleted, or the user is', async () => {
      await newUser('changed');
      await newUser('deleted');
      const [changed, deleted] = [await signedInAs('changed'), await signedInAs('deleted')];
      await iam.send(new UpdateLoginProfileCommand({ UserName: 'changed', Password: 'Battery-staple-2' }));
      const ended = await changed.codecommit('ListRepositories', {});
      expect([ended.status, await ended.json()]).toEqual([
        400,
        {
          __type: 'ExpiredTokenException',
          message: 'You are not signed in, or your session has ended. Sign in again.',
        },
      ]);
      expect(await isSignedIn(deleted)).toBe(true);
      await iam.send(new DeleteLoginProfileCommand({ UserName: 'deleted' }));
      expect(await isSignedIn(deleted)).toBe(false);
      // A new password, the same as before, is another password.
      await iam.send(new CreateLoginProfileCommand({ UserName: 'deleted', Password: PASSWORD }));
      expect(await isSignedIn(deleted)).toBe(false);
      const last = await signedInAs('deleted');
      await iam.send(new DeleteLoginProfileCommand({ UserName: 'deleted' }));
      await iam.send(new DeleteUserCommand({ UserName: 'deleted' }));
      expect(await isSignedIn(last)).toBe(false);
    });

    it('takes only what its own pages send', async () => {
      const client = await signedInAsRoot();
      const forged: Record<string, string>[] = [
        { origin: 'http://evil.example' },
        { origin: 'null' },
        { origin: '' },
        { origin: server.secureUrl },
        { 'sec-fetch-site': 'same-site' },
        { 'sec-fetch-site': 'cross-site' },
      ];
      for (const headers of forged) {
        expect((await client.post('/console/session', {}, headers)).status, JSON.stringify(headers)).toBe(401);
        const answer = await client.codecommit('ListRepositories', {}, headers);
        expect(await answer.json(), JSON.stringify(headers)).toEqual({
          __type: 'MissingAuthenticationTokenException',
          message: "The request does not come from this address's console.",
        });
        const { rootEmail: email, rootPassword: password } = server.account;
        const signIn = await new ConsoleClient(server.url).post('/console/sign-in', { email, password }, headers);
        expect([signIn.status, signIn.headers.get('set-cookie')]).toEqual([401, null]);
      }
      for (const region of ['', 'US', 'a'.repeat(65)]) {
        const answer = await client.codecommit('ListRepositories', {}, { 'x-codekeep-region': region });
        expect(await answer.json()).toMatchObject({ __type: 'IncompleteSignatureException' });
      }
      expect((await client.codecommit('ListRepositories', {})).status).toBe(200);
    });

    it('is no signature: the endpoint at / knows no cookie', async () => {
      const client = await signedInAsRoot();
      const answer = await client.post(
        '/',
        {},
        {
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': 'CodeCommit_20150413.ListRepositories',
          'x-codekeep-region': 'us-east-1',
        },
      );
      expect(await answer.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
    });

    it('keeps no token that a reader of the database could use', async () => {
      const client = await signedInAsRoot();
      const { token = '' } = client;
      const hash = createHash('sha256').update(token).digest('base64url');
      for (const guess of [hash, `${token}x`, token.slice(1), '']) {
        const other = new ConsoleClient(server.url);
        const answer = await other.post('/console/session', {}, { cookie: `codekeep-session=${guess}` });
        expect(answer.status).toBe(401);
      }
      expect(server.log()).not.toContain(token);
    });
  });
});

describe('the pages of the console', () => {
  let server: CodekeepServer;
  let running: CodekeepOnEngine;
  beforeAll(async () => {
    running = await startCodekeepOn(sqliteEngine);
    server = running.server;
  });
  afterAll(() => running.dispose());

  it('come with a policy that runs no script but their own, whatever the path', async () => {
    for (const path of ['/console', '/console/', '/console/iam/users/a%2Fb?region=eu-west-1', '/console/../console']) {
      const response = await fetch(server.url + path);
      expect(response.status, path).toBe(200);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy':
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
          "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-cache',
      });
      expect(await response.text()).not.toMatch(/<script(?![^>]* src=)|<style|style=|\son\w+=/i);
    }
    expect((await fetch(server.url, { redirect: 'manual' })).headers.get('location')).toBe('/console');
  });

  it('have files that are kept for a year, in the smallest coding that the browser takes', async () => {
    const page = await (await fetch(`${server.url}/console`)).text();
    const [, script = ''] = /<script[^>]+src="([^"]+\/entrance-[^"]+\.js)"/.exec(page) ?? [];
    const get = async (coding: string) => {
      const response = await fetch(server.url + script, { headers: { 'accept-encoding': coding } });
      expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
      expect(response.headers.get('vary')).toBe('accept-encoding');
      const size = Number(response.headers.get('content-length'));
      return { coding: response.headers.get('content-encoding'), size, text: await response.text() };
    };
    const [plain, gzip, brotli] = [await get('identity'), await get('gzip, br;q=0'), await get('gzip, deflate, br')];
    expect([plain.coding, gzip.coding, brotli.coding]).toEqual([null, 'gzip', 'br']);
    expect(gzip.text).toBe(plain.text);
    expect(brotli.text).toBe(plain.text);
    expect(gzip.size).toBeLessThan(plain.size / 2);
    expect(brotli.size).toBeLessThan(gzip.size);
  });

  it('are nothing else of the disk', async () => {
    for (const path of ['assets/nothing.js', 'assets/', 'assets/.sources']) {
      expect((await fetch(`${server.url}/console/${path}`)).status, path).toBe(404);
    }
    // A path of two meanings is refused before it is looked for.
    expect((await fetch(`${server.url}/console/assets/..%2F..%2Fpackage.json`)).status).toBe(400);
    for (const path of ['.sources', '..%2Fpackage.json', '%2e%2e/package.json']) {
      expect(await (await fetch(`${server.url}/console/${path}`)).text(), path).not.toContain('"dependencies"');
    }
  });
});
