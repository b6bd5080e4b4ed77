"""Aliases: the user's own commands, which stand for others or for a text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chatsvc.client.own_commands import called, is_command

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST = 100
LONGEST = 500  # characters that an alias stands for
LONGEST_LINE = 16 * 1024  # characters, once the words are put in
# Names that other clients have for commands of the screen; the user's aliases win.
USUAL = {
    "buffer": "/window",
    "j": "/join",
    "lastlog": "/search",
    "names": "/who",
    "wc": "/close",
    "win": "/window",
}
_NAME = re.compile(r"[a-z0-9_-]{1,20}")
_PLACE = re.compile(r"\$([1-9*$])")


def checked(aliases: Mapping[str, object]) -> dict[str, str]:
    """Aliases with their names in lower case. Raises ValueError."""
    found: dict[str, str] = {}
    for name, text in aliases.items():
        if not _NAME.fullmatch(name.casefold()):
            raise ValueError(
                f"an alias has 1 to 20 of the letters a to z, digits, - and _: {name[:50]!r}"
            )
        if not isinstance(text, str) or not text.strip() or len(text) > LONGEST:
            raise ValueError(f"the alias {name} stands for 1 to {LONGEST} characters")
        if name.casefold() in found:
            raise ValueError(f"there are two aliases {name.casefold()}")
        found[name.casefold()] = text
    if len(found) > MOST:
        raise ValueError(f"there are at most {MOST} aliases")
    return found


def meaning(text: str, aliases: Mapping[str, str]) -> str:
    """A typed line, or what it stands for if it begins with an alias; empty if that is too long.

    Commands win over aliases.
    """
    name = called(text)
    if name not in aliases or is_command(name) or text[1:2].isspace():
        return text
    return expanded(text, aliases[name])


def expanded(text: str, alias: str) -> str:
    """What a typed line stands for whose first word is an alias; empty if that is too long.

    $1 to $9 are the words after the first, $* all of them, and $$ a dollar. Without any, they
    follow. The result is not looked up again.

    alias: the text that it stands for.
    """
    rest = "".join(text.split(None, 1)[1:]).rstrip()
    words = rest.split()

    def put(place: re.Match[str]) -> str:
        if place[1] in "*$":
            return rest if place[1] == "*" else "$"
        return words[int(place[1]) - 1] if int(place[1]) <= len(words) else ""

    if len(alias) + len(_PLACE.findall(alias)) * len(rest) > LONGEST_LINE + LONGEST:
        return ""
    if not any(place[1] != "$" for place in _PLACE.finditer(alias)):
        return f"{_PLACE.sub(put, alias)} {rest}".rstrip()
    return _PLACE.sub(put, alias).rstrip()
