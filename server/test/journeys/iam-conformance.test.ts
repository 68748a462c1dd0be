import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awsCli } from '../harness/aws-cli.ts';
import { runBoto3 } from '../harness/boto3.ts';
import { awsExecutables, requireClient } from '../harness/clients.ts';
import { startCodekeepOn } from '../harness/codekeep-on-engine.ts';
import { databaseEngines } from '../harness/databases.ts';

// What an administrator does with IAM beside users and roles, by boto3 with its paginators and exception classes.

const boto3 = await requireClient('boto3');
const [executable] = await awsExecutables();

const SCRIPT = `
iam = client("iam")
account = client("sts").get_caller_identity()["Account"]
prefix = f"arn:aws:iam::{account}"
power_user = "arn:aws:iam::aws:policy/AWSCodeCommitPowerUser"
allow = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:Get*", "Resource": "*"}})
trust = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
problems = []

def same(found, expected):
    if found != expected:
        problems.append([sys._getframe(1).f_lineno, found, expected])

def refused(code, message, call, **arguments):
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as error:
        found = error.response["Error"]
        if found["Code"] != code or message not in found["Message"]:
            problems.append([sys._getframe(1).f_lineno, found])
    else:
        problems.append([sys._getframe(1).f_lineno, "not refused", code])

def pages(operation, member, name, **arguments):
    found = list(iam.get_paginator(operation).paginate(PaginationConfig={"PageSize": 2}, **arguments))
    return [[item if name is None else item[name] for item in page[member]] for page in found]

def tags_of(operation, **arguments):
    return getattr(iam, operation)(**arguments)["Tags"]

tags = [{"Key": "team", "Value": "blue"}]

# Groups
group = iam.create_group(GroupName="Developers", Path="/teams/")["Group"]
same(group["Arn"], f"{prefix}:group/teams/Developers")
same(group["GroupId"][:4], "AGPA")
for name in ["c", "b", "a"]:
    iam.create_user(UserName=name)
    iam.add_user_to_group(GroupName="developers", UserName=name)
same(pages("get_group", "Users", "UserName", GroupName="Developers"), [["a", "b"], ["c"]])
for number in range(3):
    iam.create_group(GroupName=f"g{number}", Path="/paged/")
    iam.add_user_to_group(GroupName=f"g{number}", UserName="a")
    iam.put_group_policy(GroupName="Developers", PolicyName=f"p{number}", PolicyDocument=allow)
same(pages("list_groups", "Groups", "GroupName", PathPrefix="/paged/"), [["g0", "g1"], ["g2"]])
same(pages("list_groups_for_user", "Groups", "GroupName", UserName="a"), [["Developers", "g0"], ["g1", "g2"]])
same(pages("list_group_policies", "PolicyNames", None, GroupName="Developers"), [["p0", "p1"], ["p2"]])
same(iam.get_group_policy(GroupName="Developers", PolicyName="p0")["PolicyDocument"], json.loads(allow))
iam.attach_group_policy(GroupName="Developers", PolicyArn=power_user)
same(pages("list_attached_group_policies", "AttachedPolicies", "PolicyArn", GroupName="Developers"), [[power_user]])
same(pages("list_entities_for_policy", "PolicyGroups", "GroupName", PolicyArn=power_user), [["Developers"]])
refused("EntityAlreadyExists", "Group with name DEVELOPERS already exists.", iam.create_group, GroupName="DEVELOPERS")
refused("NoSuchEntity", "The group with name missing cannot be found.", iam.get_group, GroupName="missing")
refused("NoSuchEntity", "The user with name missing cannot be found.", iam.add_user_to_group,
        GroupName="g0", UserName="missing")
refused("DeleteConflict", "must remove users from group first", iam.delete_group, GroupName="Developers")
refused("DeleteConflict", "must remove users from group first", iam.delete_user, UserName="b")
refused("ValidationError", "1 validation error detected: Value 'a b' at 'groupName' failed to satisfy constraint",
        iam.create_group, GroupName="a b")
iam.update_group(GroupName="g2", NewGroupName="renamed", NewPath="/")
same(iam.get_group(GroupName="RENAMED")["Group"]["Path"], "/")

# Policy versions
arn = iam.create_policy(PolicyName="versions", PolicyDocument=allow, Tags=tags)["Policy"]["Arn"]
for number in range(4):
    version = iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow, SetAsDefault=number == 3)["PolicyVersion"]
same([version["VersionId"], version["IsDefaultVersion"]], ["v5", True])
same(pages("list_policy_versions", "Versions", "VersionId", PolicyArn=arn), [["v5", "v4"], ["v3", "v2"], ["v1"]])
refused("LimitExceeded", "A managed policy can have up to 5 versions.", iam.create_policy_version,
        PolicyArn=arn, PolicyDocument=allow)
refused("DeleteConflict", "Cannot delete the default version of a policy.", iam.delete_policy_version,
        PolicyArn=arn, VersionId="v5")
refused("DeleteConflict", "This policy has more than one version.", iam.delete_policy, PolicyArn=arn)
iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
iam.delete_policy_version(PolicyArn=arn, VersionId="v5")
same(iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"], "v1")

# Tags
more = [{"Key": "stage", "Value": "live"}]
iam.tag_policy(PolicyArn=arn, Tags=more)
iam.untag_policy(PolicyArn=arn, TagKeys=["team"])
same(pages("list_policy_tags", "Tags", "Key", PolicyArn=arn), [["stage"]])
iam.tag_user(UserName="a", Tags=tags + more)
iam.untag_user(UserName="a", TagKeys=["stage"])
same(pages("list_user_tags", "Tags", "Key", UserName="a"), [["team"]])
refused("InvalidInput", "Duplicate tag keys found.", iam.tag_user, UserName="a",
        Tags=[{"Key": "x", "Value": ""}, {"Key": "X", "Value": ""}])

# The account
alias = f"team-{account}"
iam.create_account_alias(AccountAlias=alias)
same(pages("list_account_aliases", "AccountAliases", None), [[alias]])
refused("EntityAlreadyExists", f"The account alias {alias} already exists.", iam.create_account_alias,
        AccountAlias=alias)
iam.delete_account_alias(AccountAlias=alias)
refused("NoSuchEntity", f"The Password Policy with domain name {account} cannot be found.",
        iam.get_account_password_policy)
iam.update_account_password_policy(MinimumPasswordLength=12, RequireNumbers=True, PasswordReusePrevention=2)
policy = iam.get_account_password_policy()["PasswordPolicy"]
same([policy["MinimumPasswordLength"], policy["RequireSymbols"], policy["ExpirePasswords"]], [12, False, False])
refused("PasswordPolicyViolation", "Password should have a minimum length of 12", iam.create_login_profile,
        UserName="a", Password="Short-1")
iam.create_login_profile(UserName="a", Password="long-enough-1")
refused("PasswordPolicyViolation", "any of the last 2 passwords", iam.update_login_profile,
        UserName="a", Password="long-enough-1")
iam.delete_account_password_policy()
summary = iam.get_account_summary()["SummaryMap"]
same([summary["Users"], summary["Groups"], summary["GroupsQuota"], summary["VersionsPerPolicyQuota"]], [3, 4, 300, 5])

# Instance profiles and service-linked roles
iam.create_role(RoleName="worker", AssumeRolePolicyDocument=trust)
for number in range(3):
    profile = iam.create_instance_profile(InstanceProfileName=f"i{number}", Path="/ci/", Tags=tags)["InstanceProfile"]
    iam.add_role_to_instance_profile(InstanceProfileName=f"i{number}", RoleName="worker")
same([profile["InstanceProfileId"][:4], profile["Arn"]], ["AIPA", f"{prefix}:instance-profile/ci/i2"])
for operation, arguments in [("list_instance_profiles", {"PathPrefix": "/ci/"}),
                             ("list_instance_profiles_for_role", {"RoleName": "worker"})]:
    same(pages(operation, "InstanceProfiles", "InstanceProfileName", **arguments), [["i0", "i1"], ["i2"]])
same(iam.get_instance_profile(InstanceProfileName="i0")["InstanceProfile"]["Roles"][0]["RoleName"], "worker")
same(tags_of("list_instance_profile_tags", InstanceProfileName="i0"), tags)
refused("LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
        iam.add_role_to_instance_profile, InstanceProfileName="i0", RoleName="worker")
refused("DeleteConflict", "must remove roles from instance profile first", iam.delete_role, RoleName="worker")
iam.remove_role_from_instance_profile(InstanceProfileName="i0", RoleName="worker")
iam.delete_instance_profile(InstanceProfileName="i0")
refused("NoSuchEntity", "Instance Profile i0 cannot be found.", iam.get_instance_profile, InstanceProfileName="i0")
linked = iam.create_service_linked_role(AWSServiceName="codestar-notifications.amazonaws.com")["Role"]["RoleName"]
refused("UnmodifiableEntity", "is only modifiable by AWS", iam.attach_role_policy, RoleName=linked, PolicyArn=power_user)
task = iam.delete_service_linked_role(RoleName=linked)["DeletionTaskId"]
same(iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"], "SUCCEEDED")

# Credential report, and who grants what
refused("ReportNotPresent", "No report is present.", iam.get_credential_report)
same([iam.generate_credential_report()["State"], iam.generate_credential_report()["State"]], ["STARTED", "COMPLETE"])
report = iam.get_credential_report()
rows = report["Content"].decode().splitlines()
same([report["ReportFormat"], len(rows[0].split(",")), rows[1].split(",")[:2], sorted(row.split(",")[0] for row in rows[2:])],
     ["text/csv", 22, ["<root_account>", f"{prefix}:root"], ["a", "b", "c"]])
granting = iam.list_policies_granting_service_access(Arn=f"{prefix}:user/a", ServiceNamespaces=["codecommit", "iam"])
same([[policy["PolicyName"] for policy in entry["Policies"]] for entry in granting["PoliciesGrantingServiceAccess"]],
     [["AWSCodeCommitPowerUser"], ["p0", "p1", "p2", "AWSCodeCommitPowerUser"]])

# Identity providers
document = ('<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example">'
            '<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"/>'
            + " " * 1000 + "</EntityDescriptor>")
saml = iam.create_saml_provider(Name="idp", SAMLMetadataDocument=document, Tags=tags)["SAMLProviderArn"]
same(saml, f"{prefix}:saml-provider/idp")
same(iam.get_saml_provider(SAMLProviderArn=saml)["SAMLMetadataDocument"], document)
same([provider["Arn"] for provider in iam.list_saml_providers()["SAMLProviderList"]], [saml])
same(iam.update_saml_provider(SAMLProviderArn=saml, SAMLMetadataDocument=document)["SAMLProviderArn"], saml)
same(tags_of("list_saml_provider_tags", SAMLProviderArn=saml), tags)
refused("InvalidInput", "Could not parse metadata", iam.create_saml_provider, Name="x", SAMLMetadataDocument="x" * 1000)
iam.delete_saml_provider(SAMLProviderArn=saml)
refused("NoSuchEntity", f"Manifest not found for arn {saml}", iam.get_saml_provider, SAMLProviderArn=saml)
oidc = iam.create_open_id_connect_provider(
    Url="https://issuer.example/realm", ClientIDList=["ci"], ThumbprintList=["a" * 40])["OpenIDConnectProviderArn"]
same(oidc, f"{prefix}:oidc-provider/issuer.example/realm")
iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=oidc, ClientID="cd")
iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=oidc, ClientID="ci")
iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=oidc, ThumbprintList=["b" * 40])
iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=oidc, Tags=tags)
provider = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=oidc)
same([provider["Url"], provider["ClientIDList"], provider["ThumbprintList"], provider["Tags"]],
     ["issuer.example/realm", ["cd"], ["b" * 40], tags])
same(iam.list_open_id_connect_providers()["OpenIDConnectProviderList"], [{"Arn": oidc}])
refused("EntityAlreadyExists", "Provider with url https://issuer.example/realm already exists.",
        iam.create_open_id_connect_provider, Url="https://issuer.example/realm")
iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=oidc)
refused("NoSuchEntity", f"OpenIDConnect Provider not found for arn {oidc}", iam.get_open_id_connect_provider,
        OpenIDConnectProviderArn=oidc)

# Everything at once
details = list(iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 3}))
same([[user["UserName"] for user in page["UserDetailList"]] + [group["GroupName"] for group in page["GroupDetailList"]]
      + [role["RoleName"] for role in page["RoleDetailList"]] + [policy["PolicyName"] for policy in page["Policies"]]
      for page in details],
     [["a", "b", "c"], ["Developers", "g0", "g1"], ["renamed", "worker", "versions"], ["AWSCodeCommitPowerUser"]])
same(details[0]["UserDetailList"][0]["GroupList"], ["Developers", "g0", "g1", "renamed"])
same(details[1]["GroupDetailList"][0]["GroupPolicyList"][0]["PolicyDocument"], json.loads(allow))
same(len(details[2]["RoleDetailList"][0]["InstanceProfileList"]), 2)

# Nothing of it for somebody without permissions
key = iam.create_access_key(UserName="b")["AccessKey"]
iam.remove_user_from_group(GroupName="Developers", UserName="b")
stranger = client("iam", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
for call, arguments, resource in [
    (stranger.get_group, {"GroupName": "missing"}, f"{prefix}:group/missing"),
    (stranger.get_instance_profile, {"InstanceProfileName": "i1"}, f"{prefix}:instance-profile/ci/i1"),
    (stranger.create_policy_version, {"PolicyArn": arn, "PolicyDocument": "{}"}, arn),
    (stranger.get_account_summary, {}, "*"),
]:
    refused("AccessDenied", f"on resource: {resource} because no identity-based policy allows", call, **arguments)
answer(problems)
`;

for (const engine of databaseEngines) {
  const skipReason = engine.skipReason ?? boto3.skipReason;
  describe.skipIf(skipReason)(`IAM on ${engine.name} ${skipReason ?? ''}`, () => {
    let codekeep: Awaited<ReturnType<typeof startCodekeepOn>>;
    const access = () => ({ endpoint: codekeep.server.url, ...codekeep.server.account });

    beforeAll(async () => {
      codekeep = await startCodekeepOn(engine);
    });
    afterAll(() => codekeep?.dispose());

    it('answers boto3 as AWS does: results, pages, refusals', async () => {
      expect(await runBoto3(boto3.path ?? '', SCRIPT, access())).toEqual([]);
    });

    // The client is the same whatever the database.
    if (engine.name === 'sqlite' && executable !== undefined) {
      it('answers the AWS CLI, which pages by itself', async () => {
        const cli = await awsCli(executable, access());
        try {
          await cli.run(['iam', 'create-group', '--group-name', 'cli', '--path', '/cli/']);
          const listed = await cli.run(['iam', 'list-groups', '--path-prefix', '/cli/', '--page-size', '1']);
          expect(listed).toMatchObject({ Groups: [{ GroupName: 'cli', Path: '/cli/' }] });
          const summary = await cli.run(['iam', 'get-account-summary']);
          expect(summary).toMatchObject({ SummaryMap: { GroupsQuota: 300 } });
          await expect(cli.run(['iam', 'delete-group', '--group-name', 'missing'])).rejects.toMatchObject({
            code: 'NoSuchEntity',
          });
        } finally {
          await cli.dispose();
        }
      });
    }
  });
}
