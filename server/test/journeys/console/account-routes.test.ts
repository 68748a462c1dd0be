import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { CreateLoginProfileCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asRootUser } from '../../harness/account-setup.ts';
import { type CodekeepOnEngine, startCodekeepOn } from '../../harness/codekeep-on-engine.ts';
import { type CodekeepServer, startCodekeep } from '../../harness/codekeep-server.ts';
import { ConsoleClient } from '../../harness/console-client.ts';
import { databaseEngines } from '../../harness/databases.ts';

// Making an account in the console, and what its root user alone may do with it: what browsers send, without a browser.

const PASSWORD = 'Correct-horse-1';
const NEW_PASSWORD = 'Battery-staple-2';

describe.each(databaseEngines)('accounts in the console on $name', (engine) => {
  describe.skipIf(engine.skipReason)('with an account', () => {
    let running: CodekeepOnEngine;
    let server: CodekeepServer;
    let made = 0;
    const newEmail = () => `root-${++made}@example.com`;
    const signUp = (client: ConsoleClient, changes: object = {}, headers: Record<string, string> = {}) => {
      const request = { accountName: 'Team Blue', email: newEmail(), password: PASSWORD, ...changes };
      return client.post('/console/sign-up', request, headers);
    };
    const answerOf = async (response: Response): Promise<[number, Record<string, unknown>]> => [
      response.status,
      (await response.json()) as Record<string, unknown>,
    ];
    const isSignedIn = async (client: ConsoleClient) => (await client.post('/console/session', {})).status === 200;

    beforeAll(async () => {
      running = await startCodekeepOn(engine);
      server = running.server;
    });
    afterAll(() => running.dispose());

    it('are made by who signs up, who is then their signed-in root user and sees nothing of any other', async () => {
      const client = new ConsoleClient(server.url);
      expect(await answerOf(await client.post('/console/sign-up-state', {}))).toEqual([200, { isOpen: true }]);
      const email = newEmail();
      const [status, { accountId }] = await answerOf(await signUp(client, { email }));
      expect([status, accountId]).toEqual([200, expect.stringMatching(/^[1-9]\d{11}$/)]);
      expect(await (await client.post('/console/session', {})).json()).toMatchObject({
        accountId,
        arn: `arn:aws:iam::${accountId}:root`,
        rootUser: { email, accountName: 'Team Blue' },
      });
      expect(await (await client.iam('ListUsers')).text()).toContain('<Users></Users>');
      const again = new ConsoleClient(server.url);
      expect((await again.signIn({ email: email.toUpperCase(), password: PASSWORD })).status).toBe(200);
    });

    it('are not made with what is taken, wrong or weak, and nobody is signed in', async () => {
      const refusals: [object, string, RegExp][] = [
        [
          { email: server.account.rootEmail },
          'ValidationError',
          /^There is an account with this e-mail address already\.$/,
        ],
        [
          { email: 'nobody' },
          'ValidationError',
          /^The root user's e-mail address must be one, of at most 64 characters\.$/,
        ],
        [{ accountName: '' }, 'ValidationError', /^An account name has 1 to 50 printable characters/],
        [{ password: 'weak' }, 'PasswordPolicyViolation', /minimum length of 8/],
        [{ mode: 'open' }, 'ValidationError', /^The request is not one of the console\.$/],
      ];
      for (const [changes, code, message] of refusals) {
        const client = new ConsoleClient(server.url);
        const answer = await answerOf(await signUp(client, changes));
        expect(answer, JSON.stringify(changes)).toEqual([400, { code, message: expect.stringMatching(message) }]);
        expect(client.token).toBeUndefined();
      }
    });

    it('are not made from another site, nor by a name of this machine that others gave it', async () => {
      const client = new ConsoleClient(server.url);
      const forged: Record<string, string>[] = [{ origin: 'http://evil.example' }, { 'sec-fetch-site': 'cross-site' }];
      for (const headers of forged) {
        for (const path of ['/console/sign-up', '/console/sign-up-state']) {
          expect((await client.post(path, {}, headers)).status, path).toBe(401);
        }
      }
      const closed = {
        isOpen: false,
        message: 'Sign-up is closed: whoever runs this Codekeep can make an account.',
      };
      const rebound = (path: string, body: object) => postTo(server, 'code.example.com', path, body);
      expect(await rebound('/console/sign-up-state', {})).toEqual([200, closed]);
      const request = { accountName: 'Team Red', email: newEmail(), password: PASSWORD };
      expect(await rebound('/console/sign-up', request)).toEqual([
        403,
        { code: 'SignUpClosed', message: closed.message },
      ]);
    });

    it('have a password that the root user changes, which ends every session', async () => {
      const email = newEmail();
      const [client, elsewhere] = [new ConsoleClient(server.url), new ConsoleClient(server.url)];
      await signUp(client, { email });
      await elsewhere.signIn({ email, password: PASSWORD });
      const change = (oldPassword: string, newPassword: string, headers = {}) =>
        client.post('/console/root-password', { oldPassword, newPassword }, headers);
      expect(await answerOf(await change('wrong', NEW_PASSWORD))).toEqual([
        400,
        { code: 'AccessDenied', message: 'The old password was incorrect.' },
      ]);
      expect((await change(PASSWORD, 'weak')).status).toBe(400);
      expect((await change(PASSWORD, NEW_PASSWORD, { origin: 'http://evil.example' })).status).toBe(401);
      expect([await isSignedIn(client), await isSignedIn(elsewhere)]).toEqual([true, true]);
      expect((await change(PASSWORD, NEW_PASSWORD)).status).toBe(200);
      expect([await isSignedIn(client), await isSignedIn(elsewhere)]).toEqual([false, false]);
      expect((await change(NEW_PASSWORD, PASSWORD)).status).toBe(401);
      expect((await client.signIn({ email, password: PASSWORD })).status).toBe(401);
      expect((await client.signIn({ email, password: NEW_PASSWORD })).status).toBe(200);
      for (let guess = 1; guess <= 5; guess++) expect((await change('wrong', PASSWORD)).status).toBe(400);
      expect((await change(NEW_PASSWORD, PASSWORD)).status).toBe(429);
      const lookup = await client.post(
        '/console/api/',
        {},
        {
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': 'CloudTrail_20131101.LookupEvents',
          'x-codekeep-region': 'us-east-1',
        },
      );
      const { Events } = (await lookup.json()) as { Events: { EventName: string; CloudTrailEvent: string }[] };
      const recorded = (name: string) =>
        Events.filter(({ EventName }) => EventName === name).map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent));
      expect(recorded('SignUp')).toMatchObject([{ userIdentity: { type: 'Root' }, eventType: 'AwsConsoleSignIn' }]);
      const updates = recorded('PasswordUpdated').map(({ responseElements }) => responseElements.PasswordUpdated);
      expect(updates.sort()).toEqual([...Array(6).fill('Failure'), 'Success']);
      expect(JSON.stringify(Events)).not.toMatch(/Correct-horse|Battery-staple/);
    });

    it('are closed by their root user, and then let nobody in', async () => {
      const email = newEmail();
      const client = new ConsoleClient(server.url);
      const [, { accountId }] = await answerOf(await signUp(client, { email }));
      const close = (id: unknown) => client.post('/console/close-account', { accountId: id });
      expect((await close(server.account.accountId)).status).toBe(400);
      expect(await isSignedIn(client)).toBe(true);
      const closed = await close(accountId);
      expect([closed.status, closed.headers.get('set-cookie')]).toEqual([
        200,
        expect.stringMatching(/Thu, 01 Jan 1970/),
      ]);
      expect(await isSignedIn(client)).toBe(false);
      expect((await client.signIn({ email, password: PASSWORD })).status).toBe(401);
    });

    it('have no user who may do the same, whatever the policies', async () => {
      const iam = new IAMClient(asRootUser(server));
      await iam.send(new CreateUserCommand({ UserName: 'admin' }));
      await iam.send(new CreateLoginProfileCommand({ UserName: 'admin', Password: PASSWORD }));
      iam.destroy();
      const { accountId } = server.account;
      const client = new ConsoleClient(server.url);
      await client.signIn({ account: accountId, userName: 'admin', password: PASSWORD });
      expect(await (await client.post('/console/session', {})).json()).not.toHaveProperty('rootUser');
      const passwords = { oldPassword: PASSWORD, newPassword: NEW_PASSWORD };
      for (const [path, body, what] of [
        ['/console/root-password', passwords, 'change the password of the root user.'],
        ['/console/close-account', { accountId }, 'close the account. Only the root user can.'],
      ] as const) {
        expect(await answerOf(await client.post(path, body))).toEqual([
          400,
          {
            code: 'AccessDenied',
            message: `User: arn:aws:iam::${accountId}:user/admin is not authorized to ${what}`,
          },
        ]);
      }
      expect(await isSignedIn(client)).toBe(true);
    });

    it('are made by one address at a pace, whatever comes of each try', async () => {
      let refused: Response | undefined;
      for (let attempt = 1; attempt <= 10 && refused === undefined; attempt++) {
        const response = await signUp(new ConsoleClient(server.url), { password: 'weak' });
        if (response.status === 429) refused = response;
      }
      expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await refused?.json()).toEqual({
        code: 'Throttling',
        message: expect.stringMatching(/^Too many sign-ups: try again in \d+ seconds?\.$/),
      });
    });
  });
});

it('accounts are not closed for who comes through a proxy that forwards no address: nobody could be recorded', async () => {
  const server = await startCodekeep({ settings: { CODEKEEP_TRUSTED_PROXY: '127.0.0.0/8' } });
  try {
    const { accountId, rootEmail: email, rootPassword: password } = server.account;
    const client = new ConsoleClient(server.url);
    expect((await client.signIn({ email, password })).status).toBe(200);
    for (const [path, body] of [
      ['/console/close-account', { accountId }],
      ['/console/sign-out', { everywhere: true }],
    ] as const) {
      const refused = await client.post(path, body, { 'x-forwarded-for': 'unknown' });
      expect([refused.status, await refused.json()]).toEqual([
        400,
        { code: 'ValidationError', message: 'X-Forwarded-For holds something else than IP addresses.' },
      ]);
    }
    expect((await client.post('/console/session', {})).status).toBe(200);
  } finally {
    await server.dispose();
  }
});

/** As a browser does that was led to this machine by another name. */
async function postTo(server: CodekeepServer, host: string, path: string, body: object) {
  const headers = {
    host,
    origin: `http://${host}`,
    'sec-fetch-site': 'same-origin',
    'content-type': 'application/json',
  };
  const request = httpRequest(server.url + path, { method: 'POST', headers });
  request.end(JSON.stringify(body));
  const [response] = await once(request, 'response');
  return [response.statusCode, JSON.parse(await text(response))];
}
