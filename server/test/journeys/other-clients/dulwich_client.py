"""See client.ts for what each command is to do."""

import io
import os
import sys

from dulwich import porcelain

command, folder, *rest = sys.argv[1:]
account = {"username": os.environ["CLIENT_USER"], "password": os.environ["CLIENT_PASSWORD"]}
url = os.environ["CLIENT_URL"]
silent = open(os.devnull, "wb")

if command == "clone":
    porcelain.clone(url, folder, errstream=silent, **account).close()
elif command == "push":
    with open(os.path.join(folder, "from-client"), "w") as file:
        file.write("dulwich\n")
    porcelain.add(folder, os.path.join(folder, "from-client"))
    tip = porcelain.commit(folder, message=b"From dulwich", author=b"D <d@example.com>", committer=b"D <d@example.com>")
    # A reference that is refused is told in words only.
    told = io.BytesIO()
    porcelain.push(folder, url, [b"HEAD:refs/heads/" + rest[0].encode()], errstream=told, **account)
    if b" failed: " in told.getvalue():
        sys.exit(told.getvalue().decode())
    print(tip.decode())
elif command == "fetch":
    result = porcelain.fetch(folder, url, errstream=silent, **account)
    print(result.refs[b"refs/heads/main"].decode())
