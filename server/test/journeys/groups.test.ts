import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRepository } from '../harness/account-setup.ts';
import { runBoto3 } from '../harness/boto3.ts';
import { requireClient } from '../harness/clients.ts';
import { startCodekeepOn } from '../harness/codekeep-on-engine.ts';
import { databaseEngines } from '../harness/databases.ts';
import { type GitClient, gitClient } from '../harness/git-client.ts';

// A team gives its developers their rights by a group, as IAM's best practices have it, and takes them the same way.

const boto3 = await requireClient('boto3');
const git = await requireClient('git');

const POWER_USER = 'arn:aws:iam::aws:policy/AWSCodeCommitPowerUser';

for (const engine of databaseEngines) {
  const skipReason = engine.skipReason ?? boto3.skipReason ?? git.skipReason;
  describe.skipIf(skipReason)(`groups on ${engine.name} ${skipReason ?? ''}`, () => {
    let codekeep: Awaited<ReturnType<typeof startCodekeepOn>>;
    let client: GitClient | undefined;
    const run = (script: string) =>
      runBoto3(boto3.path ?? '', `iam = client("iam")\n${script}`, {
        endpoint: codekeep.server.url,
        ...codekeep.server.account,
      });

    beforeAll(async () => {
      codekeep = await startCodekeepOn(engine);
    });
    afterAll(async () => {
      await client?.dispose();
      await codekeep?.dispose();
    });

    it('let their members push, deny them a branch, and lock them out on the next request', async () => {
      const url = await createRepository(codekeep.server, 'grouped');
      const credential = (await run(`
iam.create_user(UserName="dora")
iam.create_group(GroupName="developers", Path="/teams/")
iam.attach_group_policy(GroupName="developers", PolicyArn="${POWER_USER}")
answer(iam.create_service_specific_credential(
    UserName="dora", ServiceName="codecommit.amazonaws.com")["ServiceSpecificCredential"])
`)) as { ServiceUserName: string; ServicePassword: string };
      client = await gitClient([
        {
          url: codekeep.server.url,
          userName: credential.ServiceUserName,
          password: credential.ServicePassword,
        },
      ]);
      const denied = /403/;
      await expect(client.output(['clone', url, 'grouped'])).rejects.toThrow(denied);

      await run('iam.add_user_to_group(GroupName="developers", UserName="dora")');
      await client.output(['clone', url, 'grouped']);
      const inClone = (...args: string[]) => client?.output(['-C', 'grouped', ...args]);
      await inClone('commit', '--allow-empty', '-m', 'first');
      await inClone('push', 'origin', 'HEAD:refs/heads/main', 'HEAD:refs/heads/work');

      const used = await run(`
deny = {"Effect": "Deny", "Action": "codecommit:GitPush", "Resource": "*", "Condition": {
    "StringEqualsIfExists": {"codecommit:References": ["refs/heads/main"]},
    "Null": {"codecommit:References": "false"}}}
iam.put_group_policy(GroupName="developers", PolicyName="protect-main", PolicyDocument=json.dumps(
    {"Version": "2012-10-17", "Statement": deny}))
iam.attach_user_policy(UserName="dora", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
job = iam.generate_service_last_accessed_details(Arn=iam.get_user(UserName="dora")["User"]["Arn"])["JobId"]
services = iam.get_service_last_accessed_details(JobId=job)["ServicesLastAccessed"]
answer([service["ServiceNamespace"] for service in services if "LastAuthenticated" in service])
`);
      expect(used).toEqual(['codecommit']);
      await inClone('commit', '--allow-empty', '-m', 'second');
      await expect(inClone('push', 'origin', 'HEAD:refs/heads/main')).rejects.toThrow('explicit deny');
      await inClone('push', 'origin', 'HEAD:refs/heads/work');

      await run(`
iam.detach_user_policy(UserName="dora", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
iam.remove_user_from_group(GroupName="developers", UserName="dora")
`);
      await expect(inClone('fetch')).rejects.toThrow(denied);
    });
  });
}
