#!/usr/bin/env python3
"""Writes server/src/services/validation/constraints/*.generated.ts from the service models of botocore.

The SDK's runtime schemas know shapes and types but no limits; botocore's models (Apache-2.0, see NOTICE) know both.
Only what the validator needs is kept: for each operation its input shape, and the shapes reachable from it that
require a member or limit a value. Run it with a Python that has botocore:  python3 scripts/generate-constraints.py
"""

import glob
import gzip
import json
import os
import re

import botocore

SERVICES = ("cloudtrail", "codecommit", "iam", "kms", "sts")
TARGET = os.path.join(
    os.path.dirname(__file__), "..", "server", "src", "services", "validation", "constraints"
)

# Limits that CodeCommit states in its quotas page and in the text of its exceptions but not in its model.
ADDED_LIMITS = {
    "codecommit": {
        "CommitId": {"pattern": "[0-9a-fA-F]{40}"},
        "ObjectId": {"pattern": "[0-9a-fA-F]{40}"},
        "RepositoryNameList": {"min": 1, "max": 100},
        "CommitIdsInputList": {"min": 1, "max": 100},
        "TargetList": {"min": 1},
        "TagsMap": {"max": 50},
        "TagKeysList": {"min": 1, "max": 50},
        "TagKey": {"pattern": "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"},
        "TagValue": {"pattern": "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*"},
        "RepositoryTriggersList": {"max": 10},
        "RepositoryTriggerName": {"min": 1, "max": 100},
        "RepositoryTriggerCustomData": {"max": 1000},
        "RepositoryTriggerEventList": {"min": 1},
        "BranchNameList": {"max": 10},
        "Content": {"max": 10240},
        "Name": {"max": 1024},
        "Email": {"max": 256},
        "Message": {"max": 262144},
        "Path": {"max": 4096},
    }
}

# Required members where the model is not followed: GetBranch's are optional there, although each has an exception for
# its absence and nothing works without it; the KMS ones are optional in the SDK, which is newer.
AMENDED_REQUIRED = {
    "codecommit": {"GetBranchInput": ["repositoryName", "branchName"]},
    "kms": {"CreateGrantRequest": ["KeyId", "Operations"], "ListRetirableGrantsRequest": []},
}

# Operations that the SDK has and the model of the botocore used here may lack; read off the SDK's types and @throws.
ADDED_OPERATIONS = {
    "codecommit": {
        "GetBlobDifferences": {
            "input": {
                "required": ["repositoryName", "afterBlobId"],
                "members": {
                    "repositoryName": "RepositoryName",
                    "afterBlobId": "ObjectId",
                    "beforeBlobId": "ObjectId",
                    "contextLines": "ContextLines",
                },
            },
            "shapes": {"ContextLines": {"type": "integer", "min": 0, "max": 20}},
            "errors": [
                "BlobIdDoesNotExistException",
                "BlobIdRequiredException",
                "FileTooLargeException",
                "InvalidBlobIdException",
                "InvalidContinuationTokenException",
                "InvalidMaxResultsException",
                "InvalidRepositoryNameException",
                "RepositoryDoesNotExistException",
                "RepositoryNameRequiredException",
                "ValidationException",
            ],
        }
    }
}

TYPES = {"integer": "number", "long": "number", "float": "number", "double": "number"}


def load_model(service):
    data = os.path.join(os.path.dirname(botocore.__file__), "data", service)
    path = sorted(glob.glob(os.path.join(data, "*", "service-2.json*")))[-1]
    opened = gzip.open(path) if path.endswith(".gz") else open(path, "rb")
    with opened as file:
        return json.load(file)


def amend(service, model):
    for name, limits in ADDED_LIMITS.get(service, {}).items():
        model["shapes"][name].update(limits)
    for name, required in AMENDED_REQUIRED.get(service, {}).items():
        model["shapes"][name]["required"] = required
    for name, operation in ADDED_OPERATIONS.get(service, {}).items():
        if name in model["operations"]:
            raise SystemExit(f"botocore now has {service}:{name}: remove it from ADDED_OPERATIONS")
        shape = name + "Input"
        members = {member: {"shape": target} for member, target in operation["input"]["members"].items()}
        model["shapes"].update(operation["shapes"])
        model["shapes"][shape] = {**operation["input"], "type": "structure", "members": members}
        model["operations"][name] = {
            "input": {"shape": shape},
            "errors": [{"shape": error} for error in operation["errors"]],
        }


def javascript_pattern(pattern):
    """The pattern of Java's regular expressions as JavaScript takes it with the `u` flag."""
    converted = pattern.replace(r"\u10000-\u10FFFF", r"\u{10000}-\u{10FFFF}")
    converted = re.sub(r"\\([:@,=])", r"\1", converted)
    # Java's \s is ASCII only.
    return converted.replace(r"\s", r"\t\n\v\f\r ")


class Collector:
    """Keeps the shapes that limit something; `keep` answers the name, or None for a shape without limits."""

    def __init__(self, shapes):
        self.shapes = shapes
        self.kept = {}
        self.without_limits = set()

    def keep(self, name):
        if name in self.kept:
            return name
        if name in self.without_limits:
            return None
        # Met again from within itself, a shape counts as limited.
        self.kept[name] = None
        limited = self.limited(self.shapes[name])
        if limited is None:
            del self.kept[name]
            self.without_limits.add(name)
            return None
        self.kept[name] = limited
        return name

    def limited(self, shape):
        kind = shape["type"]
        if kind == "structure":
            return self.limited_structure(shape)
        limits = {key: shape[key] for key in ("min", "max", "enum") if key in shape}
        if kind == "list":
            item = self.keep(shape["member"]["shape"])
            return {"type": "list", **limits, **({"item": item} if item else {})} if limits or item else None
        if kind == "map":
            key, value = self.keep(shape["key"]["shape"]), self.keep(shape["value"]["shape"])
            targets = {**({"key": key} if key else {}), **({"value": value} if value else {})}
            return {"type": "map", **limits, **targets} if limits or targets else None
        if "pattern" in shape:
            limits["pattern"] = shape["pattern"]
            converted = javascript_pattern(shape["pattern"])
            if converted != shape["pattern"]:
                limits["expression"] = converted
        if not limits:
            return None
        sensitive = {"sensitive": True} if shape.get("sensitive") else {}
        return {"type": TYPES.get(kind, kind), **limits, **sensitive}

    def limited_structure(self, shape):
        required = shape.get("required", [])
        members = {}
        for member, reference in shape["members"].items():
            target = self.keep(reference["shape"])
            if target or member in required:
                members[member] = target or ""
        if not members:
            return None
        return {"type": "structure", **({"required": required} if required else {}), "members": members}


def first_sentence(documentation):
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", documentation)).strip()
    return re.match(r".*?\.(?=\s|$)|.*$", text).group(0)


def typescript_key(key):
    return key if re.fullmatch(r"[A-Za-z_]\w*", key) else json.dumps(key)


def typescript(value):
    """Compact TypeScript of a JSON value, with bare keys where they may be bare."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{typescript_key(key)}: {typescript(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(typescript(item) for item in value) + "]"
    return json.dumps(value)


def table(name, entries):
    lines = [f"  {name}: {{"]
    lines += [f"    {key}: {typescript(value)}," for key, value in sorted(entries.items())]
    return lines + ["  },"]


def generate(service):
    model = load_model(service)
    amend(service, model)
    collector = Collector(model["shapes"])
    inputs = {}
    for name, operation in model["operations"].items():
        kept = collector.keep(operation["input"]["shape"]) if "input" in operation else None
        if kept:
            inputs[name] = kept
    declares_errors = service == "codecommit"
    kind = "ConstraintsWithExceptions" if declares_errors else "Constraints"
    lines = [
        f"// Generated by scripts/generate-constraints.py from botocore {botocore.__version__}; do not edit.",
        "// Copyright Amazon.com, Inc. or its affiliates. Licensed under the Apache License, Version 2.0; see NOTICE.",
        f"import type {{ {kind} }} from '../constraints.ts';",
        "",
        f"export const {service}Constraints: {kind} = {{",
    ]
    lines += table("inputs", inputs)
    lines += table("shapes", collector.kept)
    if declares_errors:
        refusal = re.compile(r"(Required|^Invalid|Exceeded|TooMany|InvalidId|^Validation).*Exception$")
        declared = {
            name: sorted({e["shape"] for e in operation.get("errors", []) if refusal.search(e["shape"])})
            for name, operation in model["operations"].items()
        }
        names = {error for errors in declared.values() for error in errors}
        lines += table("exceptions", declared)
        lines += table(
            "sentences",
            {e: first_sentence(model["shapes"].get(e, {}).get("documentation", "The input is not valid.")) for e in names},
        )
    lines += ["};", ""]
    with open(os.path.join(TARGET, service + ".generated.ts"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines))


for each in SERVICES:
    generate(each)
