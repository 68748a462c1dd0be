import { CodeCommitClient, ListRepositoriesCommand } from '@aws-sdk/client-codecommit';
import { GetUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGitUser, createRepository } from '../harness/account-setup.ts';
import { requireClient } from '../harness/clients.ts';
import { type CodekeepServer, startCodekeep } from '../harness/codekeep-server.ts';
import { type GitCredential, gitClient } from '../harness/git-client.ts';

// What who guesses, or asks too often, meets; and that others do not.

const git = await requireClient('git');

describe.skipIf(git.skipReason)(`limits ${git.skipReason ?? ''}`, () => {
  let codekeep: CodekeepServer;
  let ada: GitCredential;
  let repository: string;

  beforeAll(async () => {
    codekeep = await startCodekeep({ settings: { CODEKEEP_REQUEST_RATE: '5' } });
    ada = await createGitUser(codekeep, 'ada');
    repository = await createRepository(codekeep, 'guarded');
  });
  afterAll(() => codekeep?.dispose());

  async function listReferences(credential: GitCredential) {
    const client = await gitClient([credential]);
    try {
      return await client.run(['ls-remote', repository]);
    } finally {
      await client.dispose();
    }
  }

  it('slow the guessing of a Git password down, and let the right one in', async () => {
    const guess = (path: string) => {
      const authorization = `Basic ${Buffer.from(`${ada.userName}:guess`).toString('base64')}`;
      return fetch(`${repository}/${path}`, { headers: { authorization } });
    };
    for (let failure = 0; failure < 10; failure++) {
      expect((await guess('info/refs?service=git-upload-pack')).status).toBe(401);
    }
    const answer = await guess('info/refs?service=git-upload-pack');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '10']);
    const lfs = await guess('info/lfs/locks');
    expect([lfs.status, lfs.headers.get('retry-after')]).toEqual([429, expect.stringMatching(/^([1-9]|10)$/)]);

    const refused = await listReferences({ ...ada, password: 'guess' });
    expect(refused.stderr).toMatch(/^remote: Too many failed sign-ins: try again in \d+ seconds?\n/);
    expect(refused.stderr).toContain('The requested URL returned error: 429');
    expect(await listReferences(ada)).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('throttle who asks too often, so that SDKs wait and succeed', async () => {
    const { region, accessKeyId, secretAccessKey } = codekeep.account;
    const options = { endpoint: codekeep.url, region, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 10 };
    const [codecommit, iam] = [new CodeCommitClient(options), new IAMClient(options)];
    const once = { ...options, maxAttempts: 1 };
    const impatient = { codecommit: new CodeCommitClient(once), iam: new IAMClient(once) };
    try {
      const answers = await Promise.all([
        ...Array.from({ length: 30 }, () => codecommit.send(new ListRepositoriesCommand({}))),
        ...Array.from({ length: 30 }, () => iam.send(new GetUserCommand({}))),
      ]);
      expect(answers.every(({ $metadata }) => $metadata.httpStatusCode === 200)).toBe(true);
      expect(Math.max(...answers.map(({ $metadata }) => $metadata.attempts ?? 1))).toBeGreaterThan(1);

      const refusal = { message: 'Rate exceeded', $fault: 'client', $metadata: { httpStatusCode: 400 } };
      const json = await firstRefusal(() => impatient.codecommit.send(new ListRepositoriesCommand({})));
      expect(json).toMatchObject({ name: 'ThrottlingException', ...refusal });
      const query = await firstRefusal(() => impatient.iam.send(new GetUserCommand({})));
      expect(query).toMatchObject({ name: 'Throttling', message: 'Rate exceeded', $metadata: { httpStatusCode: 400 } });
      // Another principal has a bucket of their own.
      expect((await listReferences(ada)).exitCode).toBe(0);
    } finally {
      for (const client of [codecommit, iam, impatient.codecommit, impatient.iam]) client.destroy();
    }
  });

  /** Asks, 60 at a time, until one is refused: the bucket fills by five a second meanwhile. */
  async function firstRefusal(ask: () => Promise<unknown>): Promise<unknown> {
    for (;;) {
      const answers = await Promise.allSettled(Array.from({ length: 60 }, ask));
      const refused = answers.find(({ status }) => status === 'rejected');
      if (refused?.status === 'rejected') return refused.reason;
    }
  }

  it('throttle Git with 429, which it shows', async () => {
    const authorization = `Basic ${Buffer.from(`${ada.userName}:${ada.password}`).toString('base64')}`;
    const discover = () => fetch(`${repository}/info/refs?service=git-upload-pack`, { headers: { authorization } });
    let refused: Response | undefined;
    while (refused === undefined) {
      const answers = await Promise.all(Array.from({ length: 80 }, discover));
      refused = answers.find(({ status }) => status !== 200);
    }
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    expect(await refused.text()).toBe('Rate exceeded\n');
  });
});
