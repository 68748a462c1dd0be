"""What the suite must have seen, told by botocore's models: every error that an operation declares, but for good reason."""

import re

from watch import method_name

# Errors that nothing here raises, of any operation.
NEVER = {
    "ServiceFailureException": "a fault of the server's own",
    "ConcurrentModificationException": "changes of one entity wait for each other",
    "EntityTemporarilyUnmodifiableException": "only of two requests at once: login-profiles.ts",
    "PolicyNotAttachableException": "every policy can be attached",
    "PolicyEvaluationException": "a fault of the server's own",
    "OpenIdIdpCommunicationErrorException": "no provider is called when its record is made",
    "CredentialReportNotReadyException": "a report is made at once",
    "CredentialReportExpiredException": "takes four hours: credential-reports.test.ts",
    "RegionDisabledException": "tokens hold in every Region",
    "IDPRejectedClaimException": "no provider is asked about a token",
    "KMSInternalException": "a fault of the server's own",
    "DependencyTimeoutException": "a fault of the server's own",
    "KeyUnavailableException": "of custom key stores",
    "ConflictException": "of imported material",
    "CustomKeyStoreNotFoundException": "of custom key stores",
    "CustomKeyStoreInvalidStateException": "of custom key stores",
    "CloudHsmClusterInvalidConfigurationException": "of custom key stores",
    "XksKeyInvalidConfigurationException": "of custom key stores",
    "XksKeyAlreadyInUseException": "of custom key stores",
    "XksKeyNotFoundException": "of custom key stores",
}

# Errors that nothing here raises of operations by name.
NEVER_OF = {
    "LimitExceededException": {
        "(Delete|Detach|Remove|Update|Deactivate|Resync|SetDefault|Change).*": "nothing is added",
        "Create(User|Group|Role|InstanceProfile|SAMLProvider|VirtualMFADevice|Grant|Key)": "thousands: quotas.py names the tests",
        "CreateAccountAlias": "another takes its place",
        "CreateLoginProfile|CreateServiceLinkedRole|GenerateCredentialReport|EnableKey": "there is no such quota",
        "TagResource": "too many tags are a TagException",
    },
    "NoSuchEntityException": {
        "CreateGroup|CreateServiceLinkedRole|UpdateAccountPasswordPolicy": "nothing is named that must exist",
        "DeleteOpenIDConnectProvider": "succeeds: API Reference",
    },
    "InvalidInputException": {
        "GetServiceLastAccessedDetails.*|GetServiceLinkedRoleDeletionStatus": "a malformed ID breaks a limit of the model",
        "ListAttached.*|ListMFADeviceTags|UntagMFADevice|UntagInstanceProfile": "what is malformed breaks a limit of the model",
    },
    "MalformedPolicyDocumentException": {"UpdateAccountPasswordPolicy": "it takes no document"},
    "EntityAlreadyExistsException": {"AddRoleToInstanceProfile": "LimitExceeded, as an instance profile has one role"},
    "UnmodifiableEntityException": {
        "RemoveRoleFromInstanceProfile": "no service-linked role can be in one",
        "UpdateRoleDescription": "the one thing that may be changed: IAM User Guide",
    },
    "UnrecognizedPublicKeyEncodingException": {"GetSSHPublicKey": "each key that is taken has both encodings"},
    "ExpiredTokenException": {"AssumeRole": "a session that ends: temporary-credentials.test.ts"},
    "PackedPolicyTooLargeException": {"AssumeRoleWithWebIdentity": "what 2,048 characters of policy pack to is never too large"},
    "KMSInvalidStateException": {
        "DeleteAlias|GetKey.*|ListKey.*|ListGrants|PutKeyPolicy|RetireGrant|RevokeGrant": "works in every state: KMS Developer Guide",
    },
    "NotFoundException": {"ListRetirableGrants": "nobody's ARN is an InvalidArnException"},
    "InvalidArnException": {"CreateKey": "nothing is named"},
    "InvalidAliasNameException": {"CreateAlias": "a ValidationException"},
    "InvalidKeyUsageException": {"GetPublicKey": "keys of every usage may have a public key"},
    "UnsupportedOperationException": {
        "PutKeyPolicy": "keys of AWS give nobody leave",
        "GetKeyRotationStatus": "keys that never rotate say so",
    },
    "TagException": {"UntagResource": "keys of tags that are not there are no fault"},
}


def served_models(suite, operations):
    for service, names in operations.items():
        for name in names:
            yield service, suite.root[service].meta.service_model.operation_model(name)


def declared(suite, operations):
    """Service, operation, code on the wire, name in the model, of each error that an operation declares."""
    for service, model in served_models(suite, operations):
        for shape in model.error_shapes:
            yield service, model.name, shape.error_code, shape.name


def reason(operation, name):
    if name in NEVER:
        return name
    return next((f"{name} of {pattern}" for pattern in NEVER_OF.get(name, {}) if re.fullmatch(pattern, operation)), None)


def missing_refusals(suite, operations):
    for service, operation, code, name in declared(suite, operations):
        if (service, operation, code) not in suite.watch.refused_with and reason(operation, name) is None:
            yield service, operation, name


def reasons_without_need(suite, operations):
    """Reasons that have become wrong: nothing that they excuse is missing."""
    used = {reason(operation, name) for service, operation, code, name in declared(suite, operations)
            if (service, operation, code) not in suite.watch.refused_with}
    given = {*NEVER, *(f"{name} of {pattern}" for name, patterns in NEVER_OF.items() for pattern in patterns)}
    return given - used


def pageable(suite, operations):
    for service, model in served_models(suite, operations):
        if model.input_shape is not None and "Marker" in model.input_shape.members:
            yield service, model.name
        elif suite.root[service].can_paginate(method_name(suite.root[service], model.name)):
            yield service, model.name
