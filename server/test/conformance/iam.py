"""IAM: what the suite makes before all else, and one call at least of each operation with what it must answer."""

import base64
import hashlib
import hmac
import json
import os
import re
import struct
import time

from watch import ABSENT

POWER_USER = "arn:aws:iam::aws:policy/AWSCodeCommitPowerUser"
READ_ONLY = "arn:aws:iam::aws:policy/AWSCodeCommitReadOnly"
PASSWORD = "Correct-horse-1"
ALLOW = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "codecommit:Get*", "Resource": "*"}})
ALLOW_MUCH = json.dumps({"Version": "2012-10-17", "Statement": {
    "Effect": "Allow", "Action": ["codecommit:*", "iam:*", "kms:*"], "Resource": "*",
    "Condition": {"StringEquals": {"aws:PrincipalTag/team": "blue", "aws:username": "ana"}}}})
TRUST_EC2 = json.dumps({"Version": "2012-10-17", "Statement": {
    "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}})
SAML = ('<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example">'
        '<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"/>'
        + " " * 1000 + "</EntityDescriptor>")
TAGS = [{"Key": key, "Value": f"{key} + größer"} for key in ("cost", "stage", "team")]
MORE_TAGS = [{"Key": "stage", "Value": ""}, {"Key": "zone", "Value": "a/b"}]
QUOTAS = {
    "UsersQuota": 5000, "GroupsQuota": 300, "RolesQuota": 1000, "PoliciesQuota": 1500, "InstanceProfilesQuota": 1000,
    "GroupsPerUserQuota": 10, "AccessKeysPerUserQuota": 2, "VersionsPerPolicyQuota": 5, "AttachedPoliciesPerUserQuota": 10,
    "AttachedPoliciesPerGroupQuota": 10, "AttachedPoliciesPerRoleQuota": 10, "UserPolicySizeQuota": 2048, "GroupPolicySizeQuota": 5120,
    "RolePolicySizeQuota": 10240, "PolicySizeQuota": 6144, "AssumeRolePolicySizeQuota": 2048,
}
LINKED_SERVICE = "codestar-notifications.amazonaws.com"


def ssh_key():
    fields = [b"ssh-ed25519", os.urandom(32)]
    return "ssh-ed25519 " + base64.b64encode(b"".join(struct.pack(">I", len(field)) + field for field in fields)).decode()


def one_time_password(device, step):
    """What an authenticator shows so many steps of 30 seconds from now: RFC 6238."""
    moment = int(time.time()) // 30 + step
    digest = hmac.new(base64.b32decode(device["Base32StringSeed"]), struct.pack(">Q", moment), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset:offset + 4])[0] & 0x7fffffff) % 1_000_000:06}"


def two_codes(device, step):
    return {"AuthenticationCode1": one_time_password(device, step), "AuthenticationCode2": one_time_password(device, step + 1)}


class IamWorld:
    """An account with three of everything that is listed in pages, as far as quotas let there be three."""

    def __init__(self, iam, call, account):
        self.account = account
        self.prefix = f"arn:aws:iam::{account}"
        run = lambda operation, **arguments: call(iam, operation, **arguments)
        document = {"PolicyDocument": ALLOW}
        for name in ("ana", "ben", "cleo"):
            run("CreateUser", UserName=name, Path="/team/", Tags=TAGS)
            run("CreateGroup", GroupName=f"group-of-{name}", Path="/team/")
            run("AddUserToGroup", GroupName=f"group-of-{name}", UserName="ana")
        run("CreateGroup", GroupName="Developers", Path="/team/")
        run("CreateGroup", GroupName="empty")
        for name in ("empty", "vacant"):
            run("CreateInstanceProfile", InstanceProfileName=name)
        for name in ("ben", "cleo", "ana"):
            run("AddUserToGroup", GroupName="developers", UserName=name)
        self.policies = [
            run("CreatePolicy", PolicyName=f"policy-{number}", Path="/team/", Tags=TAGS, Description="of the team", **document)["Policy"]["Arn"]
            for number in range(4)]
        for _ in range(2):
            run("CreatePolicyVersion", PolicyArn=self.policies[0], **document)
        for number in range(3):
            run("CreateRole", RoleName=f"role-{number}", Path="/team/", Description="of the team", Tags=TAGS, AssumeRolePolicyDocument=TRUST_EC2)
            run("CreateInstanceProfile", InstanceProfileName=f"profile-{number}", Path="/team/", Tags=TAGS)
            run("AddRoleToInstanceProfile", InstanceProfileName=f"profile-{number}", RoleName="role-0")
        for kind, holder in (("User", {"UserName": "ana"}), ("Group", {"GroupName": "Developers"}), ("Role", {"RoleName": "role-0"})):
            for number in range(3):
                run(f"Put{kind}Policy", PolicyName=f"inline-{number}", **holder, **document)
                run(f"Attach{kind}Policy", PolicyArn=self.policies[number], **holder)
        for user in ("ben", "cleo"):
            run("AttachUserPolicy", UserName=user, PolicyArn=self.policies[0])
        run("PutUserPermissionsBoundary", UserName="cleo", PermissionsBoundary=self.policies[3])
        run("PutRolePermissionsBoundary", RoleName="role-2", PermissionsBoundary=self.policies[3])
        run("AttachUserPolicy", UserName="ana", PolicyArn=POWER_USER)
        # Whoever may change a password: PolicyName and Arn of what grants it are AWS's.
        run("AttachUserPolicy", UserName="cleo", PolicyArn="arn:aws:iam::aws:policy/IAMUserChangePassword")
        run("CreateUser", UserName="dora")
        run("AttachUserPolicy", UserName="dora", PolicyArn="arn:aws:iam::aws:policy/IAMUserChangePassword")
        for user in ("ana", "dora"):
            run("CreateLoginProfile", UserName=user, Password=PASSWORD, PasswordResetRequired=False)
        self.keys = [run("CreateAccessKey", UserName="ana")["AccessKey"] for _ in range(2)]
        self.dora = run("CreateAccessKey", UserName="dora")["AccessKey"]
        run("CreateUser", UserName="stranger")
        self.stranger = run("CreateAccessKey", UserName="stranger")["AccessKey"]
        self.ssh_keys = [
            run("UploadSSHPublicKey", UserName="ana", SSHPublicKeyBody=ssh_key())["SSHPublicKey"] for _ in range(3)]
        self.credentials = [
            run("CreateServiceSpecificCredential", UserName="ana", ServiceName="codecommit.amazonaws.com")["ServiceSpecificCredential"]
            for _ in range(2)]
        self.devices = [
            run("CreateVirtualMFADevice", VirtualMFADeviceName=f"device-{number}", Path="/team/", Tags=TAGS)["VirtualMFADevice"]
            for number in range(5)]
        for device in self.devices[:3]:
            run("EnableMFADevice", UserName="ana", SerialNumber=device["SerialNumber"], **two_codes(device, -15))
        self.serials = [device["SerialNumber"] for device in self.devices]
        self.saml = [run("CreateSAMLProvider", Name=f"saml-{number}", SAMLMetadataDocument=SAML, Tags=TAGS)["SAMLProviderArn"] for number in range(3)]
        self.oidc = [
            run("CreateOpenIDConnectProvider", Url=f"https://issuer-{number}.example/realm", ClientIDList=["ci", "cd"],
                ThumbprintList=["a" * 40], Tags=TAGS)["OpenIDConnectProviderArn"]
            for number in range(3)]
        self.alias = f"team-{account}"
        run("CreateAccountAlias", AccountAlias=self.alias)
        run("UpdateAccountPasswordPolicy", MinimumPasswordLength=10, PasswordReusePrevention=3)
        self.linked = run("CreateServiceLinkedRole", AWSServiceName=LINKED_SERVICE)["Role"]["RoleName"]
        run("CreateServiceLinkedRole", AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="gone")
        self.deletion = run("DeleteServiceLinkedRole", RoleName="AWSServiceRoleForAutoScaling_gone")["DeletionTaskId"]
        run("PutUserPolicy", UserName="ben", PolicyName="much", PolicyDocument=ALLOW_MUCH)
        self.job = run("GenerateServiceLastAccessedDetails", Arn=f"{self.prefix}:user/team/ben")["JobId"]
        self.policy_job = run("GenerateServiceLastAccessedDetails", Arn=self.policies[0])["JobId"]

    def calls(self):
        """Operation, arguments and answer: what reads first, then what changes, then what deletes."""
        prefix, policies = self.prefix, self.policies
        ana, developers, role = {"UserName": "ana"}, {"GroupName": "Developers"}, {"RoleName": "role-0"}
        inline, attached = {"PolicyName": "inline-0"}, {"PolicyArn": policies[0]}
        document = json.loads(ALLOW)
        profile = {"InstanceProfileName": "profile-0"}
        saml, oidc = {"SAMLProviderArn": self.saml[0]}, {"OpenIDConnectProviderArn": self.oidc[0]}
        serial = {"SerialNumber": self.serials[0]}
        key, ssh = {"AccessKeyId": self.keys[0]["AccessKeyId"]}, {"SSHPublicKeyId": self.ssh_keys[0]["SSHPublicKeyId"]}
        credential = {"ServiceSpecificCredentialId": self.credentials[0]["ServiceSpecificCredentialId"]}
        whole = {"IsTruncated": False, "Marker": ABSENT}
        id_of = lambda kind: re.compile(kind + "[A-Z0-9]{17}")
        user = {"UserName": "ana", "Path": "/team/", "Arn": f"{prefix}:user/team/ana", "UserId": id_of("AIDA")}
        boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": policies[3]}
        names = lambda member, *expected: lambda items: [item[member] for item in items] == list(expected)
        described_role = {"RoleName": "role-0", "Path": "/team/", "Arn": f"{prefix}:role/team/role-0", "RoleId": id_of("AROA"),
                          "AssumeRolePolicyDocument": json.loads(TRUST_EC2), "MaxSessionDuration": 3600, "Description": "of the team"}
        described_policy = {"PolicyName": "policy-0", "PolicyId": id_of("ANPA"), "Arn": policies[0], "Path": "/team/",
                            "DefaultVersionId": "v1", "AttachmentCount": 5, "PermissionsBoundaryUsageCount": 0, "IsAttachable": True}
        described_profile = {"InstanceProfileName": "profile-0", "Arn": f"{prefix}:instance-profile/team/profile-0",
                             "InstanceProfileId": id_of("AIPA"), "Path": "/team/", "Roles": [described_role]}
        attachments = [{"PolicyName": f"policy-{number}", "PolicyArn": policies[number]} for number in range(3)]
        simulated = {"EvaluationResults": [
            {"EvalActionName": "codecommit:GetBranch", "EvalResourceName": "*", "EvalDecision": "allowed"},
            {"EvalActionName": "iam:GetUser", "EvalDecision": "implicitDeny"}, {"EvalActionName": "kms:Decrypt"}], **whole}
        actions = {"ActionNames": ["codecommit:GetBranch", "iam:GetUser", "kms:Decrypt"]}
        ben = f"{prefix}:user/team/ben"
        reads = [
            ("GetUser", ana, {"User": {**user, "Tags": TAGS, "PermissionsBoundary": ABSENT}}),
            ("GetUser", {"UserName": "cleo"}, {"User": {"PermissionsBoundary": boundary}}),
            # Lists leave out tags, boundaries and descriptions: the API Reference says so for each.
            ("ListUsers", {"PathPrefix": "/team/"}, {"Users": lambda users: all(
                "Tags" not in each and "PermissionsBoundary" not in each for each in users) and len(users) == 3, **whole}),
            ("ListUserTags", ana, {"Tags": TAGS, **whole}),
            ("GetLoginProfile", ana, {"LoginProfile": {"UserName": "ana", "PasswordResetRequired": False}}),
            ("ListAccessKeys", ana, {"AccessKeyMetadata": lambda keys: sorted(each["AccessKeyId"] for each in keys) == sorted(
                each["AccessKeyId"] for each in self.keys) and all(each["Status"] == "Active" for each in keys), **whole}),
            ("GetAccessKeyLastUsed", key, {"UserName": "ana", "AccessKeyLastUsed": {
                "LastUsedDate": ABSENT, "ServiceName": "N/A", "Region": "N/A"}}),
            ("GetSSHPublicKey", {**ana, **ssh, "Encoding": "SSH"}, {"SSHPublicKey": {
                **ssh, **ana, "Status": "Active", "Fingerprint": re.compile("([0-9a-f]{2}:){15}[0-9a-f]{2}"),
                "SSHPublicKeyBody": self.ssh_keys[0]["SSHPublicKeyBody"]}}),
            ("ListSSHPublicKeys", ana, {"SSHPublicKeys": lambda keys: len(keys) == 3, **whole}),
            ("ListServiceSpecificCredentials", ana, {"ServiceSpecificCredentials": lambda found: len(found) == 2 and all(
                "ServicePassword" not in each for each in found)}),
            ("GetGroup", developers, {"Group": {"GroupName": "Developers", "GroupId": id_of("AGPA"),
                                                "Arn": f"{prefix}:group/team/Developers"},
                                      "Users": names("UserName", "ana", "ben", "cleo"), **whole}),
            ("ListGroups", {}, {"Groups": names("GroupName", "Developers", "empty", "group-of-ana", "group-of-ben", "group-of-cleo"), **whole}),
            ("ListGroupsForUser", ana, {"Groups": lambda groups: len(groups) == 4, **whole}),
            ("GetRole", role, {"Role": {**described_role, "Tags": TAGS, "RoleLastUsed": {}}}),
            ("GetRole", {"RoleName": "role-2"}, {"Role": {"PermissionsBoundary": boundary}}),
            ("ListRoles", {"PathPrefix": "/team/"}, {"Roles": lambda roles: len(roles) == 3 and not any(
                member in each for each in roles for member in ("Tags", "PermissionsBoundary", "RoleLastUsed")), **whole}),
            ("ListRoleTags", role, {"Tags": TAGS, **whole}),
            ("GetInstanceProfile", profile, {"InstanceProfile": {**described_profile, "Tags": TAGS}}),
            ("ListInstanceProfiles", {}, {"InstanceProfiles": lambda profiles: len(profiles) == 5 and not any(
                "Tags" in each for each in profiles), **whole}),
            ("ListInstanceProfilesForRole", role, {"InstanceProfiles": lambda profiles: len(profiles) == 3, **whole}),
            ("ListInstanceProfileTags", profile, {"Tags": TAGS, **whole}),
            ("GetPolicy", attached, {"Policy": {**described_policy, "Description": "of the team", "Tags": TAGS}}),
            ("ListPolicies", {"Scope": "Local"}, {"Policies": lambda found: len(found) == 4 and not any(
                member in each for each in found for member in ("Tags", "Description")), **whole}),
            ("ListPolicyTags", attached, {"Tags": TAGS, **whole}),
            ("GetPolicyVersion", {**attached, "VersionId": "v1"}, {"PolicyVersion": {
                "VersionId": "v1", "IsDefaultVersion": True, "Document": document}}),
            ("ListPolicyVersions", attached, {"Versions": lambda versions: [each["VersionId"] for each in versions] == [
                "v3", "v2", "v1"] and not any("Document" in each for each in versions), **whole}),
            ("ListEntitiesForPolicy", attached, {
                "PolicyUsers": names("UserName", "ana", "ben", "cleo"), "PolicyGroups": names("GroupName", "Developers"),
                "PolicyRoles": [{"RoleName": "role-0", "RoleId": id_of("AROA")}], **whole}),
            ("GetUserPolicy", {**ana, **inline}, {**ana, **inline, "PolicyDocument": document}),
            ("GetGroupPolicy", {**developers, **inline}, {**developers, **inline, "PolicyDocument": document}),
            ("GetRolePolicy", {**role, **inline}, {**role, **inline, "PolicyDocument": document}),
            ("ListUserPolicies", ana, {"PolicyNames": ["inline-0", "inline-1", "inline-2"], **whole}),
            ("ListGroupPolicies", developers, {"PolicyNames": ["inline-0", "inline-1", "inline-2"], **whole}),
            ("ListRolePolicies", role, {"PolicyNames": ["inline-0", "inline-1", "inline-2"], **whole}),
            ("ListAttachedUserPolicies", {**ana, "PathPrefix": "/team/"}, {"AttachedPolicies": attachments, **whole}),
            ("ListAttachedGroupPolicies", developers, {"AttachedPolicies": attachments, **whole}),
            ("ListAttachedRolePolicies", role, {"AttachedPolicies": attachments, **whole}),
            ("ListMFADevices", ana, {"MFADevices": names("SerialNumber", *self.serials[:3]), **whole}),
            ("GetMFADevice", {**serial, **ana}, {**serial, **ana}),
            ("ListVirtualMFADevices", {"AssignmentStatus": "Assigned"}, {"VirtualMFADevices": lambda found: all(
                each["User"]["UserName"] == "ana" and "Base32StringSeed" not in each and "Tags" not in each
                for each in found) and len(found) == 3, **whole}),
            ("ListMFADeviceTags", serial, {"Tags": TAGS, **whole}),
            ("GetSAMLProvider", saml, {"SAMLMetadataDocument": SAML, "Tags": TAGS}),
            ("ListSAMLProviders", {}, {"SAMLProviderList": names("Arn", *self.saml)}),
            ("ListSAMLProviderTags", saml, {"Tags": TAGS, **whole}),
            ("GetOpenIDConnectProvider", oidc, {"Url": "issuer-0.example/realm", "ClientIDList": ["ci", "cd"],
                                                "ThumbprintList": ["a" * 40], "Tags": TAGS}),
            ("ListOpenIDConnectProviders", {}, {"OpenIDConnectProviderList": lambda found: [
                each["Arn"] for each in found][:3] == self.oidc}),
            ("ListOpenIDConnectProviderTags", oidc, {"Tags": TAGS, **whole}),
            ("ListAccountAliases", {}, {"AccountAliases": [self.alias], **whole}),
            ("GetAccountPasswordPolicy", {}, {"PasswordPolicy": {
                "MinimumPasswordLength": 10, "RequireSymbols": False, "RequireNumbers": False, "RequireUppercaseCharacters": False,
                "RequireLowercaseCharacters": False, "AllowUsersToChangePassword": False, "ExpirePasswords": False,
                "MaxPasswordAge": ABSENT, "PasswordReusePrevention": 3, "HardExpiry": ABSENT}}),
            ("GetAccountSummary", {}, {"SummaryMap": {
                "Users": 6, "Groups": 5, "Roles": 7, "Policies": 4, "InstanceProfiles": 5, "Providers": 8, "MFADevices": 5,
                "MFADevicesInUse": 3, "AccountAccessKeysPresent": 1, "AccountMFAEnabled": 0, **QUOTAS}}),
            ("GetAccountAuthorizationDetails", {"Filter": ["User"]}, {
                "UserDetailList": lambda users: [each["UserName"] for each in users] == ["ana", "ben", "caller", "cleo", "dora", "stranger"],
                "GroupDetailList": [], "RoleDetailList": [], "Policies": [], **whole}),
            ("GetContextKeysForCustomPolicy", {"PolicyInputList": [ALLOW_MUCH]}, {
                "ContextKeyNames": ["aws:PrincipalTag/team", "aws:username"]}),
            ("GetContextKeysForPrincipalPolicy", {"PolicySourceArn": ben}, {
                "ContextKeyNames": ["aws:PrincipalTag/team", "aws:username"]}),
            ("SimulateCustomPolicy", {"PolicyInputList": [ALLOW], **actions}, simulated),
            ("SimulatePrincipalPolicy", {"PolicySourceArn": f"{prefix}:role/team/role-0", **actions}, simulated),
            ("ListPoliciesGrantingServiceAccess", {"Arn": ben, "ServiceNamespaces": ["codecommit", "kms"]}, {
                "IsTruncated": False, "PoliciesGrantingServiceAccess": [
                    {"ServiceNamespace": "codecommit", "Policies": lambda found: sorted(each["PolicyName"] for each in found) == [
                        "inline-0", "inline-1", "inline-2", "much", "policy-0", "policy-1", "policy-2"]},
                    {"ServiceNamespace": "kms", "Policies": lambda found: [each["PolicyName"] for each in found] == ["much"]}]}),
            ("GetServiceLastAccessedDetails", {"JobId": self.job}, {
                "JobStatus": "COMPLETED", "JobType": "SERVICE_LEVEL", "IsTruncated": False,
                "ServicesLastAccessed": names("ServiceNamespace", "codecommit", "iam", "kms")}),
            ("GetServiceLastAccessedDetailsWithEntities", {"JobId": self.policy_job, "ServiceNamespace": "codecommit"}, {
                "JobStatus": "COMPLETED", "IsTruncated": False, "EntityDetailsList": lambda entities: sorted(
                    each["EntityInfo"]["Name"] for each in entities) == ["ana", "ben", "cleo", "role-0"]}),
            ("GetServiceLinkedRoleDeletionStatus", {"DeletionTaskId": self.deletion}, {"Status": "SUCCEEDED"}),
        ]
        new_document = {"PolicyDocument": ALLOW_MUCH}
        changes = [
            ("CreateUser", {"UserName": "new", "Path": "/new/", "PermissionsBoundary": policies[3], "Tags": TAGS}, {"User": {
                "Arn": f"{prefix}:user/new/new", "Tags": TAGS, "PermissionsBoundary": boundary, "PasswordLastUsed": ABSENT}}),
            ("UpdateUser", {"UserName": "new", "NewUserName": "newer", "NewPath": "/"}, {}),
            ("CreateGroup", {"GroupName": "new"}, {"Group": {"Arn": f"{prefix}:group/new", "Path": "/"}}),
            ("UpdateGroup", {"GroupName": "new", "NewGroupName": "newer"}, {}),
            ("AddUserToGroup", {"GroupName": "group-of-ana", "UserName": "ben"}, {}),
            ("CreateRole", {"RoleName": "new", "AssumeRolePolicyDocument": TRUST_EC2, "Tags": TAGS, "MaxSessionDuration": 7200}, {
                "Role": {"Arn": f"{prefix}:role/new", "AssumeRolePolicyDocument": json.loads(TRUST_EC2), "Tags": TAGS,
                         "Description": ABSENT}}),
            ("UpdateRole", {"RoleName": "new", "Description": "newer", "MaxSessionDuration": 3600}, {}),
            ("UpdateRoleDescription", {"RoleName": "new", "Description": "newest"}, {"Role": {"Description": "newest"}}),
            ("UpdateAssumeRolePolicy", {"RoleName": "new", "PolicyDocument": TRUST_EC2}, {}),
            ("CreatePolicy", {"PolicyName": "new", "Tags": TAGS, **new_document}, {"Policy": {
                "PolicyName": "new", "Arn": f"{prefix}:policy/new", "DefaultVersionId": "v1", "AttachmentCount": 0, "Tags": TAGS}}),
            ("CreatePolicyVersion", {"PolicyArn": policies[1], "SetAsDefault": True, **new_document}, {
                "PolicyVersion": {"VersionId": "v2", "IsDefaultVersion": True}}),
            ("SetDefaultPolicyVersion", {"PolicyArn": policies[0], "VersionId": "v3"}, {}),
            ("CreateInstanceProfile", {"InstanceProfileName": "new", "Tags": TAGS}, {"InstanceProfile": {"Roles": [], "Tags": TAGS}}),
            ("AddRoleToInstanceProfile", {"InstanceProfileName": "vacant", "RoleName": "role-2"}, {}),
            *((f"Put{kind}Policy", {**holder, "PolicyName": "new", **new_document}, {}) for kind, holder in (
                ("User", ana), ("Group", developers), ("Role", role))),
            *((f"Attach{kind}Policy", {**holder, "PolicyArn": READ_ONLY}, {}) for kind, holder in (
                ("User", ana), ("Group", developers), ("Role", role))),
            ("PutUserPermissionsBoundary", {**ana, "PermissionsBoundary": policies[3]}, {}),
            ("PutRolePermissionsBoundary", {**role, "PermissionsBoundary": policies[3]}, {}),
            ("CreateLoginProfile", {"UserName": "ben", "Password": PASSWORD, "PasswordResetRequired": True}, {
                "LoginProfile": {"UserName": "ben", "PasswordResetRequired": True}}),
            ("UpdateLoginProfile", {**ana, "Password": "Correct-horse-2"}, {}),
            ("ChangePassword", {"OldPassword": PASSWORD, "NewPassword": "Correct-horse-2"}, {}),
            ("CreateAccessKey", {"UserName": "ben"}, {"AccessKey": {
                "UserName": "ben", "Status": "Active", "AccessKeyId": re.compile("AKIA[A-Z0-9]{16}"),
                "SecretAccessKey": re.compile("[A-Za-z0-9/+]{40}")}}),
            ("UpdateAccessKey", {**ana, **key, "Status": "Inactive"}, {}),
            ("UploadSSHPublicKey", {"UserName": "ben", "SSHPublicKeyBody": ssh_key()}, {"SSHPublicKey": {
                "UserName": "ben", "Status": "Active", "SSHPublicKeyId": re.compile("APKA[A-Z0-9]{16,}")}}),
            ("UpdateSSHPublicKey", {**ana, **ssh, "Status": "Inactive"}, {}),
            ("CreateServiceSpecificCredential", {"UserName": "ben", "ServiceName": "codecommit.amazonaws.com"}, {
                "ServiceSpecificCredential": {"ServiceUserName": f"ben-at-{self.account}", "Status": "Active",
                                              "ServicePassword": lambda text: len(text) == 44,
                                              "ServiceSpecificCredentialId": re.compile("ACCA[A-Z0-9]{17}")}}),
            ("ResetServiceSpecificCredential", {**ana, **credential}, {"ServiceSpecificCredential": {
                **credential, "ServicePassword": lambda text: text != self.credentials[0]["ServicePassword"]}}),
            ("UpdateServiceSpecificCredential", {**ana, **credential, "Status": "Inactive"}, {}),
            ("CreateVirtualMFADevice", {"VirtualMFADeviceName": "new", "Tags": TAGS}, {"VirtualMFADevice": {
                "SerialNumber": f"{prefix}:mfa/new", "Tags": TAGS, "Base32StringSeed": lambda seed: len(seed) == 64,
                "QRCodePNG": lambda image: image.startswith(b"\x89PNG")}}),
            ("EnableMFADevice", {"UserName": "ben", "SerialNumber": self.serials[3], **two_codes(self.devices[3], -8)}, {}),
            ("ResyncMFADevice", {**ana, **serial, **two_codes(self.devices[0], 5)}, {}),
            ("CreateSAMLProvider", {"Name": "new", "SAMLMetadataDocument": SAML, "Tags": TAGS}, {
                "SAMLProviderArn": f"{prefix}:saml-provider/new", "Tags": TAGS}),
            ("UpdateSAMLProvider", {**saml, "SAMLMetadataDocument": SAML}, {"SAMLProviderArn": self.saml[0]}),
            ("CreateOpenIDConnectProvider", {"Url": "https://new.example", "ClientIDList": ["ci"], "Tags": TAGS}, {
                "OpenIDConnectProviderArn": f"{prefix}:oidc-provider/new.example", "Tags": TAGS}),
            ("AddClientIDToOpenIDConnectProvider", {**oidc, "ClientID": "new"}, {}),
            ("RemoveClientIDFromOpenIDConnectProvider", {**oidc, "ClientID": "ci"}, {}),
            ("UpdateOpenIDConnectProviderThumbprint", {**oidc, "ThumbprintList": ["b" * 40]}, {}),
            *((f"{verb}{noun}", {**resource, **arguments}, {}) for noun, resource in self.tagged().items() for verb, arguments in (
                ("Tag", {"Tags": MORE_TAGS}), ("Untag", {"TagKeys": ["team", "absent"]}))),
            ("CreateAccountAlias", {"AccountAlias": f"new-{self.account}"}, {}),
            ("UpdateAccountPasswordPolicy", {"MinimumPasswordLength": 12, "MaxPasswordAge": 90, "AllowUsersToChangePassword": True}, {}),
            ("GenerateCredentialReport", {}, {"State": "STARTED"}),
            ("GetCredentialReport", {}, {"ReportFormat": "text/csv", "Content": lambda content: [
                line.split(b",")[0].decode() for line in content.splitlines()] == [
                    "user", "<root_account>", "ana", "ben", "caller", "cleo", "dora", "newer", "stranger"]}),
            ("GenerateServiceLastAccessedDetails", {"Arn": ben}, {"JobId": re.compile("[0-9a-f-]{36}")}),
            ("CreateServiceLinkedRole", {"AWSServiceName": "autoscaling.amazonaws.com", "CustomSuffix": "new"}, {"Role": {
                "RoleName": "AWSServiceRoleForAutoScaling_new", "Path": "/aws-service-role/autoscaling.amazonaws.com/",
                "Arn": f"{prefix}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling_new"}}),
        ]
        deletions = [
            ("DeleteServiceLinkedRole", {"RoleName": self.linked}, {"DeletionTaskId": re.compile(f"task/.*/{self.linked}/[0-9a-f-]+")}),
            ("RemoveUserFromGroup", {**developers, **ana}, {}),
            ("RemoveRoleFromInstanceProfile", {**profile, **role}, {}),
            *((f"Delete{kind}Policy", {**holder, **inline}, {}) for kind, holder in (("User", ana), ("Group", developers), ("Role", role))),
            *((f"Detach{kind}Policy", {**holder, **attached}, {}) for kind, holder in (("User", ana), ("Group", developers), ("Role", role))),
            ("DeleteUserPermissionsBoundary", {"UserName": "cleo"}, {}),
            ("DeleteRolePermissionsBoundary", {"RoleName": "role-2"}, {}),
            ("DeleteLoginProfile", ana, {}),
            ("DeleteAccessKey", {**ana, **key}, {}),
            ("DeleteSSHPublicKey", {**ana, **ssh}, {}),
            ("DeleteServiceSpecificCredential", {**ana, **credential}, {}),
            ("DeactivateMFADevice", {**ana, **serial}, {}),
            ("DeleteVirtualMFADevice", {"SerialNumber": self.serials[4]}, {}),
            ("DeleteInstanceProfile", {"InstanceProfileName": "empty"}, {}),
            ("DeletePolicyVersion", {**attached, "VersionId": "v2"}, {}),
            ("DeletePolicy", {"PolicyArn": f"{prefix}:policy/new"}, {}),
            ("DeleteGroup", {"GroupName": "empty"}, {}),
            ("DeleteRole", {"RoleName": "role-1"}, {}),
            ("DeleteSAMLProvider", {"SAMLProviderArn": self.saml[2]}, {}),
            ("DeleteOpenIDConnectProvider", {"OpenIDConnectProviderArn": self.oidc[2]}, {}),
            ("DeleteAccountAlias", {"AccountAlias": f"new-{self.account}"}, {}),
            ("DeleteAccountPasswordPolicy", {}, {}),
            ("DeleteUser", {"UserName": "newer"}, {}),
        ]
        return reads + changes + deletions

    def tagged(self):
        """What has tags, by the noun in the names of its operations."""
        return {
            "User": {"UserName": "ana"}, "Role": {"RoleName": "role-0"}, "Policy": {"PolicyArn": self.policies[0]},
            "InstanceProfile": {"InstanceProfileName": "profile-0"}, "MFADevice": {"SerialNumber": self.serials[0]},
            "SAMLProvider": {"SAMLProviderArn": self.saml[0]}, "OpenIDConnectProvider": {"OpenIDConnectProviderArn": self.oidc[0]},
        }
