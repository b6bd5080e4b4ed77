"""Emoji by their names, as people know them from other chats; the library is loaded when needed."""

from __future__ import annotations

from functools import cache

from chatsvc.terminal.editing.fuzzy import best

MOST = 50  # emoji that are found at once


@cache
def by_name() -> dict[str, str]:
    """All emoji by their names, shorter names first; none without the library."""
    try:
        from emoji import EMOJI_DATA, STATUS
    except ImportError:
        return {}
    found: dict[str, str] = {}
    for text, about in EMOJI_DATA.items():
        if about["status"] == STATUS["fully_qualified"]:
            for name in (*about.get("alias", ()), about["en"]):
                if name[1:2] != "_":  # ":_1:", which is ":-1:" as well
                    found.setdefault(name.strip(":").casefold(), text)
    return dict(sorted(found.items(), key=lambda each: len(each[0])))


def like(begun: str) -> list[str]:
    """The emoji whose names begin with a text; if there are none, those whose names match."""
    look = begun.casefold()
    names = [name for name in by_name() if name.startswith(look)][:MOST]
    names = names or best(begun, by_name(), str.casefold, MOST)
    return list(dict.fromkeys([by_name()[name] for name in names]))


def name_of(text: str) -> str:
    """The shortest name of an emoji; empty if it is none."""
    return _names().get(text, "") if by_name.cache_info().currsize else ""


@cache
def _names() -> dict[str, str]:
    found: dict[str, str] = {}
    for name, text in by_name().items():
        if len(name) > 1:
            found.setdefault(text, name)
    return found
