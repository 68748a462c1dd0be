"""Every operation that lists in pages, by boto3's own paginators where it has them: each entry once and in order."""

import json

from watch import method_name

# AWS has one pair of keys, one set of Git credentials and one alias less than three pages need, and a key one policy.
FEWER = {"ListAccessKeys": 2, "ListServiceSpecificCredentials": 2, "ListAccountAliases": 1, "ListKeyPolicies": 1}
# Its page has no size that a request sets.
WITHOUT_SIZE = {"ListPoliciesGrantingServiceAccess"}
# Calls of the suite say too little to fill three pages.
ARGUMENTS = {
    "GetAccountAuthorizationDetails": {}, "ListUsers": {}, "ListRoles": {}, "ListKeys": {}, "ListPolicies": {"Scope": "Local"},
    "ListVirtualMFADevices": {},
}


def run(suite):
    done = set()
    for service, operation, arguments, _ in suite.calls():
        client = suite.client_for(service, operation)
        model = client.meta.service_model.operation_model(operation)
        if model.input_shape is None or "Marker" not in model.input_shape.members or operation in done:
            continue
        done.add(operation)
        listing = Listing(suite, client, service, operation, ARGUMENTS.get(operation, arguments))
        listing.refuses_foreign_markers()
        if operation not in WITHOUT_SIZE:
            listing.comes_in_pages()
        suite.watch.paged[service, operation] = listing.arguments


class Listing:
    def __init__(self, suite, client, service, operation, arguments):
        self.watch, self.client, self.service, self.operation, self.arguments = suite.watch, client, service, operation, arguments
        self.size, self.next = ("Limit", "NextMarker") if service == "kms" else ("MaxItems", "Marker")
        output = client.meta.service_model.operation_model(operation).output_shape
        self.lists = [name for name, member in output.members.items() if member.type_name == "list"]
        self.name = method_name(client, operation)

    def comes_in_pages(self):
        whole = self.page()
        entries = self.entries(whole)
        self.watch.same(f"{self.operation}, unfinished", self.more(whole), False)
        if len(entries) < FEWER.get(self.operation, 3) or len(set(entries)) != len(entries):
            self.watch.problem(self.operation, "has too few entries or the same twice:", entries)
        for size in (1, 2):
            pages = list(self.paged(size))
            self.watch.same(f"{self.operation} in pages of {size}", self.entries(*pages), entries)
            if any(len(self.entries(page)) > size for page in pages) or len(pages) > -(-len(entries) // size):
                self.watch.problem(self.operation, "has pages of", [len(self.entries(page)) for page in pages])
        if self.client.can_paginate(self.name) and len(self.lists) == 1:
            self.can_be_resumed(entries)

    def can_be_resumed(self, entries):
        """As `--max-items` and `--starting-token` of the AWS CLI do."""
        paginator = self.client.get_paginator(self.name)
        first = paginator.paginate(**self.arguments, PaginationConfig={"MaxItems": 2, "PageSize": 2}).build_full_result()
        found, token = self.entries(first), first.get("NextToken")
        if token is not None:
            found += self.entries(paginator.paginate(**self.arguments, PaginationConfig={"StartingToken": token}).build_full_result())
        self.watch.same(f"{self.operation}, resumed", [found, token is not None], [entries, len(entries) > 2])

    def refuses_foreign_markers(self):
        code, message = {
            "kms": ("InvalidMarkerException", "The specified marker is not valid."), "iam": ("ValidationError", "Invalid Marker."),
        }[self.service]
        if self.operation != "ListKeyPolicies":
            self.watch.refused(self.client, self.operation, code, message, **{**self.arguments, "Marker": "nonsense"})

    def paged(self, size):
        """Pages by the paginator that boto3 has, or else by hand."""
        if self.client.can_paginate(self.name):
            yield from self.client.get_paginator(self.name).paginate(**self.arguments, PaginationConfig={"PageSize": size})
            return
        page = self.page(**{self.size: size})
        yield page
        while self.more(page):
            page = self.page(**{self.size: size, "Marker": page[self.next]})
            yield page

    def page(self, **more):
        return self.watch.call(self.client, self.operation, **{**self.arguments, **more})

    def more(self, page):
        return page.get("Truncated" if self.service == "kms" else "IsTruncated", False)

    def entries(self, *pages):
        """Of each list in its order; which lists come first is the server's own affair."""
        return [json.dumps([name, entry], default=str, sort_keys=True)
                for name in self.lists for page in pages for entry in page.get(name, [])]
