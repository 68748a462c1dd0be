import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AwsAccess, type AwsCli, awsCli } from '../harness/aws-cli.ts';
import { type AwsExecutable, awsExecutables, requireClient } from '../harness/clients.ts';
import { type CodekeepServer, startCodekeep } from '../harness/codekeep-server.ts';
import { databaseEngines } from '../harness/databases.ts';
import { type GitClient, gitClient } from '../harness/git-client.ts';

// The CodeCommit guide "Setup for HTTPS users using Git credentials", step by step, then each refusal.

interface ServiceSpecificCredential {
  readonly ServiceUserName: string;
  readonly ServicePassword: string;
  readonly ServiceSpecificCredentialId: string;
}

interface GitUser {
  readonly userName: string;
  readonly credential: ServiceSpecificCredential;
  readonly git: GitClient;
}

const POWER_USER = 'arn:aws:iam::aws:policy/AWSCodeCommitPowerUser';
const READ_ONLY = 'arn:aws:iam::aws:policy/AWSCodeCommitReadOnly';

/** As in AWS's guide "Limit pushes and merges to branches". */
const PROTECT_MAIN = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Deny',
      Action: ['codecommit:GitPush', 'codecommit:DeleteBranch', 'codecommit:PutFile', 'codecommit:Merge*'],
      Resource: '*',
      Condition: {
        StringEqualsIfExists: { 'codecommit:References': ['refs/heads/main'] },
        Null: { 'codecommit:References': 'false' },
      },
    },
  ],
});
const DENY_KMS = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Action: 'kms:*', Resource: '*' }],
});

const git = await requireClient('git');
const aws = await requireClient('aws');
const executables = await awsExecutables();

for (const engine of databaseEngines) {
  // One AWS CLI is enough to show that PostgreSQL does what SQLite does.
  for (const executable of engine.name === 'sqlite' ? executables : executables.slice(-1)) {
    const skipReason = engine.skipReason ?? git.skipReason;
    describe.skipIf(skipReason)(`with ${executable.version} on ${engine.name} ${skipReason ?? ''}`, () => {
      let database: Awaited<ReturnType<typeof engine.open>> | undefined;
      let journey: Journey;
      beforeAll(async () => {
        database = engine.name === 'postgresql' ? await engine.open() : undefined;
        const location = database?.location;
        journey = await Journey.begin(
          executable,
          location !== undefined && 'postgresqlUrl' in location ? location.postgresqlUrl : undefined,
        );
      });
      afterAll(async () => {
        await journey?.end();
        await database?.close();
      });
      followTheGuide(() => journey);
      meetEachRefusal(() => journey);
    });
  }
}
if (!aws.available) it.skip(`follows the guide: ${aws.skipReason}`, () => {});

/** What the steps of one run share. */
class Journey {
  readonly codekeep: CodekeepServer;
  readonly #cli: AwsCli;
  readonly #clients: GitClient[] = [];

  static async begin(executable: AwsExecutable, databaseUrl: string | undefined): Promise<Journey> {
    const codekeep = await startCodekeep(databaseUrl === undefined ? {} : { databaseUrl });
    const { accessKeyId, secretAccessKey, region } = codekeep.account;
    const cli = await awsCli(executable, { endpoint: codekeep.url, region, accessKeyId, secretAccessKey });
    return new Journey(codekeep, cli);
  }

  private constructor(codekeep: CodekeepServer, cli: AwsCli) {
    this.codekeep = codekeep;
    this.#cli = cli;
  }

  /** Runs the AWS CLI as the account's root user, or as `access`. */
  async aws<Output>(args: readonly string[], access: Partial<AwsAccess> = {}): Promise<Output> {
    return (await this.#cli.run(args, access)) as Output;
  }

  repositoryUrl(name: string): string {
    return `${this.codekeep.url}/v1/repos/${name}`;
  }

  /** A new IAM user with Git credentials, and a git that has them in its credential store. */
  async gitUser(userName: string, policyArn?: string): Promise<GitUser> {
    await this.aws(['iam', 'create-user', '--user-name', userName]);
    if (policyArn !== undefined) {
      await this.aws(['iam', 'attach-user-policy', '--user-name', userName, '--policy-arn', policyArn]);
    }
    const credential = await this.generateCredential(userName);
    return { userName, credential, git: await this.gitWith(credential) };
  }

  async generateCredential(userName: string): Promise<ServiceSpecificCredential> {
    const made = await this.aws<{ ServiceSpecificCredential: ServiceSpecificCredential }>([
      ...['iam', 'create-service-specific-credential', '--user-name', userName],
      ...['--service-name', 'codecommit.amazonaws.com'],
    ]);
    return made.ServiceSpecificCredential;
  }

  async gitWith(credential: ServiceSpecificCredential): Promise<GitClient> {
    const client = await gitClient([
      { url: this.codekeep.url, userName: credential.ServiceUserName, password: credential.ServicePassword },
    ]);
    this.#clients.push(client);
    return client;
  }

  async putUserPolicy(userName: string, policyName: string, document: string): Promise<void> {
    await this.aws([
      ...['iam', 'put-user-policy', '--user-name', userName],
      ...['--policy-name', policyName, '--policy-document', document],
    ]);
  }

  async end(): Promise<void> {
    for (const client of this.#clients) await client.dispose();
    await this.#cli.dispose();
    await this.codekeep.dispose();
  }
}

function followTheGuide(current: () => Journey): void {
  describe('the guide', () => {
    let ana: GitUser;
    let work: string;

    it('creates an IAM user', async () => {
      const { User } = await current().aws<{ User: { Arn: string } }>(['iam', 'create-user', '--user-name', 'ana']);
      expect(User.Arn).toBe(`arn:aws:iam::${current().codekeep.account.accountId}:user/ana`);
    });

    it('attaches AWSCodeCommitPowerUser to it', async () => {
      await current().aws(['iam', 'attach-user-policy', '--user-name', 'ana', '--policy-arn', POWER_USER]);
      const attached = await current().aws(['iam', 'list-attached-user-policies', '--user-name', 'ana']);
      expect(attached).toEqual({
        AttachedPolicies: [{ PolicyName: 'AWSCodeCommitPowerUser', PolicyArn: POWER_USER }],
      });
    });

    it('generates Git credentials, whose password is shown once', async () => {
      const credential = await current().generateCredential('ana');
      expect(credential.ServiceUserName).toBe(`ana-at-${current().codekeep.account.accountId}`);
      expect(credential.ServicePassword).toMatch(/^[A-Za-z0-9+/]{43}=$/);
      const listed = await current().aws(['iam', 'list-service-specific-credentials', '--user-name', 'ana']);
      expect(JSON.stringify(listed)).not.toContain(credential.ServicePassword);
      ana = { userName: 'ana', credential, git: await current().gitWith(credential) };
    });

    it('creates a repository', async () => {
      const { repositoryMetadata } = await current().aws<{ repositoryMetadata: Record<string, string> }>([
        ...['codecommit', 'create-repository', '--repository-name', 'MyDemoRepo'],
        ...['--repository-description', 'My demonstration repository'],
      ]);
      const { accountId, region } = current().codekeep.account;
      expect(repositoryMetadata).toMatchObject({
        accountId,
        repositoryName: 'MyDemoRepo',
        repositoryDescription: 'My demonstration repository',
        Arn: `arn:aws:codecommit:${region}:${accountId}:MyDemoRepo`,
        cloneUrlHttp: current().repositoryUrl('MyDemoRepo'),
      });
      expect(repositoryMetadata).not.toHaveProperty('defaultBranch');
    });

    it('clones the empty repository', async () => {
      const { exitCode, stderr } = await ana.git.run(['clone', current().repositoryUrl('MyDemoRepo'), 'first']);
      expect(stderr).toContain('You appear to have cloned an empty repository.');
      expect(exitCode).toBe(0);
      work = join(ana.git.home, 'first');
    });

    it('commits and pushes', async () => {
      await commitFile(ana.git, work, 'cat.txt', 'The domestic cat\n');
      await ana.git.output(['push', '-u', 'origin', 'main'], { cwd: work });
      expect(await ana.git.output(['status', '-sb'], { cwd: work })).toBe('## main...origin/main');
    });

    it('pulls into a second clone', async () => {
      await ana.git.output(['clone', '-q', current().repositoryUrl('MyDemoRepo'), 'second']);
      const second = join(ana.git.home, 'second');
      await commitFile(ana.git, work, 'dog.txt', 'The domestic dog\n');
      await ana.git.output(['push'], { cwd: work });
      await ana.git.output(['pull', '--ff-only'], { cwd: second });
      expect(await ana.git.output(['rev-parse', 'HEAD'], { cwd: second })).toBe(
        await ana.git.output(['rev-parse', 'HEAD'], { cwd: work }),
      );
      await ana.git.output(['fsck', '--full', '--strict'], { cwd: second });
    });

    it('shows the branch by GetBranch, and as the default branch', async () => {
      const branch = ['codecommit', 'get-branch', '--repository-name', 'MyDemoRepo', '--branch-name', 'main'];
      expect(await current().aws(branch)).toEqual({
        branch: { branchName: 'main', commitId: await ana.git.output(['rev-parse', 'HEAD'], { cwd: work }) },
      });
      const repository = await current().aws(['codecommit', 'get-repository', '--repository-name', 'MyDemoRepo']);
      expect(repository).toMatchObject({ repositoryMetadata: { defaultBranch: 'main' } });
    });

    it('keeps the credentials through a rename of the user', async () => {
      await current().aws(['iam', 'update-user', '--user-name', 'ana', '--new-user-name', 'anna']);
      await ana.git.output(['fetch'], { cwd: work });
      await current().aws(['iam', 'update-user', '--user-name', 'anna', '--new-user-name', 'ana']);
    });

    it('takes the credentials percent-encoded in the URL, and the URL with a slash or .git at its end', async () => {
      const { ServiceUserName, ServicePassword } = ana.credential;
      const url = new URL(current().repositoryUrl('MyDemoRepo'));
      const withCredentials = `${url.protocol}//${encodeURIComponent(ServiceUserName)}:${encodeURIComponent(ServicePassword)}@${url.host}${url.pathname}`;
      const anonymous = await gitClient();
      try {
        for (const suffix of ['', '/', '.git']) {
          expect(await anonymous.output(['ls-remote', `${withCredentials}${suffix}`])).toContain('refs/heads/main');
        }
      } finally {
        await anonymous.dispose();
      }
    });

    it('hides the repository from another Region', async () => {
      const elsewhere = current().aws(['codecommit', 'get-repository', '--repository-name', 'MyDemoRepo'], {
        region: 'eu-west-1',
      });
      await expect(elsewhere).rejects.toMatchObject({ code: 'RepositoryDoesNotExistException' });
      expect(await current().aws(['codecommit', 'list-repositories'], { region: 'eu-west-1' })).toEqual({
        repositories: [],
      });
      const { port } = new URL(current().codekeep.url);
      const url = `http://git-codecommit.eu-west-1.localhost:${port}`;
      const { ServiceUserName, ServicePassword } = ana.credential;
      const abroad = await gitClient([{ url, userName: ServiceUserName, password: ServicePassword }]);
      try {
        expect((await abroad.run(['ls-remote', `${url}/v1/repos/MyDemoRepo`])).stderr).toContain('not found');
      } finally {
        await abroad.dispose();
      }
    });

    it('knows who calls', async () => {
      const { AccessKey } = await current().aws<{ AccessKey: Record<string, string> }>([
        ...['iam', 'create-access-key', '--user-name', 'ana'],
      ]);
      const caller = await current().aws(['sts', 'get-caller-identity'], {
        accessKeyId: AccessKey.AccessKeyId,
        secretAccessKey: AccessKey.SecretAccessKey,
      });
      expect(caller).toMatchObject({ Arn: `arn:aws:iam::${current().codekeep.account.accountId}:user/ana` });
    });
  });
}

function meetEachRefusal(current: () => Journey): void {
  describe('refusals', () => {
    let seed: GitUser;
    let work: string;
    const url = () => current().repositoryUrl('guarded');

    beforeAll(async () => {
      await current().aws(['codecommit', 'create-repository', '--repository-name', 'guarded']);
      seed = await current().gitUser('seed', POWER_USER);
      await seed.git.output(['clone', '-q', url(), 'work']);
      work = join(seed.git.home, 'work');
      await commitFile(seed.git, work, 'readme.txt', 'Guarded\n');
      await seed.git.output(['push', '-q', 'origin', 'main', 'main:dev'], { cwd: work });
    });

    it('asks for credentials where there are none', async () => {
      const response = await fetch(`${url()}/info/refs?service=git-upload-pack`);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toMatch(/^Basic /);
    });

    it('refuses a wrong password', async () => {
      const { credential } = await current().gitUser('typo', POWER_USER);
      const client = await current().gitWith({ ...credential, ServicePassword: `${'A'.repeat(43)}=` });
      expect((await client.run(['ls-remote', url()])).stderr).toContain('Authentication failed');
    });

    it('refuses a user without a policy and says which action is missing', async () => {
      const nobody = await current().gitUser('nobody');
      const { exitCode, stderr } = await nobody.git.run(['clone', url()]);
      expect(exitCode).toBe(128);
      expect(stderr).toContain('is not authorized to perform: codecommit:GitPull');
      expect(stderr).toContain('because no identity-based policy allows');
      const missing = await nobody.git.run(['clone', current().repositoryUrl('missing')]);
      expect(missing.stderr.replaceAll('missing', 'guarded')).toBe(stderr);
    });

    it('tells an allowed user that a repository is not there', async () => {
      expect((await seed.git.run(['ls-remote', current().repositoryUrl('missing')])).stderr).toContain('not found');
    });

    it('stops clone, push and API under an explicit deny of KMS, also when the repository is warm', async () => {
      const user = await current().gitUser('nokms', POWER_USER);
      await user.git.output(['clone', '-q', url(), 'warm']);
      const { AccessKey } = await current().aws<{ AccessKey: Record<string, string> }>([
        ...['iam', 'create-access-key', '--user-name', 'nokms'],
      ]);
      const access = { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
      await current().aws(['codecommit', 'get-repository', '--repository-name', 'guarded'], access);

      await current().putUserPolicy('nokms', 'deny-kms', DENY_KMS);

      expect((await user.git.run(['clone', url(), 'cold'])).stderr).toContain('EncryptionKeyAccessDeniedException');
      const warm = join(user.git.home, 'warm');
      await commitFile(user.git, warm, 'more.txt', 'more\n');
      expect((await user.git.run(['push'], { cwd: warm })).stderr).toContain('EncryptionKeyAccessDeniedException');
      for (const call of [
        ['get-repository', '--repository-name', 'guarded'],
        ['get-branch', '--repository-name', 'guarded', '--branch-name', 'main'],
        ['create-repository', '--repository-name', 'nokms'],
      ]) {
        await expect(current().aws(['codecommit', ...call], access)).rejects.toMatchObject({
          code: 'EncryptionKeyAccessDeniedException',
        });
      }
    });

    it('refuses inactive, reset and deleted credentials on the next request', async () => {
      const user = await current().gitUser('leaver', POWER_USER);
      const id = ['--user-name', 'leaver', '--service-specific-credential-id'];
      const reach = async (client: GitClient) => (await client.run(['ls-remote', url()])).exitCode === 0;
      const credentialId = user.credential.ServiceSpecificCredentialId;
      expect(await reach(user.git)).toBe(true);

      const setStatus = (status: string) =>
        current().aws(['iam', 'update-service-specific-credential', ...id, credentialId, '--status', status]);
      await setStatus('Inactive');
      expect(await reach(user.git)).toBe(false);
      await setStatus('Active');
      // A git that was refused has erased the password from its store.
      expect(await reach(await current().gitWith(user.credential))).toBe(true);

      const { ServiceSpecificCredential: fresh } = await current().aws<{
        ServiceSpecificCredential: ServiceSpecificCredential;
      }>(['iam', 'reset-service-specific-credential', ...id, credentialId]);
      expect(await reach(await current().gitWith(user.credential))).toBe(false);
      expect(await reach(await current().gitWith(fresh))).toBe(true);

      await current().aws(['iam', 'delete-service-specific-credential', ...id, credentialId]);
      expect(await reach(await current().gitWith(fresh))).toBe(false);
    });

    it('refuses a deleted user', async () => {
      const user = await current().gitUser('gone', POWER_USER);
      await user.git.output(['ls-remote', url()]);
      await expect(current().aws(['iam', 'delete-user', '--user-name', 'gone'])).rejects.toMatchObject({
        code: 'DeleteConflict',
      });
      await current().aws([
        ...['iam', 'delete-service-specific-credential', '--user-name', 'gone'],
        ...['--service-specific-credential-id', user.credential.ServiceSpecificCredentialId],
      ]);
      await current().aws(['iam', 'detach-user-policy', '--user-name', 'gone', '--policy-arn', POWER_USER]);
      await current().aws(['iam', 'delete-user', '--user-name', 'gone']);
      expect((await user.git.run(['ls-remote', url()])).stderr).toContain('Authentication failed');
    });

    it('lets a read-only user clone but not push', async () => {
      const reader = await current().gitUser('reader', READ_ONLY);
      await reader.git.output(['clone', '-q', url(), 'read']);
      const read = join(reader.git.home, 'read');
      await commitFile(reader.git, read, 'mine.txt', 'mine\n');
      expect((await reader.git.run(['push'], { cwd: read })).stderr).toContain(
        'is not authorized to perform: codecommit:GitPush',
      );
    });

    it('protects a branch by codecommit:References and takes the others', async () => {
      const developer = await current().gitUser('developer', POWER_USER);
      await current().putUserPolicy('developer', 'protect-main', PROTECT_MAIN);
      await developer.git.output(['clone', '-q', url(), 'branchy']);
      const branchy = join(developer.git.home, 'branchy');
      await commitFile(developer.git, branchy, 'feature.txt', 'feature\n');
      const before = await developer.git.output(['ls-remote', url(), 'refs/heads/main', 'refs/heads/dev']);

      const atomic = await developer.git.run(['push', '--atomic', 'origin', 'main', 'main:dev'], { cwd: branchy });
      expect(atomic.exitCode).toBe(1);
      expect(await developer.git.output(['ls-remote', url(), 'refs/heads/main', 'refs/heads/dev'])).toBe(before);

      const push = await developer.git.run(['push', 'origin', 'main', 'main:dev'], { cwd: branchy });
      expect(push.exitCode).toBe(1);
      expect(push.stderr).toMatch(/main -> dev\n/);
      expect(push.stderr).toMatch(/\[remote rejected\] +main -> main \(.*explicit deny/);
      const head = await developer.git.output(['rev-parse', 'HEAD'], { cwd: branchy });
      const after = await developer.git.output(['ls-remote', url(), 'refs/heads/main', 'refs/heads/dev']);
      expect(after.split('\n').map((line) => [line.slice(41), line.startsWith(head)])).toEqual([
        ['refs/heads/dev', true],
        ['refs/heads/main', false],
      ]);
    });
  });
}

async function commitFile(client: GitClient, folder: string, name: string, content: string): Promise<void> {
  await writeFile(join(folder, name), content);
  await client.output(['add', name], { cwd: folder });
  await client.output(['commit', '-q', '-m', `Add ${name}`], { cwd: folder });
}
