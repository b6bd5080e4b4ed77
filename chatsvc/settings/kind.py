"""Kinds of settings: what they take, and how their texts are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatsvc.text.safe import clean

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_SHOWN = 80  # characters of a wrong value that a mistake repeats

Raw = str | list[str]  # a value as it is written: one text, or several


@dataclass(frozen=True)
class Kind:
    """A kind of settings.

    form: stands for the value in documents, as in --port N.
    allowed: what is allowed, in words that follow "is".
    parse: returns the value of a text, or of a list of texts if is_list; raises ValueError, which
        says what is allowed.
    takes_numbers: whether a number in chatsvc.toml is taken for its text.
    takes_switches: whether true and false in chatsvc.toml are taken for on and off.
    is_list: whether there may be several values: a list in chatsvc.toml, elsewhere with commas.
    is_repeatable: whether the option is given once for each value, instead of with commas.
    """

    form: str
    allowed: str
    parse: Callable[[Any], object]
    takes_numbers: bool = False
    takes_switches: bool = False
    is_list: bool = False
    is_repeatable: bool = False

    def raw(self, text: str) -> Raw:
        """A value as it is written on the command line, or in the environment."""
        return [each.strip() for each in text.split(",")] if self.is_list else text

    def raw_of(self, value: object) -> Raw:
        """A value as it would be written, for one of TOML's types. Raises ValueError."""
        if isinstance(value, bool):
            if self.takes_switches:
                return "on" if value else "off"
        elif isinstance(value, str):
            return self.raw(value)
        elif isinstance(value, int | float):
            if self.takes_numbers:
                return str(value)
        elif isinstance(value, list) and self.is_list:
            texts: list[str] = [each for each in value if isinstance(each, str)]
            if len(texts) == len(value):
                return texts
        raise wrong(value, self.allowed)


def wrong(value: object, allowed: str) -> ValueError:
    """The error for a wrong value.

    allowed: what is allowed, in words that follow "is not".
    """
    if isinstance(value, bool):
        shown = "true" if value else "false"
    elif isinstance(value, dict):
        shown = "a table"
    else:
        shown = clean(repr(value)) if isinstance(value, str | list) else clean(str(value))
    if len(shown) > MOST_SHOWN:
        shown = f"{shown[:MOST_SHOWN]}..."
    return ValueError(f"{shown} is not {allowed}.")
