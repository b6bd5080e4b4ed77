"""Found settings: their values, and where these come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from chatsvc.errors import SHOWN
from chatsvc.text.safe import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatsvc.settings.kind import Raw
    from chatsvc.settings.setting import Setting


class Origin(NamedTuple):
    """Where a value comes from.

    kind: option, file, environment, or default.
    place: the option, the file with the line, or the variable; empty for a default.
    """

    kind: str
    place: str


class Found(NamedTuple):
    """A setting with the value in force.

    raw: the value as it is written; None for nothing.
    value: what the text means; None for nothing.
    """

    setting: Setting
    raw: Raw | None
    value: object
    origin: Origin

    @property
    def label(self) -> str:
        """The beginning of a line about the value."""
        if self.origin.kind == "file":
            return f"{self.origin.place}: {self.setting.name}"
        return self.origin.place or f"--{self.setting.name}"

    def parsed(self) -> Found:
        """The same, with the value that the text means. Raises ValueError."""
        if self.raw is None:
            return self
        return self._replace(value=self.setting.kind.parse(self.raw))


def shown(name: str) -> str:
    """A wrong name, for a line about it."""
    return clean(name)[:SHOWN]


def near(name: str, names: Iterable[str]) -> str:
    """A question for the name that was meant; empty if none is near."""
    from difflib import get_close_matches  # only mistakes wait for it

    found = get_close_matches(name[:SHOWN], names, 1)
    return f"; did you mean {found[0]}?" if found else ""
