"""KMS: keys of every kind and state that its operations tell apart, and one call at least of each with its answer."""

import json
import re

from watch import ABSENT

KEY_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TAGS = [{"TagKey": key, "TagValue": f"{key} + größer"} for key in ("cost", "stage", "team")]
KINDS = {
    "symmetric": {},
    "signing": {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"},
    "mac": {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"},
}
CONTEXT = {"purpose": "conformance", "größe": "√"}


class KmsWorld:
    """`keys[state][kind]` is the ID of a key; the enabled symmetric one has three of everything that is listed."""

    def __init__(self, kms, call, account, region):
        self.prefix = f"arn:aws:kms:{region}:{account}"
        self.user = f"arn:aws:iam::{account}:user/team/ana"
        run = lambda operation, **arguments: call(kms, operation, **arguments)
        make = lambda **arguments: run("CreateKey", **arguments)["KeyMetadata"]["KeyId"]
        self.keys = {state: {kind: make(**spec) for kind, spec in KINDS.items()} for state in ("enabled", "disabled", "pending")}
        self.key, self.signing, self.mac_key = self.keys["enabled"].values()
        self.other, self.doomed = make(), make()
        self.rsa = make(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
        # What keys make is needed of those, too, that will no longer make it.
        self.made = {}
        for kinds in self.keys.values():
            symmetric, signing, mac = (kinds[kind] for kind in KINDS)
            self.made[symmetric] = {"CiphertextBlob": run(
                "Encrypt", KeyId=symmetric, Plaintext=b"geheim", EncryptionContext=CONTEXT)["CiphertextBlob"]}
            self.made[signing] = {"Signature": run(
                "Sign", KeyId=signing, Message=b"message", SigningAlgorithm="ECDSA_SHA_256")["Signature"]}
            self.made[mac] = {"Mac": run("GenerateMac", KeyId=mac, Message=b"message", MacAlgorithm="HMAC_SHA_256")["Mac"]}
        grant = {"GranteePrincipal": self.user, "RetiringPrincipal": self.user, "Operations": ["Decrypt", "DescribeKey"]}
        self.grants = [run("CreateGrant", KeyId=self.key, Name=f"grant-{number}", **grant) for number in range(4)]
        self.grant_of = {self.keys[state]["symmetric"]: run(
            "CreateGrant", KeyId=self.keys[state]["symmetric"], **grant) for state in ("disabled", "pending")}
        for number in range(3):
            run("CreateAlias", AliasName=f"alias/ours-{number}", TargetKeyId=self.key)
            run("RotateKeyOnDemand", KeyId=self.key)
        run("TagResource", KeyId=self.key, Tags=TAGS)
        for key in self.keys["disabled"].values():
            run("DisableKey", KeyId=key)
        for key in self.keys["pending"].values():
            run("ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=7)

    def arn(self, key):
        return f"{self.prefix}:key/{key}"

    def made_of(self, state, kind, arguments):
        """What the key of a kind and state has made, in the place of what another has that a call is about."""
        made = self.made[self.keys[state][kind]]
        return {member: value for member, value in made.items() if member in arguments}

    def calls(self):
        """Operation, arguments and answer: what reads and uses keys first, then what changes, then what deletes."""
        key, arn = {"KeyId": self.key}, self.arn(self.key)
        named = {"KeyId": arn}
        ours = {"AliasName": "alias/ours-0"}
        material = re.compile("[0-9a-f]{64}")
        whole = {"Truncated": False, "NextMarker": ABSENT}
        blob = lambda *lengths: lambda value: isinstance(value, bytes) and (len(value) in lengths if lengths else len(value) > 0)
        metadata = {
            "AWSAccountId": self.prefix.split(":")[4], "KeyId": self.key, "Arn": arn, "Enabled": True, "Description": "",
            "KeyUsage": "ENCRYPT_DECRYPT", "KeyState": "Enabled", "Origin": "AWS_KMS", "KeyManager": "CUSTOMER", "MultiRegion": False,
            "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT", "KeySpec": "SYMMETRIC_DEFAULT", "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
            "SigningAlgorithms": ABSENT, "MacAlgorithms": ABSENT, "DeletionDate": ABSENT, "CurrentKeyMaterialId": material}
        ciphertext = self.made[self.key]
        signature = {"KeyId": self.signing, "Message": b"message", "SigningAlgorithm": "ECDSA_SHA_256"}
        signed = {"KeyId": self.arn(self.signing), "SigningAlgorithm": "ECDSA_SHA_256"}
        mac = {"KeyId": self.mac_key, "Message": b"message", "MacAlgorithm": "HMAC_SHA_256"}
        maced = {"KeyId": self.arn(self.mac_key), "MacAlgorithm": "HMAC_SHA_256"}
        pair = {"KeyPairSpec": "ECC_NIST_P256"}
        wrapped = {**named, "PrivateKeyCiphertextBlob": blob(), "PublicKey": blob(91), "KeyMaterialId": material, **pair}
        policy = json.dumps({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{metadata['AWSAccountId']}:root"}, "Action": "kms:*", "Resource": "*"}})
        return [
            ("DescribeKey", key, {"KeyMetadata": metadata}),
            ("ListKeys", {"Limit": 1000}, {"Keys": lambda keys: {"KeyId": self.key, "KeyArn": arn} in keys and len(keys) == 12, **whole}),
            ("ListAliases", key, {"Aliases": [
                {"AliasName": f"alias/ours-{number}", "AliasArn": f"{self.prefix}:alias/ours-{number}", "TargetKeyId": self.key}
                for number in range(3)], **whole}),
            ("GetKeyPolicy", key, {"PolicyName": "default", "Policy": lambda text: json.loads(text)["Version"] == "2012-10-17"}),
            ("ListKeyPolicies", key, {"PolicyNames": ["default"], **whole}),
            ("ListResourceTags", key, {"Tags": TAGS, **whole}),
            ("ListGrants", key, {"Grants": lambda grants: {each["GrantId"] for each in grants} == {
                each["GrantId"] for each in self.grants} and all(each["KeyId"] == arn for each in grants), **whole}),
            ("ListRetirableGrants", {"RetiringPrincipal": self.user}, {"Grants": lambda grants: len(grants) == 6, **whole}),
            ("GetKeyRotationStatus", key, {"KeyRotationEnabled": False, **named, "RotationPeriodInDays": ABSENT}),
            ("GetKeyRotationStatus", {"KeyId": self.signing}, {"KeyRotationEnabled": False, "KeyId": ABSENT}),
            ("ListKeyRotations", key, {"Rotations": lambda found: [each["RotationType"] for each in found] == ["ON_DEMAND"] * 3, **whole}),
            ("Encrypt", {**key, "Plaintext": b"x"}, {**named, "CiphertextBlob": blob(), "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}),
            ("Decrypt", {**key, **ciphertext, "EncryptionContext": CONTEXT}, {
                **named, "Plaintext": b"geheim", "EncryptionAlgorithm": "SYMMETRIC_DEFAULT", "KeyMaterialId": material}),
            ("Decrypt", {**ciphertext, "EncryptionContext": CONTEXT}, {**named, "Plaintext": b"geheim"}),
            ("ReEncrypt", {**ciphertext, "SourceEncryptionContext": CONTEXT, "DestinationKeyId": self.other}, {
                "SourceKeyId": arn, "KeyId": self.arn(self.other), "CiphertextBlob": blob(), "SourceKeyMaterialId": material,
                "DestinationKeyMaterialId": material, "SourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
                "DestinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT"}),
            ("GenerateDataKey", {**key, "KeySpec": "AES_128"}, {**named, "Plaintext": blob(16), "CiphertextBlob": blob(), "KeyMaterialId": material}),
            ("GenerateDataKeyWithoutPlaintext", {**key, "NumberOfBytes": 64}, {
                **named, "CiphertextBlob": blob(), "Plaintext": ABSENT, "KeyMaterialId": material}),
            ("GenerateDataKeyPair", {**key, **pair}, {**wrapped, "PrivateKeyPlaintext": blob()}),
            ("GenerateDataKeyPairWithoutPlaintext", {**key, **pair}, {**wrapped, "PrivateKeyPlaintext": ABSENT}),
            ("GenerateRandom", {"NumberOfBytes": 33}, {"Plaintext": blob(33)}),
            ("Sign", signature, {**signed, "Signature": blob(*range(68, 73))}),
            ("Verify", {**signature, **self.made[self.signing]}, {**signed, "SignatureValid": True}),
            ("GenerateMac", mac, {**maced, "Mac": self.made[self.mac_key]["Mac"]}),
            ("VerifyMac", {**mac, **self.made[self.mac_key]}, {**maced, "MacValid": True}),
            ("GetPublicKey", {"KeyId": self.signing}, {
                "KeyId": self.arn(self.signing), "PublicKey": blob(91), "KeySpec": "ECC_NIST_P256", "CustomerMasterKeySpec": "ECC_NIST_P256",
                "KeyUsage": "SIGN_VERIFY", "SigningAlgorithms": ["ECDSA_SHA_256"], "EncryptionAlgorithms": ABSENT}),
            ("CreateKey", {"Description": "new", "Tags": TAGS, "Policy": policy}, {"KeyMetadata": {
                **metadata, "KeyId": KEY_ID, "Arn": re.compile(f"{self.prefix}:key/{KEY_ID.pattern}"), "Description": "new"}}),
            ("UpdateKeyDescription", {**key, "Description": "neu"}, {}),
            ("PutKeyPolicy", {**key, "Policy": policy}, {}),
            ("TagResource", {**key, "Tags": [{"TagKey": "zone", "TagValue": "a/b"}]}, {}),
            ("UntagResource", {**key, "TagKeys": ["team", "absent"]}, {}),
            ("CreateAlias", {"AliasName": "alias/new", "TargetKeyId": self.key}, {}),
            ("UpdateAlias", {**ours, "TargetKeyId": self.other}, {}),
            ("CreateGrant", {**key, "GranteePrincipal": self.user, "Operations": ["Encrypt"]}, {
                "GrantId": re.compile("[0-9a-f]{64}"), "GrantToken": lambda text: 0 < len(text) <= 8192}),
            ("EnableKeyRotation", {**key, "RotationPeriodInDays": 90}, {}),
            ("DisableKeyRotation", key, {}),
            ("RotateKeyOnDemand", key, named),
            ("EnableKey", {"KeyId": self.keys["disabled"]["symmetric"]}, {}),
            ("DisableKey", {"KeyId": self.other}, {}),
            ("RevokeGrant", {**key, "GrantId": self.grants[0]["GrantId"]}, {}),
            ("RetireGrant", {"KeyId": arn, "GrantId": self.grants[1]["GrantId"]}, {}),
            ("RetireGrant", {"GrantToken": self.grants[2]["GrantToken"]}, {}),
            ("DeleteAlias", ours, {}),
            ("ScheduleKeyDeletion", {"KeyId": self.doomed, "PendingWindowInDays": 8}, {
                "KeyId": self.arn(self.doomed), "KeyState": "PendingDeletion", "PendingWindowInDays": 8}),
            ("CancelKeyDeletion", {"KeyId": self.keys["pending"]["symmetric"]}, {"KeyId": self.arn(self.keys["pending"]["symmetric"])}),
        ]
