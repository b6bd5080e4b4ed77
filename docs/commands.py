"""Prints docs/commands.md: what people can type, from the commands themselves."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from chatsvc.chat.moderation.powers import as_markdown
from chatsvc.command.command import commands
from chatsvc.commands.basics import subjects

_HEAD = """# Commands

The commands that people can type, through every door. A line without a slash is said in the room
that you joined or spoke in last, at first to everyone. Two slashes say a line that begins with one.

Parts in brackets are optional; without a `[#room]`, a command is about the room you spoke in last.
Quotes around a message are optional, too. `/help` lists the commands you may use, by subject;
`/help rooms` lists those of one subject, and `/help join` explains one command.
"""

_ROLES = """
## Who may do what to whom

The person who creates a room owns it. In a moderated room, people without voice are visitors. The
server's `--operator` names the operators; `server` in place of a room means the whole server.
Administrators act from outside, with [chatsvc-admin](admin.md).
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
