"""The program chatsvc-server: the server in the foreground, as `twistd -n chatsvc` runs it.

It is for installations without the programs of other packages, such as `pipx install chatsvc`.
"""

from __future__ import annotations

import sys

from twisted.scripts import twistd


def main() -> None:
    """Run the server, with the options that `twistd -n chatsvc` has after its name."""
    sys.argv[1:1] = ["--nodaemon", "--pidfile=", "chatsvc"]
    twistd.run()


if __name__ == "__main__":
    main()
