import { CodeCommitClient, ListRepositoriesCommand } from '@aws-sdk/client-codecommit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asRootUser, createGitUser, createRepository, uploadSshKey } from '../../harness/account-setup.ts';
import { requireClient } from '../../harness/clients.ts';
import { runCodekeep } from '../../harness/codekeep-command.ts';
import { type CodekeepServer, startCodekeep } from '../../harness/codekeep-server.ts';
import { ConsoleClient } from '../../harness/console-client.ts';
import { type GitCredential, gitClient } from '../../harness/git-client.ts';
import { type SshClient, sshClient } from '../../harness/ssh-client.ts';

// An account that the operator closes lets nobody in at any door, and all of them again when it is reopened.

const git = await requireClient('git');
const ssh = await requireClient('ssh');

describe.skipIf(git.skipReason ?? ssh.skipReason)('the doors of an account', () => {
  let codekeep: CodekeepServer;
  let ada: GitCredential;
  let overSsh: SshClient;
  let sshUrl: string;
  let url: string;
  let session: ConsoleClient;
  beforeAll(async () => {
    codekeep = await startCodekeep();
    ada = await createGitUser(codekeep, 'ada');
    url = await createRepository(codekeep, 'demo');
    overSsh = await sshClient();
    const keyId = await uploadSshKey(codekeep, 'ada', await overSsh.makeKey('ed25519'));
    const { host, hostname, port } = new URL(codekeep.sshUrl);
    sshUrl = `ssh://${keyId}@${host}/v1/repos/demo`;
    const address = ['--data', codekeep.dataDir, '--ssh', `${hostname}:${port}`];
    const { stdout } = await runCodekeep(['ssh-fingerprints', ...address]);
    await overSsh.trust(
      `${stdout
        .split('\n')
        .filter((line) => line.startsWith('['))
        .join('\n')}\n`,
    );
    session = new ConsoleClient(codekeep.url);
  });
  afterAll(async () => {
    await overSsh?.dispose();
    await codekeep?.dispose();
  });

  /** What each door answers: the API, Git over HTTP and SSH, the console's sign-in and a session of it. */
  async function doors(): Promise<unknown[]> {
    // A new one each time: git forgets credentials that were refused.
    const https = await gitClient([ada]);
    const codecommit = new CodeCommitClient({ ...asRootUser(codekeep), maxAttempts: 1 });
    const { rootEmail: email, rootPassword: password } = codekeep.account;
    const signIn = await new ConsoleClient(codekeep.url).signIn({ email, password });
    const answers = [
      await codecommit.send(new ListRepositoriesCommand({})).then(
        () => 'open',
        (error: Error) => error.name,
      ),
      (await https.run(['ls-remote', url])).exitCode,
      (await overSsh.git.run(['ls-remote', sshUrl], { env: overSsh.environment('ed25519') })).exitCode,
      signIn.ok,
      (await session.codecommit('ListRepositories', {})).ok,
    ];
    codecommit.destroy();
    await https.dispose();
    return answers;
  }

  async function whileStopped(command: string): Promise<void> {
    await codekeep.stop();
    const { accountId } = codekeep.account;
    const { exitCode } = await runCodekeep([command, '--data', codekeep.dataDir, '--account-id', accountId]);
    expect(exitCode).toBe(0);
    await codekeep.restart();
  }

  it('are shut while it is closed', async () => {
    const { rootEmail: email, rootPassword: password } = codekeep.account;
    expect((await session.signIn({ email, password })).ok).toBe(true);
    const open = ['open', 0, 0, true, true];
    expect(await doors()).toEqual(open);
    await whileStopped('close-account');
    expect(await doors()).toEqual(['UnrecognizedClientException', 128, 128, false, false]);
    await whileStopped('reopen-account');
    expect(await doors()).toEqual(open);
  });
});
