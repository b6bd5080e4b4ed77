"""Renaming, merging and splitting people."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from chatsvc.chat.people.ignoring import keys_of
from chatsvc.chat.people.user import MOST_FORMER
from chatsvc.events.people import Identified, Merged, Renamed

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.direct.pairs import Pairs
    from chatsvc.chat.identity.tokens import Tokens
    from chatsvc.chat.moderation.tenure import Tenure
    from chatsvc.chat.people.given_names import Names
    from chatsvc.chat.people.user import Session, User
    from chatsvc.chat.people.users import Users
    from chatsvc.chat.people.visits import Visits
    from chatsvc.chat.presence.announcements import Announcements
    from chatsvc.chat.presence.arrivals import Arrivals
    from chatsvc.chat.rooms.joining import Joining
    from chatsvc.chat.rooms.rooms import Rooms
    from chatsvc.journal import Journal


@dataclass(eq=False)
class Renaming:
    """Changes who a person is, and announces it.

    merging: each called with an announced guest, and the person that the guest is about to become.
    """

    _journal: Journal
    _delivery: Delivery
    _users: Users
    _names: Names
    _visits: Visits
    _announcements: Announcements
    _arrivals: Arrivals
    _rooms: Rooms
    _joining: Joining
    _pairs: Pairs
    _tenure: Tenure
    _tokens: Tokens
    merging: list[Callable[[User, User], object]] = field(default_factory=list)

    def rename(self, user: User, name: str, account: str = "") -> None:
        """Rename a person. Raises ChatError.

        account: the name of the account that the person is about to own, if any.
        """
        old = user.name
        is_silent = any(map(self._announcements.is_silent, user.sessions))
        if not is_silent:
            self._announcements.announce()  # it may have come just now, under the old name
        self._users.rename(user, name)
        if user.name != old:
            for session in user.sessions:
                self._visits.note(user.name, session.address)
            if old != user.given_name:
                user.former_names = (*user.former_names[1 - MOST_FORMER :], old)
            if user.ignored:  # else its keys would be made, and kept, for nothing
                user.ignored.spare(keys_of(user))
            self._tokens.note(user)
            if is_silent:
                return  # the old name was never announced
            self._journal.write("renamed", name=old, new=user.name)
            self._announcements.tell(user, Renamed(old, user.name, account or user.account_name))

    def disown(self, user: User) -> None:
        """Make a person a guest again, under the given name."""
        former = user.account_name
        self._pairs.leave(user)
        self._users.disown(user)
        self.rename(user, user.given_name)
        self._announcements.watch(user, Identified(user.name, former))

    def merge(self, session: Session, owner: User) -> None:
        """Move a guest's session to another person, which ends the guest."""
        guest = session.user
        is_known = not self._announcements.forget(session)
        if is_known:
            self._journal.write("renamed", name=guest.name, new=owner.name)
            merged = Merged(guest.name, owner.name, owner.account_name)
            self._announcements.tell_merged(merged, partial(self._admit, owner))
            for hook in self.merging:
                hook(guest, owner)
        self._visits.note(owner.name, session.address)
        guest.remove_session(session)
        owner.add_session(session)
        self._users.remove(guest)
        self._names.take_back(guest.given_name, guest.address)
        self._tenure.gone(guest)
        self._tokens.hand_over(guest, owner)
        self._joining.hand_over(guest, session)
        if not is_known:
            self._rooms.lobby.add_reader(session)
            self._admit(owner, 0)
        self._pairs.clear(guest)
        self._users.show(session, session.unfiltered)

    def split(self, session: Session) -> None:
        """Move one of a person's sessions to a new guest."""
        user = session.user
        user.remove_session(session)
        for room in self._rooms.of(user):
            # Otherwise its joining is still to come.
            if room is not self._rooms.lobby and session in room.readers:
                self._delivery.stop_reading(room, session)
        for pair in self._pairs.of(user):
            if session in pair.readers:
                self._delivery.stop_reading(pair, session)
        self._tokens.revoke(session)
        guest = self._arrivals.guest(session)
        self._visits.note(guest.name, session.address)
        self._users.add(guest)
        self._users.show(session, session.unfiltered)
        self._announcements.tell_joined(guest)

    def _admit(self, user: User, _: int) -> None:
        """Let all of a person's sessions read the same rooms."""
        self._joining.admit_all(user)
        self._pairs.admit_all(user)
