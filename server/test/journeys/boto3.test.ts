import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runBoto3 } from '../harness/boto3.ts';
import { requireClient } from '../harness/clients.ts';
import { startCodekeepOn } from '../harness/codekeep-on-engine.ts';
import { databaseEngines } from '../harness/databases.ts';
import { type GitClient, gitClient } from '../harness/git-client.ts';

// What a script of a CodeCommit user does, with boto3: its paginators, its exceptions, its types.

const git = await requireClient('git');
const boto3 = await requireClient('boto3');

/** What each script may use: clients, and the code of the exception that `call` raises. */
const SHARED = `
iam, codecommit, sts, kms = client("iam"), client("codecommit"), client("sts"), client("kms")

def code(call, **arguments):
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
`;

interface Credential {
  readonly ServiceUserName: string;
  readonly ServicePassword: string;
}

for (const engine of databaseEngines) {
  const skipReason = engine.skipReason ?? git.skipReason ?? boto3.skipReason;
  describe.skipIf(skipReason)(`boto3 on ${engine.name} ${skipReason ?? ''}`, () => {
    let codekeep: Awaited<ReturnType<typeof startCodekeepOn>>;
    let client: GitClient;
    const account = () => codekeep.server.account;
    const run = (script: string) =>
      runBoto3(boto3.path ?? '', SHARED + script, { endpoint: codekeep.server.url, ...account() });

    beforeAll(async () => {
      codekeep = await startCodekeepOn(engine);
    });
    afterAll(async () => {
      await client?.dispose();
      await codekeep?.dispose();
    });

    it('creates a user with a policy, and Git credentials that git can use', async () => {
      const credential = (await run(`
iam.create_user(UserName="ana", Path="/team/", Tags=[{"Key": "team", "Value": "blue + größer"}])
iam.attach_user_policy(UserName="ana", PolicyArn="arn:aws:iam::aws:policy/AWSCodeCommitPowerUser")
user = iam.get_user(UserName="ana")["User"]
assert user["Arn"] == f"arn:aws:iam::{sts.get_caller_identity()['Account']}:user/team/ana", user
assert user["Tags"] == [{"Key": "team", "Value": "blue + größer"}], user
assert user["CreateDate"].tzinfo is not None
answer(iam.create_service_specific_credential(
    UserName="ana", ServiceName="codecommit.amazonaws.com")["ServiceSpecificCredential"])
`)) as Credential;
      expect(credential.ServiceUserName).toBe(`ana-at-${account().accountId}`);
      client = await gitClient([
        { url: codekeep.server.url, userName: credential.ServiceUserName, password: credential.ServicePassword },
      ]);
    });

    it('creates a repository with tags, changes them and reads them', async () => {
      const cloneUrl = await run(`
made = codecommit.create_repository(
    repositoryName="tagged", repositoryDescription="Für alle", tags={"stage": "test", "owner": "ana"})
metadata = made["repositoryMetadata"]
arn = metadata["Arn"]
assert metadata["creationDate"] == metadata["lastModifiedDate"]
codecommit.tag_resource(resourceArn=arn, tags={"stage": "live", "cost center": "4711"})
codecommit.untag_resource(resourceArn=arn, tagKeys=["owner", "absent"])
assert codecommit.list_tags_for_resource(resourceArn=arn)["tags"] == {"stage": "live", "cost center": "4711"}
assert kms.describe_key(KeyId=metadata["kmsKeyId"])["KeyMetadata"]["KeyManager"] == "AWS"
answer(metadata["cloneUrlHttp"])
`);
      expect(cloneUrl).toBe(`${codekeep.server.url}/v1/repos/tagged`);
    });

    it('sees, makes and deletes branches of what git pushed', async () => {
      const url = `${codekeep.server.url}/v1/repos/tagged`;
      await client.output(['clone', '-q', url, 'work']);
      const cwd = `${client.home}/work`;
      await client.output(['commit', '-q', '--allow-empty', '-m', 'First'], { cwd });
      await client.output(['push', '-q', 'origin', 'main'], { cwd });
      const commit = await client.output(['rev-parse', 'HEAD'], { cwd });
      const branches = await run(`
name = "tagged"
commit = codecommit.get_branch(repositoryName=name, branchName="main")["branch"]["commitId"]
codecommit.create_branch(repositoryName=name, branchName="release/1.0", commitId=commit)
codecommit.create_branch(repositoryName=name, branchName="old", commitId=commit)
codecommit.update_default_branch(repositoryName=name, defaultBranchName="release/1.0")
assert codecommit.delete_branch(repositoryName=name, branchName="old")["deletedBranch"]["commitId"] == commit
assert "deletedBranch" not in codecommit.delete_branch(repositoryName=name, branchName="old")
assert codecommit.get_repository(repositoryName=name)["repositoryMetadata"]["defaultBranch"] == "release/1.0"
pages = codecommit.get_paginator("list_branches").paginate(repositoryName=name)
answer([commit] + sorted(branch for page in pages for branch in page["branches"]))
`);
      expect(branches).toEqual([commit, 'main', 'release/1.0']);
      expect(await client.output(['ls-remote', '--symref', url, 'HEAD'])).toContain('refs/heads/release/1.0');
    });

    it('pages through users and repositories', async () => {
      const pages = await run(`
for number in range(7):
    iam.create_user(UserName=f"user-{number}")
    codecommit.create_repository(repositoryName=f"repository-{number}")
users = iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 3})
repositories = codecommit.get_paginator("list_repositories").paginate(sortBy="repositoryName", order="ascending")
answer({
    "users": [[user["UserName"] for user in page["Users"]] for page in users],
    "repositories": [repository["repositoryName"] for page in repositories for repository in page["repositories"]],
    "batch": codecommit.batch_get_repositories(
        repositoryNames=["repository-1", "missing"])["repositoriesNotFound"],
})
`);
      expect(pages).toEqual({
        users: [
          ['ana', 'user-0', 'user-1'],
          ['user-2', 'user-3', 'user-4'],
          ['user-5', 'user-6'],
        ],
        repositories: [...Array.from({ length: 7 }, (_, number) => `repository-${number}`), 'tagged'],
        batch: ['missing'],
      });
    });

    it("meets refusals as boto3's own exceptions", async () => {
      const script = `
def raised(exception, call, **arguments):
    try:
        call(**arguments)
    except exception as error:
        assert error.response["Error"]["Message"], error.response
        assert error.response["ResponseMetadata"]["RequestId"], error.response
        return True
    return False

answer([
    raised(codecommit.exceptions.RepositoryDoesNotExistException, codecommit.get_repository, repositoryName="missing"),
    raised(codecommit.exceptions.RepositoryNameExistsException, codecommit.create_repository, repositoryName="tagged"),
    raised(codecommit.exceptions.InvalidRepositoryNameException, codecommit.create_repository, repositoryName="a b"),
    raised(codecommit.exceptions.BranchDoesNotExistException,
           codecommit.get_branch, repositoryName="tagged", branchName="missing"),
    raised(codecommit.exceptions.BranchNameExistsException, codecommit.create_branch, repositoryName="tagged",
           branchName="main", commitId=codecommit.get_branch(
               repositoryName="tagged", branchName="main")["branch"]["commitId"]),
    raised(codecommit.exceptions.CommitDoesNotExistException, codecommit.create_branch,
           repositoryName="tagged", branchName="new", commitId="0123456789" * 4),
    raised(iam.exceptions.EntityAlreadyExistsException, iam.create_user, UserName="ANA"),
    raised(iam.exceptions.NoSuchEntityException, iam.get_user, UserName="missing"),
    raised(iam.exceptions.DeleteConflictException, iam.delete_user, UserName="ana"),
    raised(iam.exceptions.LimitExceededException, lambda: [
        iam.create_service_specific_credential(UserName="ana", ServiceName="codecommit.amazonaws.com")
        for _ in range(2)]),
    raised(iam.exceptions.MalformedPolicyDocumentException,
           iam.put_user_policy, UserName="ana", PolicyName="broken", PolicyDocument="{}"),
    raised(kms.exceptions.NotFoundException, kms.describe_key, KeyId="alias/missing"),
])`;
      expect(await run(script)).toEqual(Array.from({ length: 12 }, () => true));
    });

    it('is denied what the policies of its user do not allow', async () => {
      const codes = await run(`
key = iam.create_access_key(UserName="ana")["AccessKey"]
own = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
answer({
    "codecommit": code(client("codecommit", **own).delete_repository, repositoryName="tagged"),
    "iam": code(client("iam", **own).create_user, UserName="eve"),
    "allowed": code(client("codecommit", **own).get_repository, repositoryName="tagged"),
})
`);
      expect(codes).toEqual({ codecommit: 'AccessDeniedException', iam: 'AccessDenied', allowed: null });
    });
  });
}
