"""Prints docs/commands.md: what people can type, from the commands themselves."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from chatsvc.chat.moderation.powers import as_markdown
from chatsvc.command import commands
from chatsvc.commands.helping import subjects

_HEAD = """# Commands

What people can type, through every door. A line without a slash is said in the room that one joined
or spoke in last; at first that is to everyone. Two slashes say a line that begins with one.

What stands in brackets may be left out; for a `[#room]`, that is then the room in which one spoke
last. Quotes around a message may be left out, too. `/help` lists what one may use, by subject;
`/help rooms` tells of one subject, and `/help join` of one command.
"""

_ROLES = """
## Who may do what to whom

Who makes a room owns it. In a moderated room, a visitor is somebody without a voice. Operators are
those whom the server's `--operator` names; `server` in place of a room is the whole server.
"""


def _sections() -> Iterator[str]:
    known = [each for each in commands().values() if each.who != "programs"]
    for name, subject in subjects(known).items():
        yield f"## {name.capitalize()}"
        yield f"{subject.title[0].upper()}{subject.title[1:]}"
        for each in subject.commands:
            also = "".join(f", `/{name}`" for name in each.names[1:])
            yield f"`{each.syntax}`{also}"
            yield "\n\n".join(each.help)


def reference() -> str:
    """The whole page."""
    return "\n\n".join([_HEAD.strip(), *_sections(), _ROLES.strip(), as_markdown()]) + "\n"


if __name__ == "__main__":
    print(reference(), end="")
