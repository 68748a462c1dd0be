"""Runs every operation of IAM, STS and KMS that the server says it serves, and reports what is not as on AWS."""

import botocore

import ledger
import pages
import quotas
import refusals
from iam import IamWorld
from kms import KmsWorld
from sts import StsWorld
from watch import Watch


class Suite:
    def __init__(self, make_client, parameters):
        self.watch = Watch(make_client)
        self.region = parameters["region"]
        self.with_limits = parameters["withLimits"]
        self.root = {service: self.watch.client(service) for service in ("iam", "sts", "kms")}
        self.account = self.watch.make(self.root["sts"], "GetCallerIdentity")["Account"]
        self.iam = IamWorld(self.root["iam"], self.watch.make, self.account)
        self.kms = KmsWorld(self.root["kms"], self.watch.make, self.account, self.region)
        self.sts = StsWorld(self.root["iam"], self.watch.make, self.account, parameters["webIdentity"])
        self.dora = self.as_user(self.iam.dora, "iam")
        self.caller = self.as_user(self.sts.caller, "sts")

    def as_user(self, key, service):
        return self.watch.client(service, aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])

    def client_for(self, service, operation):
        """Whoever may run it: a password is its user's own, and the root user assumes no role."""
        if operation == "ChangePassword":
            return self.dora
        return self.caller if service == "sts" else self.root[service]

    def calls(self):
        return [(service, *call) for service, world in (("iam", self.iam), ("kms", self.kms), ("sts", self.sts)) for call in world.calls()]

    def run_everything(self):
        for service, operation, arguments, expected in self.calls():
            self.watch.call(self.client_for(service, operation), operation, expected, **arguments)


def refuse_older_models(make_client, operations):
    """Models that lack an operation lack members of others, too, and say of those that are right that they are wrong."""
    unknown = [name for service, names in operations.items() for name in names
               if name not in make_client(service).meta.service_model.operation_names]
    if unknown:
        raise RuntimeError(f"botocore {botocore.__version__} is older than this server and does not know {unknown}")


def run(make_client, parameters):
    refuse_older_models(make_client, parameters["operations"])
    suite = Suite(make_client, parameters)
    refusals.run(suite)
    pages.run(suite)
    suite.run_everything()
    refusals.after_all(suite)
    quotas.run(suite)
    served = parameters["operations"]
    name = lambda place: ":".join(place)
    return {
        "problems": suite.watch.problems,
        "succeeded": sorted(map(name, suite.watch.succeeded)),
        "neverRefusedWith": sorted(map(name, ledger.missing_refusals(suite, served))),
        "reasonsWithoutNeed": sorted(ledger.reasons_without_need(suite, served)),
        "listings": {name(place): arguments for place, arguments in suite.watch.paged.items()},
        "pageable": sorted(map(name, ledger.pageable(suite, served))),
        "quotasElsewhere": quotas.ELSEWHERE,
    }
