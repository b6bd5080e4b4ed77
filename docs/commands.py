"""Prints docs/commands.md: what people can type, from the commands themselves."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from chatsvc.chat.roles import as_markdown
from chatsvc.command import Command, commands

_HEAD = """# Commands

What people can type, through every door. A line without a slash is said in the room in which one
spoke last; at first that is to everyone. Two slashes say a line that begins with one.

What stands in brackets may be left out; for a `[#room]`, that is then the room in which one spoke
last. Quotes around a message may be left out, too. `/help` lists all of this, and `/help command`
explains one.
"""

_ROLES = """
## Who may do what to whom

Who makes a room owns it. In a moderated room, a visitor is somebody without a voice. Operators are
those whom the server's `--operator` names; `server` in place of a room is the whole server.
"""


def _sections() -> Iterator[str]:
    subjects: dict[str, list[Command]] = {}
    for each in dict.fromkeys(commands().values()):
        if each.who == "programs":
            continue
        subjects.setdefault(each.function.__module__, []).append(each)
    for module, found in sorted(subjects.items()):
        title = (sys.modules[module].__doc__ or "").partition("\n")[0].rstrip(".")
        yield f"## {title}"
        for each in found:
            also = "".join(f", `/{name}`" for name in each.names[1:])
            yield f"`{each.syntax}`{also}"
            yield "\n\n".join(each.help)


def reference() -> str:
    """The whole page."""
    return "\n\n".join([_HEAD.strip(), *_sections(), _ROLES.strip(), as_markdown()]) + "\n"


if __name__ == "__main__":
    print(reference(), end="")
