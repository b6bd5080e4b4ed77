"""People who are gone, for WHOWAS."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from chatsvc.chat.people.ignoring import keys_of
from chatsvc.doors.irc.wording.people import account_name, host, realname, username
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from chatsvc.chat.accounts.ignored import Keys
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.people.user import User

MOST_GONE = 500  # those known


class Gone(NamedTuple):
    """Somebody who is gone, or has another name.

    account: the name of their account; empty for none.
    keys: by which people ignore them.
    when: the time, in words.
    """

    name: str
    username: str
    host: str
    realname: str
    account: str
    keys: Keys
    when: str


class AllGone:
    """All who are gone, the last ones first."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._all: deque[Gone] = deque(maxlen=MOST_GONE)
        self._last: dict[str, Gone] = {}  # by the folded names

    def note(self, user: User, name: str) -> None:
        """Note that somebody leaves, or gives a name up."""
        when = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(self._chat.clock.now()))
        who = (name, username(user), host(self._chat, user), realname(user), account_name(user))
        gone = Gone(*who, keys_of(user), when)
        self._all.appendleft(gone)
        self._last.pop(folded(name), None)
        self._last[folded(name)] = gone
        if len(self._last) > MOST_GONE:
            del self._last[next(iter(self._last))]

    def source(self, name: str) -> str:
        """The source of a message of somebody who is gone, as far as it is known."""
        gone = self._last.get(folded(name))
        if gone is None:
            return f"{name}!{name}@gone.cloak"
        return f"{name}!{gone.username}@{gone.host}"

    def person(self, name: str) -> tuple[str, str]:
        """The account and the real name of somebody, here or gone; no account is empty."""
        user = self._chat.users.get(name)
        if user is not None:
            return account_name(user), realname(user)
        gone = self._last.get(folded(name))
        return (gone.account, gone.realname) if gone is not None else ("", name)

    def of(self, name: str) -> list[Gone]:
        """Those who had a name."""
        look = folded(name)
        return [each for each in self._all if folded(each.name) == look]
