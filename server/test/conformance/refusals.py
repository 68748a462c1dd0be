"""What each operation must refuse, and with which code and words of AWS; nothing that is refused may change anything."""

import json
import re

from iam import ALLOW, PASSWORD, POWER_USER, SAML, TRUST_EC2
from kms import CONTEXT

# Whoever has credentials may ask these; a role is trusted or not; and a token is nobody's.
WITHOUT_PERMISSION = {"GetCallerIdentity", "GetSessionToken"}
WITHOUT_REASON = {"AssumeRole", "AssumeRoleWithWebIdentity"}
ACTIONS = {"ReEncrypt": "ReEncrypt(From|To)"}


def access_denied(suite):
    """Every call of the suite, by a user without any permission."""
    clients = {service: suite.as_user(suite.iam.stranger, service) for service in suite.root}
    arn = re.escape(f"arn:aws:iam::{suite.account}:user/stranger")
    for service, operation, arguments, _ in suite.calls():
        if operation in WITHOUT_PERMISSION or operation == "AssumeRoleWithWebIdentity":
            continue
        action = f"{service}:{ACTIONS.get(operation, operation)}"
        reason = "" if operation in WITHOUT_REASON else rf" because no identity-based policy allows the {action} action"
        message = re.compile(rf"User: {arn} is not authorized to perform: {action} on resource: (\S+|policy path /){reason}")
        suite.watch.refused(clients[service], operation, "AccessDeniedException" if service == "kms" else "AccessDenied", message, **arguments)


def broken_limits(suite):
    """Every limit of every shape of the model, and one of each member at the top of each input, broken alone."""
    seen, uses = set(), {}
    for service, operation, arguments, _ in suite.calls():
        if (service, operation) in seen:
            continue
        seen.add((service, operation))
        client = suite.client_for(service, operation)
        shape = client.meta.service_model.operation_model(operation).input_shape
        for name, member in ({} if shape is None else shape.members).items():
            place = name[:1].lower() + name[1:]
            ways = list(broken(member))
            number = uses[member.name] = uses.get(member.name, -1) + 1
            chosen = ways if number == 0 else ways[number % len(ways):][:1] if ways else []
            if name in shape.required_members:
                chosen = [(None, "Member must not be null"), *chosen]
            for value, constraint in chosen:
                changed = {key: each for key, each in {**arguments, name: value}.items() if each is not None}
                suite.watch.refused(client, operation, "ValidationException" if service == "kms" else "ValidationError", re.compile(
                    rf"(?s)\d+ validation errors? detected: (.*; )?Value( null|'.*'| '.*')? at '{place}' failed to satisfy constraint: "
                    rf"{re.escape(constraint)}(;.*)?"), **changed)


def broken(shape):
    """Values that a limit of the shape forbids, with AWS's name of that limit."""
    limits = shape.metadata
    shortest, longest = limits.get("min"), limits.get("max")
    if shape.type_name in ("string", "blob"):
        letter = "a" if shape.type_name == "string" else b"a"
        if longest is not None and longest <= 20_000:
            yield letter * (longest + 1), f"Member must have length less than or equal to {longest}"
        if shortest:
            yield letter * (shortest - 1), f"Member must have length greater than or equal to {shortest}"
        if shape.type_name == "string" and shape.enum:
            yield "bogus", f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"
        if forbids_snowman(limits.get("pattern")):
            yield "\u2603" * max(shortest or 1, 1), f"Member must satisfy regular expression pattern: {limits['pattern']}"
    elif shape.type_name in ("integer", "long"):
        if longest is not None:
            yield longest + 1, f"Member must have value less than or equal to {longest}"
        if shortest is not None:
            yield shortest - 1, f"Member must have value greater than or equal to {shortest}"


def forbids_snowman(pattern):
    """Patterns of Java that Python cannot read are left to the server's own tests."""
    try:
        return pattern is not None and re.fullmatch(pattern, "\u2603") is None
    except re.error:
        return False


def missing_entities(suite):
    """Each call of IAM that names an entity, with the name of none in its place."""
    account = suite.account
    arn = lambda kind: f"arn:aws:iam::{account}:{kind}/missing"
    policy = arn("policy")
    user = "The user with name missing cannot be found."
    missing = {
        "UserName": ("missing", user),
        "GroupName": ("missing", "The group with name missing cannot be found."),
        "RoleName": ("missing", "The role with name missing cannot be found."),
        "InstanceProfileName": ("missing", "Instance Profile missing cannot be found."),
        "PolicyArn": (policy, f"Policy {policy} was not found."),
        "PermissionsBoundary": (policy, f"Scope ARN: {policy} does not exist or is not attachable."),
        "AccessKeyId": ("AKIAMISSINGMISSINGMI", "The Access Key with id AKIAMISSINGMISSINGMI cannot be found."),
        "SSHPublicKeyId": ("APKAMISSINGMISSINGMI", "The Public Key with id APKAMISSINGMISSINGMI cannot be found."),
        "ServiceSpecificCredentialId": ("ACCAMISSINGMISSINGMI", "No such credential ACCAMISSINGMISSINGMI exists"),
        "SerialNumber": (arn("mfa"), f"VirtualMFADevice with serial number {arn('mfa')} doesn't exist."),
        "SAMLProviderArn": (arn("saml-provider"), f"Manifest not found for arn {arn('saml-provider')}"),
        "OpenIDConnectProviderArn": (arn("oidc-provider"), f"OpenIDConnect Provider not found for arn {arn('oidc-provider')}"),
        "AccountAlias": ("missing", "The account alias missing cannot be found."),
        "VersionId": ("v99", re.compile(r"Policy arn:\S+ version v99 does not exist or is not attachable\.")),
        "Arn": (arn("user"), f"ARN {arn('user')} was not found."),
        "PolicySourceArn": (arn("user"), user),
        "JobId": ("0" * 36, f"Job {'0' * 36} cannot be found."),
        "DeletionTaskId": (f"task/x/missing/{'0' * 36}", f"Deletion task task/x/missing/{'0' * 36} cannot be found."),
        **{f"{kind}.PolicyName": ("missing", f"The {kind.lower()} policy with name missing cannot be found.") for kind in ("User", "Group", "Role")},
    }
    attachable = f"Policy {policy} does not exist or is not attachable."
    of_the_operation = {
        **{(f"Attach{kind}Policy", "PolicyArn"): attachable for kind in ("User", "Group", "Role")},
        **{(operation, "SerialNumber"): "MFA Device invalid for user." for operation in ("DeactivateMFADevice", "GetMFADevice", "ResyncMFADevice")},
    }
    made_by_it = {"UserName": ["CreateUser"], "GroupName": ["CreateGroup"], "RoleName": ["CreateRole"],
                  "InstanceProfileName": ["CreateInstanceProfile"], "AccountAlias": ["CreateAccountAlias"]}
    for service, operation, arguments, _ in suite.calls():
        if service != "iam":
            continue
        for member in arguments:
            kind = re.fullmatch("(Get|Delete)(User|Group|Role)Policy", operation)
            name = f"{kind[2]}.{member}" if kind is not None and member == "PolicyName" else member
            # Deleting a provider that is gone succeeds: API Reference, DeleteOpenIDConnectProvider.
            if name not in missing or operation in made_by_it.get(member, []) or operation == "DeleteOpenIDConnectProvider":
                continue
            value, message = missing[name]
            suite.watch.refused(suite.root["iam"], operation, "NoSuchEntity", of_the_operation.get((operation, member), message),
                                **{**arguments, member: value})


def unfit_keys(suite):
    """Each call of KMS on a key that does not exist, is disabled, waits for its deletion or is of another kind."""
    world = suite.kms
    kinds = {key: kind for kind, key in world.keys["enabled"].items()}
    gone = "00000000-0000-0000-0000-000000000000"
    for service, operation, arguments, _ in suite.calls():
        if service != "kms":
            continue
        client = suite.root["kms"]
        model = client.meta.service_model.operation_model(operation)
        declared = {shape.name for shape in model.error_shapes}
        for member in ("KeyId", "TargetKeyId", "DestinationKeyId"):
            key = arguments.get(member)
            if key is None:
                continue
            refused = lambda code, message, **changes: suite.watch.refused(client, operation, code, message, **{**arguments, **changes})
            refused("NotFoundException", f"Key '{world.arn(gone)}' does not exist", **{member: gone})
            refused("NotFoundException", "Invalid keyId 'nonsense'", **{member: "nonsense"})
            if "InvalidArnException" in declared:
                refused("InvalidArnException", f"Invalid arn {world.prefix}:nonsense", **{member: f"{world.prefix}:nonsense"})
            kind = kinds.get(key, "symmetric")
            twin = lambda state: {**arguments, **world.made_of(state, kind, arguments), member: world.keys[state][kind]}
            if "DisabledException" in declared:
                refused("DisabledException", f"{world.arn(world.keys['disabled'][kind])} is disabled.", **twin("disabled"))
            if "KMSInvalidStateException" in declared and operation not in IN_EVERY_STATE and operation != "CancelKeyDeletion":
                refused("KMSInvalidStateException", f"{world.arn(world.keys['pending'][kind])} is pending deletion.", **twin("pending"))
            if "InvalidKeyUsageException" in declared and operation not in ("Decrypt", "GetPublicKey"):
                other = world.mac_key if kind == "signing" else world.signing
                usage = "GENERATE_VERIFY_MAC" if kind == "signing" else "SIGN_VERIFY"
                refused("InvalidKeyUsageException", re.compile(
                    f"{world.arn(other)} key usage is {usage} which is not valid for {operation}(To)?\\."), **{member: other})
        members = model.input_shape.members
        if "InvalidGrantTokenException" in declared and "GrantTokens" in members:
            suite.watch.refused(client, operation, "InvalidGrantTokenException", "", **{**arguments, "GrantTokens": ["nonsense"]})
        if "DryRun" in members:
            suite.watch.refused(client, operation, "DryRunOperationException",
                                "The request would have succeeded, but the DryRun option is set.", **{**arguments, "DryRun": True})
        if operation in IN_EVERY_STATE and "KeyId" in arguments and "GrantId" not in arguments:
            for state in ("disabled", "pending"):
                suite.watch.call(client, operation, **{**arguments, "KeyId": world.keys[state]["symmetric"]})


# KMS Developer Guide, "Key states of AWS KMS keys".
IN_EVERY_STATE = {
    "DeleteAlias", "DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListAliases", "ListGrants", "ListKeyPolicies",
    "ListKeyRotations", "ListResourceTags", "PutKeyPolicy", "RetireGrant", "RevokeGrant",
}


def iam_refusals(suite):
    """Operation, code, message, arguments: what only one operation or a few refuse."""
    world, account = suite.iam, suite.account
    prefix, policies = world.prefix, world.policies
    ana, role, developers = {"UserName": "ana"}, {"RoleName": "role-0"}, {"GroupName": "Developers"}
    exists = lambda operation, message, **arguments: (operation, "EntityAlreadyExists", message, arguments)
    conflict = lambda operation, message, **arguments: (operation, "DeleteConflict", f"Cannot delete {message}.", arguments)
    invalid = lambda operation, message, **arguments: (operation, "InvalidInput", message, arguments)
    malformed = lambda operation, message, document, **arguments: (
        operation, "MalformedPolicyDocument", message, {**arguments, ("AssumeRolePolicyDocument" if operation == "CreateRole" else "PolicyDocument"): document})
    protected = lambda operation, **arguments: (
        operation, "UnmodifiableEntity",
        f"Cannot perform the operation on the protected role '{world.linked}' - this role is only modifiable by AWS",
        {"RoleName": world.linked, **arguments})
    bad_policy = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Resource": "*"}})
    bad_trust = json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"AWS": account}, "Action": "iam:GetUser"}})
    no_arn = {"PolicyArn": "arn:aws:iam::nonsense:policy/x"}
    not_valid = "ARN arn:aws:iam::nonsense:policy/x is not valid."
    codes = {"AuthenticationCode1": "000000", "AuthenticationCode2": "000000"}
    wrong_codes = "Authentication code for device is not valid."
    duplicate = {"Tags": [{"Key": "x", "Value": "1"}, {"Key": "X", "Value": "2"}]}
    duplicated = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
    short = "Password should have a minimum length of 10"
    simulation = {"ActionNames": ["codecommit:GetBranch"]}
    ben = f"{prefix}:user/team/ben"
    return [
        exists("CreateUser", "User with name ANA already exists.", UserName="ANA"),
        exists("CreateGroup", "Group with name DEVELOPERS already exists.", GroupName="DEVELOPERS"),
        exists("CreateRole", "Role with name ROLE-0 already exists.", RoleName="ROLE-0", AssumeRolePolicyDocument=TRUST_EC2),
        exists("CreatePolicy", "A policy called policy-0 already exists. Duplicate names are not allowed.", PolicyName="policy-0", PolicyDocument=ALLOW),
        exists("CreateInstanceProfile", "Instance Profile profile-0 already exists.", InstanceProfileName="profile-0"),
        exists("CreateVirtualMFADevice", "MFADevice entity at the same path and name already exists.", VirtualMFADeviceName="device-0", Path="/team/"),
        exists("CreateSAMLProvider", "SAMLProvider with name saml-0 already exists.", Name="saml-0", SAMLMetadataDocument=SAML),
        exists("CreateOpenIDConnectProvider", "Provider with url https://issuer-0.example/realm already exists.", Url="https://issuer-0.example/realm"),
        exists("CreateAccountAlias", f"The account alias {world.alias} already exists.", AccountAlias=world.alias),
        exists("CreateLoginProfile", "Login Profile for user ana already exists.", **ana, Password=PASSWORD),
        exists("UpdateUser", "User with name BEN already exists.", **ana, NewUserName="BEN"),
        exists("UpdateGroup", "Group with name EMPTY already exists.", **developers, NewGroupName="EMPTY"),
        exists("EnableMFADevice", "MFA Device is already in use.", UserName="ben", SerialNumber=world.serials[0], **codes),

        conflict("DeleteUser", "entity, must delete login profile first", **ana),
        conflict("DeleteUser", "entity, must delete access keys first", UserName="caller"),
        conflict("DeleteUser", "entity, must detach all policies first", UserName="cleo"),
        conflict("DeleteGroup", "entity, must remove users from group first", **developers),
        conflict("DeleteRole", "entity, must remove roles from instance profile first", **role),
        conflict("DeleteInstanceProfile", "entity, must remove roles from instance profile first", InstanceProfileName="profile-0"),
        conflict("DeletePolicy", "a policy attached to entities", PolicyArn=policies[0]),
        conflict("DeletePolicyVersion", "the default version of a policy", PolicyArn=policies[0], VersionId="v1"),
        ("DeleteVirtualMFADevice", "DeleteConflict", "MFA VirtualDevice in use. Must deactivate first.", {"SerialNumber": world.serials[0]}),

        *(malformed(operation, "Policy statement must contain actions.", bad_policy, **arguments) for operation, arguments in (
            ("CreatePolicy", {"PolicyName": "bad"}), ("CreatePolicyVersion", {"PolicyArn": policies[0]}),
            ("PutUserPolicy", {**ana, "PolicyName": "bad"}), ("PutGroupPolicy", {**developers, "PolicyName": "bad"}),
            ("PutRolePolicy", {**role, "PolicyName": "bad"}))),
        malformed("PutUserPolicy", "Syntax error at position (1,2)", "{", **ana, PolicyName="bad"),
        malformed("CreateRole", "AssumeRole policy may only specify STS AssumeRole actions.", bad_trust, RoleName="bad"),
        malformed("UpdateAssumeRolePolicy", "AssumeRole policy may only specify STS AssumeRole actions.", bad_trust, **role),

        *(protected(operation, **arguments) for operation, arguments in (
            ("AddRoleToInstanceProfile", {"InstanceProfileName": "vacant"}),
            ("AttachRolePolicy", {"PolicyArn": POWER_USER}), ("DetachRolePolicy", {"PolicyArn": POWER_USER}), ("DeleteRole", {}),
            ("PutRolePermissionsBoundary", {"PermissionsBoundary": POWER_USER}), ("DeleteRolePermissionsBoundary", {}),
            ("PutRolePolicy", {"PolicyName": "p", "PolicyDocument": ALLOW}), ("DeleteRolePolicy", {"PolicyName": "p"}),
            ("UpdateAssumeRolePolicy", {"PolicyDocument": TRUST_EC2}), ("UpdateRole", {"MaxSessionDuration": 3600}))),
        *(invalid(operation, duplicated, **{**arguments, **duplicate}) for operation, arguments in (
            ("CreateUser", {"UserName": "bad"}), ("CreateRole", {"RoleName": "bad", "AssumeRolePolicyDocument": TRUST_EC2}),
            ("CreatePolicy", {"PolicyName": "bad", "PolicyDocument": ALLOW}), ("CreateInstanceProfile", {"InstanceProfileName": "bad"}),
            ("CreateVirtualMFADevice", {"VirtualMFADeviceName": "bad"}), ("CreateSAMLProvider", {"Name": "bad", "SAMLMetadataDocument": SAML}),
            ("CreateOpenIDConnectProvider", {"Url": "https://bad.example"}),
            *((f"Tag{noun}", resource) for noun, resource in world.tagged().items()))),
        *(invalid(operation, not_valid, **{**arguments, **no_arn}) for operation, arguments in (
            *((f"{verb}{kind}Policy", holder) for verb in ("Attach", "Detach") for kind, holder in (
                ("User", ana), ("Group", developers), ("Role", role))),
            ("GetPolicy", {}), ("DeletePolicy", {}), ("GetPolicyVersion", {"VersionId": "v1"}), ("DeletePolicyVersion", {"VersionId": "v1"}),
            ("SetDefaultPolicyVersion", {"VersionId": "v1"}), ("ListPolicyVersions", {}), ("ListEntitiesForPolicy", {}),
            ("CreatePolicyVersion", {"PolicyDocument": ALLOW}), ("ListPolicyTags", {}), ("UntagPolicy", {"TagKeys": ["x"]}))),
        *(invalid(f"Put{kind}PermissionsBoundary", not_valid, **holder, PermissionsBoundary=no_arn["PolicyArn"]) for kind, holder in (
            ("User", ana), ("Role", role))),
        *(invalid(operation, f"ARN {prefix}:nonsense/x is not valid.", **{**arguments, "SAMLProviderArn": f"{prefix}:nonsense/x"})
          for operation, arguments in (
            ("GetSAMLProvider", {}), ("DeleteSAMLProvider", {}), ("UpdateSAMLProvider", {"SAMLMetadataDocument": SAML}),
            ("ListSAMLProviderTags", {}), ("UntagSAMLProvider", {"TagKeys": ["x"]}))),
        *(invalid(operation, f"ARN {prefix}:nonsense/x is not valid.", **{**arguments, "OpenIDConnectProviderArn": f"{prefix}:nonsense/x"})
          for operation, arguments in (
            ("GetOpenIDConnectProvider", {}), ("DeleteOpenIDConnectProvider", {}), ("AddClientIDToOpenIDConnectProvider", {"ClientID": "x"}),
            ("RemoveClientIDFromOpenIDConnectProvider", {"ClientID": "x"}), ("ListOpenIDConnectProviderTags", {}),
            ("UpdateOpenIDConnectProviderThumbprint", {"ThumbprintList": ["b" * 40]}), ("UntagOpenIDConnectProvider", {"TagKeys": ["x"]}))),
        invalid("CreateSAMLProvider", "Could not parse metadata", Name="bad", SAMLMetadataDocument="x" * 1000),
        invalid("CreateServiceLinkedRole", "Custom suffix is not allowed for this service.",
                AWSServiceName="codestar-notifications.amazonaws.com", CustomSuffix="bad"),
        invalid("GetContextKeysForCustomPolicy", "Syntax error at position (1,2)", PolicyInputList=["{"]),
        invalid("GetContextKeysForPrincipalPolicy", "Syntax error at position (1,2)", PolicySourceArn=ben, PolicyInputList=["{"]),
        invalid("SimulateCustomPolicy", "Invalid action name: nonsense", PolicyInputList=[ALLOW], ActionNames=["nonsense"]),
        invalid("SimulatePrincipalPolicy", "Invalid action name: nonsense", PolicySourceArn=ben, ActionNames=["nonsense"]),
        invalid("SimulatePrincipalPolicy", f"Invalid Entity Arn: {prefix}:root does not clearly define entity type and name.",
                PolicySourceArn=f"{prefix}:root", **simulation),
        invalid("GenerateServiceLastAccessedDetails", f"ARN {prefix}:nonsense/x is not valid.", Arn=f"{prefix}:nonsense/x"),
        invalid("ListPoliciesGrantingServiceAccess", f"ARN {policies[0]} is not valid.", Arn=policies[0], ServiceNamespaces=["iam"]),

        ("CreateServiceSpecificCredential", "NoSuchEntity", "No such service nonsense exists", {**ana, "ServiceName": "nonsense"}),
        *((operation, "NotSupportedService", "The service cassandra.amazonaws.com does not support service-specific credentials here.",
           {**ana, "ServiceName": "cassandra.amazonaws.com"}) for operation in (
            "CreateServiceSpecificCredential", "ListServiceSpecificCredentials")),
        ("UploadSSHPublicKey", "InvalidPublicKey", "The public key is malformed or otherwise invalid.", {**ana, "SSHPublicKeyBody": "ssh-ed25519 AAAA"}),
        ("UploadSSHPublicKey", "DuplicateSSHPublicKey", "The SSH public key is already associated with the user ana.",
         {**ana, "SSHPublicKeyBody": world.ssh_keys[0]["SSHPublicKeyBody"]}),
        ("UploadSSHPublicKey", "UnrecognizedPublicKeyEncoding", re.compile("The public key encoding format is unsupported or unrecognized.*"),
         {**ana, "SSHPublicKeyBody": "nonsense"}),
        ("EnableMFADevice", "InvalidAuthenticationCode", wrong_codes, {"UserName": "ben", "SerialNumber": world.serials[3], **codes}),
        ("ResyncMFADevice", "InvalidAuthenticationCode", wrong_codes, {**ana, "SerialNumber": world.serials[0], **codes}),
        ("CreateLoginProfile", "PasswordPolicyViolation", short, {"UserName": "ben", "Password": "short"}),
        ("UpdateLoginProfile", "PasswordPolicyViolation", short, {**ana, "Password": "short"}),
        ("UpdateLoginProfile", "PasswordPolicyViolation", "Password should not be the same as any of the last 3 passwords", {**ana, "Password": PASSWORD}),
        ("ChangePassword", "PasswordPolicyViolation", short, {"OldPassword": PASSWORD, "NewPassword": "short"}),
        ("ChangePassword", "AccessDenied", "The old password was incorrect.", {"OldPassword": "Wrong-horse-1", "NewPassword": PASSWORD}),
        *((operation, "InvalidInput", "A status can be set to Active or Inactive only.", {**ana, **arguments, "Status": "Expired"}) for operation, arguments in (
            ("UpdateAccessKey", {"AccessKeyId": world.keys[0]["AccessKeyId"]}),
            ("UpdateSSHPublicKey", {"SSHPublicKeyId": world.ssh_keys[0]["SSHPublicKeyId"]}))),
        ("GetCredentialReport", "ReportNotPresent", "No report is present. Generate a new report", {}),
        *((f"{verb}LoginProfile", "NoSuchEntity", "Login Profile for User ben cannot be found.", {"UserName": "ben"}) for verb in (
            "Get", "Update", "Delete")),
        ("RemoveUserFromGroup", "NoSuchEntity", "The user with name ben is not in the group with name empty.", {"GroupName": "empty", "UserName": "ben"}),
        ("DetachUserPolicy", "NoSuchEntity", f"Policy {POWER_USER} was not found.", {"UserName": "ben", "PolicyArn": POWER_USER}),
    ]


def passwords_of_others(suite):
    """Passwords are users' own, and of those who have one."""
    change = {"OldPassword": PASSWORD, "NewPassword": "Correct-horse-3"}
    suite.watch.refused(suite.as_user(suite.sts.caller, "iam"), "ChangePassword", "NoSuchEntity",
                        "Login Profile for User caller cannot be found.", **change)
    suite.watch.refused(suite.root["iam"], "ChangePassword", "InvalidUserType",
                        "Only IAM users can change their own password with this operation.", **change)


def after_all(suite):
    """What the calls of the suite have deleted."""
    missing = lambda operation, message: suite.watch.refused(suite.root["iam"], operation, "NoSuchEntity", message)
    missing("GetAccountPasswordPolicy", f"The Password Policy with domain name {suite.account} cannot be found.")
    missing("DeleteAccountPasswordPolicy", "The account policy with name PasswordPolicy cannot be found.")


def kms_refusals(suite):
    world = suite.kms
    other = f"{world.prefix}:alias"
    policy = {"KeyId": world.key, "Policy": "{}"}
    grant = {"KeyId": world.key, "GranteePrincipal": world.user, "Operations": ["Decrypt"]}
    signature = {"KeyId": world.signing, "Message": b"other", "SigningAlgorithm": "ECDSA_SHA_256", **world.made[world.signing]}
    mac = {"KeyId": world.mac_key, "Message": b"other", "MacAlgorithm": "HMAC_SHA_256", **world.made[world.mac_key]}
    ciphertext = {**world.made[world.key], "EncryptionContext": CONTEXT}
    moved = {**world.made[world.key], "SourceEncryptionContext": CONTEXT, "DestinationKeyId": world.other}
    no_grant = "0" * 64
    missing = f"Alias {other}/missing is not found."
    tags = {"KeyId": world.key}
    return [
        ("CreateAlias", "AlreadyExistsException", f"An alias with the name {other}/ours-0 already exists", {"AliasName": "alias/ours-0", "TargetKeyId": world.other}),
        ("CreateAlias", "NotAuthorizedException", "", {"AliasName": "alias/aws/ours", "TargetKeyId": world.other}),
        ("DeleteAlias", "NotFoundException", missing, {"AliasName": "alias/missing"}),
        ("UpdateAlias", "NotFoundException", missing, {"AliasName": "alias/missing", "TargetKeyId": world.other}),
        ("DescribeKey", "NotFoundException", missing, {"KeyId": "alias/missing"}),
        ("GetKeyPolicy", "NotFoundException", "No such policy exists", {"KeyId": world.key, "PolicyName": "other"}),
        ("CreateKey", "MalformedPolicyDocumentException", re.compile(".+"), {"Policy": "{}"}),
        ("PutKeyPolicy", "MalformedPolicyDocumentException", re.compile(".+"), policy),
        ("CreateKey", "UnsupportedOperationException", "Multi-Region keys are not supported.", {"MultiRegion": True}),
        ("CreateKey", "TagException", "Duplicate tag keys", {"Tags": [{"TagKey": "x", "TagValue": ""}] * 2}),
        ("TagResource", "TagException", "Duplicate tag keys", {**tags, "Tags": [{"TagKey": "x", "TagValue": ""}] * 2}),
        ("TagResource", "TagException", "Tags beginning with aws: are reserved", {**tags, "Tags": [{"TagKey": "aws:x", "TagValue": ""}]}),
        ("Verify", "KMSInvalidSignatureException", "", signature),
        ("VerifyMac", "KMSInvalidMacException", "", mac),
        ("Decrypt", "InvalidCiphertextException", "", {**ciphertext, "CiphertextBlob": b"nonsense"}),
        ("Decrypt", "InvalidCiphertextException", "", {**ciphertext, "EncryptionContext": {}}),
        ("ReEncrypt", "InvalidCiphertextException", "", {**moved, "SourceEncryptionContext": {}}),
        ("Decrypt", "IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.",
         {**ciphertext, "KeyId": world.other}),
        ("ReEncrypt", "IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.",
         {**moved, "SourceKeyId": world.other}),
        ("CancelKeyDeletion", "KMSInvalidStateException", f"{world.arn(world.key)} is not pending deletion.", {"KeyId": world.key}),
        ("GetPublicKey", "UnsupportedOperationException",
         f"{world.arn(world.key)} key spec is SYMMETRIC_DEFAULT which is not valid for GetPublicKey.", {"KeyId": world.key}),
        *((operation, "UnsupportedOperationException", f"{world.arn(world.signing)} key spec is ECC_NIST_P256 which is not valid for this operation.",
           {"KeyId": world.signing}) for operation in (
            "EnableKeyRotation", "DisableKeyRotation", "ListKeyRotations")),
        ("RotateKeyOnDemand", "UnsupportedOperationException", "", {"KeyId": world.signing}),
        *((operation, "UnsupportedOperationException", "Recipient is not supported.", {**arguments, "Recipient": {
            "KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": b"x"}}) for operation, arguments in (
            ("GenerateDataKeyPair", {"KeyId": world.key, "KeyPairSpec": "ECC_NIST_P256"}), ("GenerateRandom", {"NumberOfBytes": 1}))),
        ("GenerateDataKeyPairWithoutPlaintext", "UnsupportedOperationException", "KeySpec SM2 is not supported",
         {"KeyId": world.key, "KeyPairSpec": "SM2"}),
        ("RevokeGrant", "NotFoundException", f"Grant {no_grant} does not exist", {"KeyId": world.key, "GrantId": no_grant}),
        ("RetireGrant", "NotFoundException", f"Grant {no_grant} does not exist", {"KeyId": world.arn(world.key), "GrantId": no_grant}),
        ("RevokeGrant", "InvalidGrantIdException", "Invalid grant ID nonsense", {"KeyId": world.key, "GrantId": "nonsense"}),
        ("RetireGrant", "InvalidGrantIdException", "Invalid grant ID nonsense", {"KeyId": world.arn(world.key), "GrantId": "nonsense"}),
        ("ListGrants", "InvalidGrantIdException", "Invalid grant ID nonsense", {"KeyId": world.key, "GrantId": "nonsense"}),
        ("RetireGrant", "InvalidGrantTokenException", "", {"GrantToken": "nonsense"}),
        ("CreateGrant", "InvalidArnException", f"ARN does not refer to a valid principal: {world.user}-missing",
         {**grant, "GranteePrincipal": f"{world.user}-missing"}),
        ("ListRetirableGrants", "InvalidArnException", f"ARN does not refer to a valid principal: {world.user}-missing",
         {"RetiringPrincipal": f"{world.user}-missing"}),
        ("ListAliases", "InvalidArnException", f"Invalid arn {world.prefix}:nonsense", {"KeyId": f"{world.prefix}:nonsense"}),
        ("UpdateAlias", "KMSInvalidStateException", f"{world.arn(world.keys['pending']['symmetric'])} is pending deletion.",
         {"AliasName": "alias/ours-0", "TargetKeyId": world.keys["pending"]["symmetric"]}),
        ("Decrypt", "InvalidKeyUsageException", "Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.",
         {**ciphertext, "KeyId": world.key, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}),
        ("GetPublicKey", "UnsupportedOperationException",
         f"{world.arn(world.mac_key)} key spec is HMAC_256 which is not valid for GetPublicKey.", {"KeyId": world.mac_key}),
        ("Encrypt", "InvalidKeyUsageException", "Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.",
         {"KeyId": world.key, "Plaintext": b"x", "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}),
        ("Encrypt", "ValidationException", "Algorithm RSAES_OAEP_SHA_256 and key spec RSA_2048 cannot encrypt data larger than 190 bytes.",
         {"KeyId": world.rsa, "Plaintext": b"x" * 191, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}),
    ]


def sts_refusals(suite):
    world = suite.sts
    role = {"RoleArn": world.role, "RoleSessionName": "session"}
    federation = {"Name": "guest"}
    federated = world.federated
    identity = world.web_identity
    bad = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Resource": "*"}})
    # Text without repetition is what the packed form cannot shorten.
    large = [{"Key": f"{number}", "Value": "".join(chr(0x4e00 + (number * 7919 + place * place * 31) % 20_000) for place in range(256))} for number in range(50)]
    packed = re.compile(r"Packed size of the session's policies and tags consumes \d{3,}% of allotted space\.")
    return [
        *((operation, "MalformedPolicyDocument", "Policy statement must contain actions.", {**arguments, "Policy": bad}) for operation, arguments in (
            ("AssumeRole", role), ("AssumeRoleWithWebIdentity", federated), ("GetFederationToken", federation))),
        *((operation, "PackedPolicyTooLarge", packed, {**arguments, "Tags": large}) for operation, arguments in (
            ("AssumeRole", role), ("GetFederationToken", federation))),
        ("AssumeRole", "AccessDenied", re.compile(r"User: \S+ is not authorized to perform: sts:AssumeRole on resource: \S+"),
         {**role, "RoleArn": f"{world.role}-missing"}),
        ("AssumeRole", "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
         {**role, "DurationSeconds": 7200}),
        ("AssumeRoleWithWebIdentity", "InvalidIdentityToken",
         "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)", {**federated, "WebIdentityToken": "nonsense"}),
        ("AssumeRoleWithWebIdentity", "ExpiredTokenException", re.compile(
            rf"Token expired: current date/time \d+ must be before the expiration date/time {identity['expiredAt']}"),
         {**federated, "WebIdentityToken": identity["expiredToken"]}),
        ("AssumeRoleWithWebIdentity", "IDPCommunicationError", re.compile("Couldn't retrieve verification key from your identity provider, .*"),
         {**federated, "RoleArn": federated["RoleArn"].replace("federated", "unreachable"), "WebIdentityToken": identity["unreachableToken"]}),
        ("AssumeRoleWithWebIdentity", "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", {**federated, "RoleArn": world.role}),
        ("DecodeAuthorizationMessage", "InvalidAuthorizationMessageException", re.compile(".*"), {"EncodedMessage": "nonsense"}),
    ]


def own_refusals(suite):
    for service, rows in (("iam", iam_refusals(suite)), ("kms", kms_refusals(suite)), ("sts", sts_refusals(suite))):
        for operation, code, message, arguments in rows:
            suite.watch.refused(suite.client_for(service, operation), operation, code, message, **arguments)


def contents(suite):
    """What the account holds, as far as lists tell it."""
    iam, kms = suite.root["iam"], suite.root["kms"]
    details = suite.watch.make(iam, "GetAccountAuthorizationDetails", MaxItems=1000)
    answers = [details, *(suite.watch.make(iam, operation) for operation in (
        "GetAccountSummary", "GetAccountPasswordPolicy", "ListAccountAliases", "ListSAMLProviders", "ListOpenIDConnectProviders")),
        *(suite.watch.make(iam, operation, UserName="ana") for operation in (
            "ListAccessKeys", "ListSSHPublicKeys", "ListServiceSpecificCredentials", "GetLoginProfile")),
        suite.watch.make(kms, "ListAliases"), *(
            suite.watch.make(kms, operation, KeyId=key)
            for state in suite.kms.keys.values() for key in state.values() for operation in ("DescribeKey", "ListGrants", "ListResourceTags"))]
    for answer in answers:
        del answer["ResponseMetadata"]
    return json.dumps(answers, default=str)


def run(suite):
    before = contents(suite)
    if suite.with_limits:
        broken_limits(suite)
    for step in (access_denied, missing_entities, unfit_keys, own_refusals, passwords_of_others):
        step(suite)
    if contents(suite) != before:
        suite.watch.problem("something that was refused has changed something")
