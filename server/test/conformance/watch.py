"""boto3's clients, watched: what ran, what was refused, and whether each answer has the shape that botocore's model tells."""

import base64
import binascii
import json
import re
import xml.etree.ElementTree as ElementTree

from botocore.config import Config
from botocore.exceptions import ClientError

ABSENT = object()
METHOD_NAMES = {}
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


class Watch:
    """Runs operations by their names in the API, and keeps every problem instead of stopping at the first."""

    def __init__(self, make_client):
        self._make_client = make_client
        self.succeeded = set()
        self.refused_with = set()
        self.paged = {}
        self.problems = []

    def client(self, service, **options):
        """A client that lets everything out, so that the server is what refuses."""
        made = self._make_client(service, config=Config(parameter_validation=False), **options)
        made.meta.events.register(f"after-call.{service}", self._after_call)
        return made

    def problem(self, *parts):
        self.problems.append(" ".join(map(str, parts)))

    def same(self, what, found, expected):
        for difference in differences(found, expected, what):
            self.problem(difference)

    def call(self, client, operation, expected=None, **arguments):
        """The answer, which must have what is expected of it; an empty one where the operation is refused."""
        try:
            answer = method(client, operation)(**arguments)
        except ClientError as error:
            self.problem(operation, shown(arguments), "was refused:", error.response["Error"])
            return {}
        answer.pop("ResponseMetadata")
        self.same(operation, answer, {} if expected is None else expected)
        return answer

    def make(self, client, operation, **arguments):
        """The answer of a call that all else builds on."""
        try:
            return method(client, operation)(**arguments)
        except ClientError as error:
            raise RuntimeError(f"{operation} {shown(arguments)} was refused; {self.problems}") from error

    def refused(self, client, operation, code, message, **arguments):
        """The operation must be refused with this code, and this message in full or as a pattern."""
        try:
            method(client, operation)(**arguments)
        except ClientError as error:
            found = error.response["Error"]
            self.same(f"{operation} {shown(arguments)}", [found["Code"], found.get("Message", "")], [code, message])
        else:
            self.problem(operation, shown(arguments), "was not refused with", code)

    def _after_call(self, http_response, parsed, model, **_):
        place = (model.service_model.service_name, model.name)
        if http_response.status_code >= 300:
            self.refused_with.add((*place, parsed["Error"]["Code"]))
            return
        self.succeeded.add(place)
        for problem in shape_problems(model, http_response):
            self.problem(model.name, "answers in another shape:", problem)


def method(client, operation):
    return getattr(client, method_name(client, operation))


def method_name(client, operation):
    """boto3's name of an operation: create_user of CreateUser."""
    service = client.meta.service_model.service_name
    if service not in METHOD_NAMES:
        METHOD_NAMES[service] = {api: name for name, api in client.meta.method_to_api_mapping.items()}
    return METHOD_NAMES[service][operation]


def shown(arguments):
    return json.dumps(arguments, default=repr)[:300]


def differences(found, expected, place):
    """Where `found` is not as expected: a value, a pattern, a test, ABSENT, or a dict of what it must have at least."""
    if expected is ABSENT:
        return [] if found is ABSENT else [f"{place} is there: {found!r}"]
    if found is ABSENT:
        return [f"{place} is missing"]
    if isinstance(expected, re.Pattern):
        return [] if isinstance(found, str) and expected.fullmatch(found) else [f"{place}: {found!r} is no {expected.pattern}"]
    if callable(expected):
        return [] if expected(found) else [f"{place}: {found!r} is not as expected"]
    if isinstance(expected, dict) and isinstance(found, dict):
        return [each for key, value in expected.items() for each in differences(found.get(key, ABSENT), value, f"{place}.{key}")]
    if isinstance(expected, list) and isinstance(found, list) and len(found) == len(expected):
        return [each for number, pair in enumerate(zip(found, expected)) for each in differences(*pair, f"{place}[{number}]")]
    return [] if found == expected else [f"{place}: {found!r} is not {expected!r}"]


def shape_problems(model, response):
    """How the body of an answer differs from the operation's output: members without a place in it, or missing ones."""
    shape = model.output_shape
    if model.service_model.protocol == "json":
        body = json.loads(response.content) if response.content else {}
        return json_problems(shape, body, model.name) if shape is not None else [f"{body}"] if body else []
    root = ElementTree.fromstring(response.content)
    namespace = model.metadata["xmlNamespace"]
    wanted = ["ResponseMetadata"] if shape is None else [f"{model.name}Result", "ResponseMetadata"]
    found = [local_name(child) for child in root]
    if root.tag != f"{{{namespace}}}{model.name}Response" or found != wanted or local_name(root[-1][0]) != "RequestId":
        return [f"{root.tag} of {found}"]
    return [] if shape is None else xml_problems(shape, root[0], model.name)


def json_problems(shape, value, place):
    if shape.type_name == "structure":
        named = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
        return [
            *(f"{place}.{name} is not of the model" for name in value if name not in named),
            *(f"{place}.{name} is missing" for name in shape.required_members if name not in value),
            *(each for name, item in value.items() if name in named for each in json_problems(named[name][1], item, f"{place}.{name}")),
        ]
    if shape.type_name == "list":
        return [each for item in value for each in json_problems(shape.member, item, f"{place}[]")]
    return [] if is_json_scalar(shape, value) else [f"{place} is {value!r}, no {shape.type_name}"]


def is_json_scalar(shape, value):
    if shape.type_name == "blob":
        return is_base64(value)
    if shape.type_name == "boolean":
        return isinstance(value, bool)
    if shape.type_name in ("integer", "long", "timestamp"):
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_text(shape, value) if shape.type_name == "string" else isinstance(value, dict)


def xml_problems(shape, element, place):
    children = list(element)
    if shape.type_name == "structure":
        named = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        found = [local_name(child) for child in children]
        return [
            *(f"{place}.{name} is not of the model" for name in found if name not in named),
            *(f"{place}.{name} comes twice" for name in set(found) if found.count(name) > 1),
            *(f"{place}.{name} is missing" for name in shape.required_members if name not in found),
            *(each for child in children if local_name(child) in named
              for each in xml_problems(named[local_name(child)], child, f"{place}.{local_name(child)}")),
        ]
    if shape.type_name == "list":
        return [each for child in children for each in
                (xml_problems(shape.member, child, f"{place}[]") if local_name(child) == "member" else [f"{place} of {child.tag}"])]
    if shape.type_name == "map":
        parts = [[local_name(part) for part in child] for child in children]
        return [f"{place}: an entry of {found}" for found in parts if found != ["key", "value"]] + [
            each for child in children for part, of in zip(child, (shape.key, shape.value)) for each in xml_problems(of, part, f"{place}{{}}")]
    text = element.text or ""
    return [] if not children and is_xml_scalar(shape, text) else [f"{place} is {text[:80]!r}, no {shape.type_name}"]


def is_xml_scalar(shape, text):
    if shape.type_name == "blob":
        return is_base64(text)
    if shape.type_name == "boolean":
        return text in ("true", "false")
    if shape.type_name == "integer":
        return re.fullmatch(r"-?\d+", text) is not None
    if shape.type_name == "timestamp":
        return TIMESTAMP.fullmatch(text) is not None
    return is_text(shape, text)


# What AWS itself answers outside of its model: MD5 in 47 characters, and words of the IAM User Guide and the KMS guide.
OUTSIDE_OF_THE_MODEL = {
    "publicKeyFingerprintType": re.compile("([0-9a-f]{2}:){15}[0-9a-f]{2}"),
    "PermissionsBoundaryAttachmentType": re.compile("Policy"),
    "PolicySourceType": re.compile("IAM Policy"),
    "GrantNameType": re.compile(".*"),
}


def is_text(shape, value):
    """A value that the model knows, of a length that it allows."""
    if shape.name in OUTSIDE_OF_THE_MODEL:
        return OUTSIDE_OF_THE_MODEL[shape.name].fullmatch(value) is not None
    shortest, longest = (shape.metadata.get(limit) for limit in ("min", "max"))
    is_known = isinstance(value, str) and (not shape.enum or value in shape.enum)
    return is_known and (shortest or 0) <= len(value) <= (longest or len(value))


def is_base64(text):
    try:
        return base64.b64decode(text, validate=True) is not None
    except binascii.Error:
        return False


def local_name(element):
    return element.tag.rsplit("}", 1)[-1]
