"""A newcomer: what a client has said before it has registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.accounts.account import NO_METADATA

if TYPE_CHECKING:
    from chatsvc.chat.accounts.account import Account
    from chatsvc.door.porch import Porch


class Newcomer:
    """A client that has yet to register.

    porch: takes its messages; None before the first.
    is_negotiating: whether it negotiates capabilities, and registers when that is done.
    wanted: the nick that it has asked for; empty for none yet.
    username: its owner's user name; empty for none yet.
    realname: its owner's real name; empty for none yet.
    account: to which it has logged in; None for none.
    era: the account's when it has.
    facts: the metadata that it has set for its owner.
    messages: the number of its messages.
    """

    __slots__ = (
        "account", "era", "facts", "is_negotiating", "messages", "porch", "realname", "username",
        "wanted",
    )  # fmt: skip

    def __init__(self) -> None:
        self.porch: Porch | None = None
        self.is_negotiating = False
        self.wanted = ""
        self.username = ""
        self.realname = ""
        self.account: Account | None = None
        self.era = ""
        self.facts = NO_METADATA
        self.messages = 0
