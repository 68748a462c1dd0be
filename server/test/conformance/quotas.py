"""The quotas that AWS publishes: each is reached, and then refused in its words. IAM User Guide and KMS Developer Guide."""

import json

from iam import ALLOW, TRUST_EC2, ssh_key, two_codes

# Thousands of calls each: the tests beside the operations fill the account's rows instead.
ELSEWHERE = {
    "UsersPerAccount": "iam/users.test.ts", "GroupsPerAccount": "iam/groups.test.ts", "RolesPerAccount": "iam/roles.test.ts",
    "PoliciesPerAccount": "iam/policies.test.ts", "InstanceProfilesPerAccount": "iam/instance-profiles.test.ts",
    "SamlProvidersPerAccount": "iam/saml-providers.test.ts", "OpenIdConnectProvidersPerAccount": "iam/oidc-providers.test.ts",
    "VirtualMFADevicesPerAccount": "iam/mfa-devices.test.ts",
    "The number of grants of a KMS key": "kms/grants.test.ts", "The number of KMS keys": "kms/customer-keys.test.ts",
}


class Quotas:
    def __init__(self, suite):
        self.suite, self.watch = suite, suite.watch

    def of(self, service, limit, operation, code, message, numbered, first=0):
        """So many calls work, and one more does not; `numbered` makes the arguments of one."""
        client = self.suite.root[service]
        for number in range(first, limit):
            self.watch.call(client, operation, **numbered(number))
        self.watch.refused(client, operation, code, message, **numbered(limit))

    def of_iam(self, limit, operation, quota, numbered, first=0):
        self.of("iam", limit, operation, "LimitExceeded", f"Cannot exceed quota for {quota}: {limit}", numbered, first)


def run(suite):
    quotas = Quotas(suite)
    entities(suite, quotas)
    keys(suite, quotas)
    documents(suite)
    tags(suite)
    sessions(suite)


def entities(suite, quotas):
    make = lambda operation, **arguments: suite.watch.make(suite.root["iam"], operation, **arguments)
    full = {"UserName": "full"}
    make("CreateUser", **full)
    make("CreateRole", RoleName="full", AssumeRolePolicyDocument=TRUST_EC2)
    make("CreateGroup", GroupName="full")
    for number in range(11):
        make("CreatePolicy", PolicyName=f"full-{number}", PolicyDocument=ALLOW)
        make("CreateGroup", GroupName=f"full-{number}")
    policy = lambda number: f"arn:aws:iam::{suite.account}:policy/full-{number}"
    quotas.of_iam(2, "CreateAccessKey", "AccessKeysPerUser", lambda _: full)
    quotas.of_iam(5, "UploadSSHPublicKey", "SSHPublicKeysPerUser", lambda _: {**full, "SSHPublicKeyBody": ssh_key()})
    quotas.of_iam(2, "CreateServiceSpecificCredential", "ServiceSpecificCredentialsPerUser",
                  lambda _: {**full, "ServiceName": "codecommit.amazonaws.com"})
    quotas.of_iam(10, "AddUserToGroup", "GroupsPerUser", lambda number: {**full, "GroupName": f"full-{number}"})
    for kind, holder in (("User", full), ("Role", {"RoleName": "full"}), ("Group", {"GroupName": "full"})):
        quotas.of_iam(10, f"Attach{kind}Policy", f"PoliciesPer{kind}", lambda number: {**holder, "PolicyArn": policy(number)})
    quotas.of("iam", 5, "CreatePolicyVersion", "LimitExceeded",
              "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
              lambda _: {"PolicyArn": policy(0), "PolicyDocument": ALLOW}, first=1)
    devices = [make("CreateVirtualMFADevice", VirtualMFADeviceName=f"full-{number}")["VirtualMFADevice"] for number in range(9)]
    quotas.of_iam(8, "EnableMFADevice", "MFADevicesPerUser",
                  lambda number: {**full, "SerialNumber": devices[number]["SerialNumber"], **two_codes(devices[number], -5)})
    make("CreateInstanceProfile", InstanceProfileName="full")
    quotas.of_iam(1, "AddRoleToInstanceProfile", "InstanceSessionsPerInstanceProfile",
                  lambda _: {"InstanceProfileName": "full", "RoleName": "full"})
    provider = make("CreateOpenIDConnectProvider", Url="https://full.example", ClientIDList=[f"{number}" for number in range(99)])[
        "OpenIDConnectProviderArn"]
    client_ids = "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100"
    quotas.of("iam", 100, "AddClientIDToOpenIDConnectProvider", "LimitExceeded", client_ids,
              lambda number: {"OpenIDConnectProviderArn": provider, "ClientID": f"{number}"}, first=99)
    suite.watch.refused(suite.root["iam"], "CreateOpenIDConnectProvider", "LimitExceeded", client_ids,
                        Url="https://fuller.example", ClientIDList=[f"{number}" for number in range(101)])
    suite.watch.refused(suite.root["iam"], "UpdateOpenIDConnectProviderThumbprint", "LimitExceeded",
                        "Cannot exceed quota for ThumbprintsPerOpenIdConnectProvider: 5",
                        OpenIDConnectProviderArn=provider, ThumbprintList=[f"{number:040x}" for number in range(6)])
    # A second alias takes the place of the first.
    for number in range(2):
        suite.watch.call(suite.root["iam"], "CreateAccountAlias", AccountAlias=f"full-{number}-{suite.account}")
    suite.watch.call(suite.root["iam"], "ListAccountAliases", {"AccountAliases": [f"full-1-{suite.account}"]})


def documents(suite):
    """Sizes count no white space: a document of exactly the limit, spread out, is taken."""
    iam, watch = suite.root["iam"], suite.watch
    inline = lambda limit, kind: f"Maximum policy size of {limit} bytes exceeded for {kind} full"
    for limit, kind, holder in ((2048, "User", {"UserName": "full"}), (10240, "Role", {"RoleName": "full"}), (5120, "Group", {"GroupName": "full"})):
        put = {**holder, "PolicyName": "large"}
        watch.call(iam, f"Put{kind}Policy", **put, PolicyDocument=sized(limit))
        for name, size in (("large", limit + 1), ("small", len(sized(0)))):
            watch.refused(iam, f"Put{kind}Policy", "LimitExceeded", inline(limit, kind.lower()), **{
                **put, "PolicyName": name, "PolicyDocument": sized(size)})
    policy = watch.call(iam, "CreatePolicy", PolicyName="large", PolicyDocument=sized(6144)).get("Policy", {}).get("Arn")
    size = "Cannot exceed quota for PolicySize: 6144"
    watch.refused(iam, "CreatePolicy", "LimitExceeded", size, PolicyName="larger", PolicyDocument=sized(6145))
    watch.refused(iam, "CreatePolicyVersion", "LimitExceeded", size, PolicyArn=policy, PolicyDocument=sized(6145))
    trust = {"Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    watch.call(iam, "UpdateAssumeRolePolicy", RoleName="full", PolicyDocument=sized(2048, **trust))
    size = "Cannot exceed quota for ACLSizePerRole: 2048"
    watch.refused(iam, "UpdateAssumeRolePolicy", "LimitExceeded", size, RoleName="full", PolicyDocument=sized(2049, **trust))
    watch.refused(iam, "CreateRole", "LimitExceeded", size, RoleName="larger", AssumeRolePolicyDocument=sized(2049, **trust))


def sized(characters, **statement):
    """A policy of so many characters beside its white space; as short as it can be for 0."""
    statement = {"Effect": "Allow", **(statement or {"Action": "s3:Get", "Resource": "*"})}
    text = lambda padding: json.dumps({"Version": "2012-10-17", "Statement": {**statement, "Sid": padding}})
    length = lambda padding: len("".join(text(padding).split()))
    return text("x" * max(characters - length(""), 0))


def tags(suite):
    """50 of each resource, those that it has included."""
    many = lambda first, last: [{"Key": f"key-{number}", "Value": ""} for number in range(first, last)]
    maximum = "The number of tags has reached the maximum limit."
    resources = {
        **suite.iam.tagged(), "SAMLProvider": {"SAMLProviderArn": suite.iam.saml[1]},
        "OpenIDConnectProvider": {"OpenIDConnectProviderArn": suite.iam.oidc[1]}, "InstanceProfile": {"InstanceProfileName": "profile-1"},
        "MFADevice": {"SerialNumber": suite.iam.serials[1]}, "Role": {"RoleName": "role-2"}, "User": {"UserName": "ben"},
        "Policy": {"PolicyArn": suite.iam.policies[3]},
    }
    for noun, resource in resources.items():
        suite.watch.call(suite.root["iam"], f"Tag{noun}", **resource, Tags=many(0, 47))
        suite.watch.refused(suite.root["iam"], f"Tag{noun}", "LimitExceeded", maximum, **resource, Tags=many(47, 48))
    of_kms = lambda first, last: [{"TagKey": f"key-{number}", "TagValue": ""} for number in range(first, last)]
    key = {"KeyId": suite.kms.rsa}
    suite.watch.call(suite.root["kms"], "TagResource", **key, Tags=of_kms(0, 50))
    suite.watch.refused(suite.root["kms"], "TagResource", "TagException", "Too many tags", **key, Tags=of_kms(50, 51))
    suite.watch.refused(suite.root["kms"], "CreateKey", "TagException", "Too many tags", Tags=of_kms(0, 51))


def keys(suite, quotas):
    key = suite.watch.make(suite.root["kms"], "CreateKey")["KeyMetadata"]["KeyId"]
    aliases = lambda limit: f"The number of aliases of a KMS key has reached the maximum limit: {limit}."
    quotas.of("kms", 50, "CreateAlias", "LimitExceededException", aliases(50),
              lambda number: {"AliasName": f"alias/full-{number}", "TargetKeyId": key})
    suite.watch.refused(suite.root["kms"], "UpdateAlias", "LimitExceededException", aliases(50), AliasName="alias/new", TargetKeyId=key)
    quotas.of("kms", 25, "RotateKeyOnDemand", "LimitExceededException",
              "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: "
              + suite.kms.arn(key), lambda _: {"KeyId": key})
    policy = {"Principal": {"AWS": f"arn:aws:iam::{suite.account}:root"}, "Action": "kms:*", "Resource": "*"}
    document = lambda size: sized(0, **policy) + " " * (size - len(sized(0, **policy)))
    # Longer ones break a limit of the model's first.
    for operation, arguments in (("PutKeyPolicy", {"KeyId": key}), ("CreateKey", {})):
        suite.watch.call(suite.root["kms"], operation, **arguments, Policy=document(32_768))
        suite.watch.refused(suite.root["kms"], operation, "LimitExceededException",
                            "The key policy is larger than the maximum size: 32768 bytes.", **arguments, Policy=document(32_769))


def sessions(suite):
    role = {"RoleArn": suite.sts.role, "RoleSessionName": "session"}
    arns = lambda count: [{"arn": f"arn:aws:iam::{suite.account}:policy/full-{number}"} for number in range(count)]
    suite.watch.refused(suite.caller, "AssumeRole", "PackedPolicyTooLarge", "A session policy can have at most 10240 characters.",
                        **role, Policy=sized(0) + " " * 10_240)
    for operation, arguments in (("AssumeRole", role), ("GetFederationToken", {"Name": "guest"}), ("AssumeRoleWithWebIdentity", suite.sts.federated)):
        suite.watch.call(suite.caller, operation, **arguments, PolicyArns=arns(10))
        suite.watch.refused(suite.caller, operation, "ValidationError",
                            "A session can have at most 10 managed policies as session policies.", **arguments, PolicyArns=arns(11))
