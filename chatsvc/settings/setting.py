"""One setting of the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatsvc.settings.kind import Kind, Raw

PREFIX = "CHATSVC_"  # of variables in the environment


@dataclass(frozen=True)
class Setting:
    """One setting: an option, a key of chatsvc.toml, and a variable in the environment.

    name: of the option without its --, and the key in the file.
    section: the table of the file in which it stands.
    kind: what it takes.
    default: its text without any of these; None for nothing.
    help: its purpose, for the command line; a clause without a full stop.
    more: further information for the documents; sentences.
    example: a value for the documents, where the default is nothing.
    is_live: whether it can change while the server runs.
    short: the option's letter; empty for none.
    """

    name: str
    section: str
    kind: Kind
    default: str | None
    help: str
    more: str = ""
    example: str = ""
    is_live: bool = False
    short: str = ""

    @property
    def variable(self) -> str:
        """The name of its variable in the environment."""
        return PREFIX + self.name.upper().replace("-", "_")

    def raw_of(self, value: object) -> Raw:
        """A value of TOML as it would be written elsewhere. Raises ValueError."""
        try:
            return self.kind.raw_of(value)
        except ValueError as error:
            raise ValueError(f"{self.name}: {error}") from None

    @property
    def default_raw(self) -> Raw | None:
        """Its default, as it would be written."""
        if self.kind.is_list:
            return self.default.split(",") if self.default else []
        return self.default
