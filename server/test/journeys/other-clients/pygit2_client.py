"""See client.ts for what each command is to do."""

import os
import sys

import pygit2

command, folder, *rest = sys.argv[1:]


class Callbacks(pygit2.RemoteCallbacks):
    asked = 0

    def credentials(self, url, username_from_url, allowed_types):
        self.asked += 1
        if self.asked > 1:
            raise PermissionError("authentication failed")
        return pygit2.UserPass(os.environ["CLIENT_USER"], os.environ["CLIENT_PASSWORD"])

    def push_update_reference(self, refname, message):
        if message is not None:
            raise PermissionError(f"{refname}: {message}")


if command == "clone":
    pygit2.clone_repository(os.environ["CLIENT_URL"], folder, callbacks=Callbacks())
else:
    repository = pygit2.Repository(folder)
    remote = repository.remotes["origin"]
    if command == "push":
        with open(os.path.join(folder, "from-client"), "w") as file:
            file.write("pygit2\n")
        repository.index.add("from-client")
        author = pygit2.Signature("P", "p@example.com")
        tip = repository.create_commit(
            "HEAD", author, author, "From pygit2", repository.index.write_tree(), [repository.head.target]
        )
        repository.references.create(f"refs/heads/{rest[0]}", tip, force=True)
        remote.push([f"refs/heads/{rest[0]}:refs/heads/{rest[0]}"], callbacks=Callbacks())
        print(tip)
    elif command == "fetch":
        remote.fetch(callbacks=Callbacks())
        print(repository.references["refs/remotes/origin/main"].target)
