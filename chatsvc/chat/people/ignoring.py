"""Ignoring people, under any name and on any connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.accounts.ignored import Someone, account_keys, keys_of_name, short
from chatsvc.chat.logs.wording import Filter
from chatsvc.chat.people.keys import guest_key
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from chatsvc.chat.accounts.ignored import Ignored, Keys
    from chatsvc.chat.logs.log import Entry
    from chatsvc.chat.logs.wording import Wording
    from chatsvc.chat.people.user import User
    from chatsvc.events.event import Author


def someone_here(user: User) -> Someone:
    """A person who is here, with the keys of former names that nobody else has."""
    names = (*user.former_names, user.given_name, user.name)
    keys = [key for name in names for key in keys_of_name(name)[1:]]
    return Someone(user.name, [*keys, *keys_of(user)], user)


def keys_of(user: User) -> Keys:
    """The keys of a person who is here: the account; or the given name, and name with address.

    All people without an address count as having the same one.
    """
    if user.account is not None:
        return account_keys(user.account.name)
    address = user.sessions[0].address if user.sessions else user.address
    return (short(guest_key(user)), short(f"at {address} {folded(user.name)}"))


def ignores(user: User, other: User) -> bool:
    """Whether a person ignores another."""
    return bool(user.ignored) and user.ignored.find(keys_of(other)) is not None


def heard(
    entries: Sequence[Entry], ignored: Ignored, known_by: Callable[[Author], Keys]
) -> Sequence[Entry]:
    """The entries without the words of ignored people, in events of any kind.

    known_by: returns the keys of an author.
    """
    if not ignored:
        return entries
    left = []
    for entry in entries:
        author = entry.event.author
        if author.name and ignored.find(known_by(author)):
            event = entry.event.without_words()
            if event is None:
                continue
            entry = entry._replace(event=event, line=str(event).encode())
        left.append(entry)
    return left


class WithoutIgnored(Filter):
    """A wording without the words of ignored people."""

    __slots__ = ("_ignored", "_known_by")

    def __init__(
        self, ignored: Ignored, known_by: Callable[[Author], Keys], wording: Wording
    ) -> None:
        super().__init__(wording)
        self._ignored = ignored
        self._known_by = known_by

    def __call__(self, entries: Sequence[Entry]) -> bytes:
        """The bytes of the entries that are not left out."""
        return self.wording(heard(entries, self._ignored, self._known_by))

    def keys_of(self, author: Author) -> Keys:
        """The keys of an author."""
        return self._known_by(author)

    def leaves_out(self, keys: Iterable[str]) -> bool:
        """Whether it leaves out people with these keys."""
        return self._ignored.has_any_of(keys)
