import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AwsCli, awsCli } from '../harness/aws-cli.ts';
import { runBoto3 } from '../harness/boto3.ts';
import { awsExecutables, requireClient } from '../harness/clients.ts';
import { startCodekeepOn } from '../harness/codekeep-on-engine.ts';
import { databaseEngines } from '../harness/databases.ts';

// How a team makes the role that its builds take on: with boto3, and with the AWS CLI.

const boto3 = await requireClient('boto3');
const aws = await requireClient('aws');
const [executable] = await awsExecutables();

const SHARED = `
iam = client("iam")
account = client("sts").get_caller_identity()["Account"]
root = f"arn:aws:iam::{account}:root"

def trust(principal, **more):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole", **more}]})

def raised(exception, message, call, **arguments):
    try:
        call(**arguments)
    except exception as error:
        assert message in error.response["Error"]["Message"], error.response
        return True
    return False
`;

for (const engine of databaseEngines) {
  const skipReason = engine.skipReason ?? boto3.skipReason ?? aws.skipReason;
  describe.skipIf(skipReason)(`roles on ${engine.name} ${skipReason ?? ''}`, () => {
    let codekeep: Awaited<ReturnType<typeof startCodekeepOn>>;
    let cli: AwsCli | undefined;
    const access = () => ({ endpoint: codekeep.server.url, ...codekeep.server.account });
    const run = (script: string) => runBoto3(boto3.path ?? '', SHARED + script, access());

    beforeAll(async () => {
      codekeep = await startCodekeepOn(engine);
      cli = executable && (await awsCli(executable, access()));
    });
    afterAll(async () => {
      await cli?.dispose();
      await codekeep?.dispose();
    });

    it('are made, changed, given policies and tags, and deleted with boto3', async () => {
      const answer = await run(`
iam.create_user(UserName="ana")
ana = f"arn:aws:iam::{account}:user/ana"
made = iam.create_role(
    RoleName="Builder", Path="/ci/", Description="Für den Bau", MaxSessionDuration=7200,
    Tags=[{"Key": "team", "Value": "blue"}],
    AssumeRolePolicyDocument=trust([ana, account], Condition={"StringEquals": {"sts:ExternalId": "7"}}))["Role"]
assert made["Arn"] == f"arn:aws:iam::{account}:role/ci/Builder", made
role = iam.get_role(RoleName="builder")["Role"]
statement = role["AssumeRolePolicyDocument"]["Statement"][0]
assert statement["Principal"] == {"AWS": [ana, root]}, statement
assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": "7"}}, statement
assert role["RoleLastUsed"] == {} and role["Tags"] == [{"Key": "team", "Value": "blue"}], role
assert role["Description"] == "Für den Bau" and role["MaxSessionDuration"] == 7200, role

iam.update_role(RoleName="Builder", Description="nachts", MaxSessionDuration=43200)
assert iam.update_role_description(RoleName="Builder", Description="tags")["Role"]["MaxSessionDuration"] == 43200
iam.update_assume_role_policy(RoleName="Builder", PolicyDocument=trust(ana))

power_user = "arn:aws:iam::aws:policy/AWSCodeCommitPowerUser"
iam.attach_role_policy(RoleName="Builder", PolicyArn=power_user)
attached = iam.list_attached_role_policies(RoleName="Builder")["AttachedPolicies"]
assert attached == [{"PolicyName": "AWSCodeCommitPowerUser", "PolicyArn": power_user}], attached
assert [entity["RoleName"] for page in iam.get_paginator("list_entities_for_policy").paginate(PolicyArn=power_user)
        for entity in page["PolicyRoles"]] == ["Builder"]
document = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "kms:*", "Resource": "*"}]}
iam.put_role_policy(RoleName="Builder", PolicyName="no-kms", PolicyDocument=json.dumps(document))
assert iam.list_role_policies(RoleName="Builder")["PolicyNames"] == ["no-kms"]
assert iam.get_role_policy(RoleName="Builder", PolicyName="no-kms")["PolicyDocument"] == document
iam.tag_role(RoleName="Builder", Tags=[{"Key": "stage", "Value": "live"}])
iam.untag_role(RoleName="Builder", TagKeys=["team"])
assert iam.list_role_tags(RoleName="Builder")["Tags"] == [{"Key": "stage", "Value": "live"}]

problems = iam.exceptions
answer([
    raised(problems.EntityAlreadyExistsException, "Role with name BUILDER already exists.", iam.create_role,
           RoleName="BUILDER", AssumeRolePolicyDocument=trust(root)),
    raised(problems.NoSuchEntityException, "The role with name missing cannot be found.", iam.get_role,
           RoleName="missing"),
    raised(problems.DeleteConflictException, "must detach all policies first", iam.delete_role, RoleName="Builder"),
    raised(problems.DeleteConflictException, "must delete policies first", lambda: [
        iam.detach_role_policy(RoleName="Builder", PolicyArn=power_user), iam.delete_role(RoleName="Builder")]),
    raised(problems.MalformedPolicyDocumentException, "Has prohibited field Resource", iam.create_role,
           RoleName="new", AssumeRolePolicyDocument=trust(root, Resource="*")),
    raised(problems.MalformedPolicyDocumentException, f'Invalid principal in policy: "AWS":"{ana}2"',
           iam.update_assume_role_policy, RoleName="Builder", PolicyDocument=trust(f"{ana}2")),
    raised(problems.LimitExceededException, "ACLSizePerRole", iam.create_role,
           RoleName="new", AssumeRolePolicyDocument=trust(root, Sid="x" * 2048)),
    raised(problems.NoSuchEntityException, "Policy arn:aws:iam::aws:policy/Missing does not exist or is not attachable.",
           iam.attach_role_policy, RoleName="Builder", PolicyArn="arn:aws:iam::aws:policy/Missing"),
])
iam.delete_role_policy(RoleName="Builder", PolicyName="no-kms")
iam.delete_role(RoleName="Builder")
assert "Builder" not in [role["RoleName"] for role in iam.list_roles()["Roles"]]
`);
      expect(answer).toEqual(Array.from({ length: 8 }, () => true));
    });

    it('trust no user who was made anew under the name of a deleted one', async () => {
      const principals = await run(`
iam.create_user(UserName="eve")
iam.create_role(RoleName="trusting", AssumeRolePolicyDocument=trust(f"arn:aws:iam::{account}:user/eve"))

def trusted():
    return iam.get_role(RoleName="trusting")["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"]

before = trusted()
unique = iam.get_user(UserName="eve")["User"]["UserId"]
iam.delete_user(UserName="eve")
iam.create_user(UserName="eve")
answer([before == f"arn:aws:iam::{account}:user/eve", trusted() == unique])
`);
      expect(principals).toEqual([true, true]);
    });

    it('are paged through', async () => {
      const pages = await run(`
for number in range(5):
    iam.create_role(RoleName=f"paged-{number}", Path="/paged/", AssumeRolePolicyDocument=trust(root))
pages = iam.get_paginator("list_roles").paginate(PathPrefix="/paged/", PaginationConfig={"PageSize": 2})
answer([[role["RoleName"] for role in page["Roles"]] for page in pages])
`);
      expect(pages).toEqual([['paged-0', 'paged-1'], ['paged-2', 'paged-3'], ['paged-4']]);
    });

    // The client is the same whatever the database.
    if (engine.name === 'sqlite') {
      it('are made and read with the AWS CLI', async () => {
        const { accountId } = codekeep.server.account;
        const Statement = [{ Effect: 'Allow', Principal: { AWS: accountId }, Action: 'sts:AssumeRole' }];
        const document = JSON.stringify({ Version: '2012-10-17', Statement });
        const Principal = { AWS: `arn:aws:iam::${accountId}:root` };
        const role = ['--role-name', 'cli'];
        await cli?.run(['iam', 'create-role', ...role, '--assume-role-policy-document', document]);
        expect(await cli?.run(['iam', 'get-role', ...role])).toMatchObject({
          Role: {
            Arn: `arn:aws:iam::${accountId}:role/cli`,
            AssumeRolePolicyDocument: { Statement: [{ ...Statement[0], Principal }] },
          },
        });
        const missing = ['--role-name', 'missing'];
        await expect(cli?.run(['iam', 'delete-role', ...missing])).rejects.toMatchObject({ code: 'NoSuchEntity' });
      });
    }
  });
}
