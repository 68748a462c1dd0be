"""STS: what the suite makes for it, and one call at least of each operation with what it must answer."""

import json
import re

from watch import ABSENT

SESSION_POLICY = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
CREDENTIALS = {"AccessKeyId": re.compile("ASIA[A-Z0-9]{16}"), "SecretAccessKey": re.compile("[A-Za-z0-9/+]{40}"), "SessionToken": re.compile(".{100,}")}


class StsWorld:
    """A user who may do everything, roles that the user and an identity provider may assume."""

    def __init__(self, iam, call, account, web_identity):
        self.account, self.web_identity = account, web_identity
        prefix = f"arn:aws:iam::{account}"
        run = lambda operation, **arguments: call(iam, operation, **arguments)
        run("CreateUser", UserName="caller")
        run("AttachUserPolicy", UserName="caller", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
        self.caller = run("CreateAccessKey", UserName="caller")["AccessKey"]
        self.caller_id = run("GetUser", UserName="caller")["User"]["UserId"]
        for name, arn in (("federated", web_identity["providerArn"]), ("unreachable", web_identity["unreachableProviderArn"])):
            run("CreateRole", RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": {
                "Effect": "Allow", "Principal": {"Federated": arn}, "Action": "sts:AssumeRoleWithWebIdentity"}}))
        self.role_id = run("CreateRole", RoleName="assumed", AssumeRolePolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": account}, "Action": [
                "sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]}}))["Role"]["RoleId"]
        self.role = f"{prefix}:role/assumed"
        self.federated = {"RoleArn": f"{prefix}:role/federated", "RoleSessionName": "session", "WebIdentityToken": web_identity["token"]}

    def calls(self):
        arn = lambda kind, name: f"arn:aws:sts::{self.account}:{kind}/{name}"
        assumed = {"AssumedRoleUser": {"AssumedRoleId": f"{self.role_id}:session", "Arn": arn("assumed-role", "assumed/session")}}
        return [
            ("GetCallerIdentity", {}, {"UserId": self.caller_id, "Account": self.account, "Arn": f"arn:aws:iam::{self.account}:user/caller"}),
            ("GetAccessKeyInfo", {"AccessKeyId": self.caller["AccessKeyId"]}, {"Account": self.account}),
            ("AssumeRole", {"RoleArn": self.role, "RoleSessionName": "session"}, {
                "Credentials": CREDENTIALS, **assumed, "PackedPolicySize": ABSENT, "SourceIdentity": ABSENT}),
            ("AssumeRole", {"RoleArn": self.role, "RoleSessionName": "session", "Policy": SESSION_POLICY, "SourceIdentity": "ana",
                            "Tags": [{"Key": "team", "Value": "blue"}], "TransitiveTagKeys": ["team"], "DurationSeconds": 900}, {
                "Credentials": CREDENTIALS, **assumed, "PackedPolicySize": lambda size: 0 < size < 100, "SourceIdentity": "ana"}),
            ("AssumeRoleWithWebIdentity", self.federated, {
                "Credentials": CREDENTIALS, "AssumedRoleUser": {"Arn": arn("assumed-role", "federated/session")},
                "SubjectFromWebIdentityToken": "repo:team/job", "Audience": "ci", "Provider": f"https://{self.web_identity['url']}"}),
            ("GetSessionToken", {"DurationSeconds": 900}, {"Credentials": CREDENTIALS}),
            ("GetFederationToken", {"Name": "guest", "Policy": SESSION_POLICY}, {
                "Credentials": CREDENTIALS, "FederatedUser": {
                    "FederatedUserId": f"{self.account}:guest", "Arn": arn("federated-user", "guest")}}),
        ]
