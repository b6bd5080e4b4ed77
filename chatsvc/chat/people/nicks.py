"""Nicks: the names that people choose."""

from __future__ import annotations

import re
import unicodedata

from chatsvc.chat.people.given_names import PREFIX
from chatsvc.text.lookalikes import NAMES_OF_PEOPLE, TWO_FACED, compatible, is_greek, skeleton
from chatsvc.text.names import (
    KEYWORDS,
    LONGEST,
    MOST_NORMALIZED,
    SHORTEST,
    BadName,
    check_characters,
)


class ReservedName(BadName):
    """A name is well formed, but nobody can have it."""


def checked(name: str) -> str:
    """The name in NFC. Raises BadName; ReservedName if it is well formed.

    A name has letters and decimal digits of any script, "-" and "_", and combining characters after
    a letter, which many scripts need.
    """
    # Normalising a pile of marks takes quadratic time; at most four characters become one.
    name = unicodedata.normalize("NFC", name[:MOST_NORMALIZED])
    if not SHORTEST <= len(name) <= LONGEST:
        raise BadName(f"A name has {SHORTEST} to {LONGEST} characters.")
    check_characters(name)
    if not TWO_FACED.isdisjoint(compatible(name)) and not is_greek(name):
        raise BadName('Greek "ν" and "υ" look like other letters: they are for all-Greek names.')
    look = skeleton(name)
    if _GIVEN.fullmatch(look):
        text = f'Names like "{PREFIX}7" are given by the server; nobody can choose one.'
        raise ReservedName(text)
    if look in _RESERVED and name.casefold() not in NAMES_OF_PEOPLE:
        raise ReservedName(f'"{name}" is reserved, or looks like a name that is.')
    return name


_GIVEN = re.compile(rf"{skeleton(PREFIX)}[{skeleton('0123456789')}\d]+")
_RESERVED = frozenset(
    skeleton(name)
    for name in (
        *KEYWORDS,
        *("system", "root", "admin", "administrator", "operator", "moderator", "staff"),
        *("everyone", "everybody", "all", "anyone", "someone", "nobody", "here", "me", "you"),
        *("client", "guest", "anonymous"),
        *("nickserv", "chanserv"),  # to whom people by IRC, and out of habit, write passwords
    )
)
