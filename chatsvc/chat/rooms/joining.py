"""Joining and leaving rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.accounts.allowance import share
from chatsvc.chat.accounts.missed_notices import MissedNotice, add_notice
from chatsvc.chat.logs.log import Entry
from chatsvc.chat.people.ignoring import ignores
from chatsvc.chat.people.keys import guest_key, keys_of, share_key
from chatsvc.chat.rooms.roles import Role
from chatsvc.chat.rooms.room import ACCOUNTS_ONLY
from chatsvc.chat.rooms.settings import MOST_MADE, PASSWORD_LENGTH, check_address
from chatsvc.errors import ChatError
from chatsvc.events.answers import Admitted, Dismissed, Invited, Notice
from chatsvc.events.orders import Kicked
from chatsvc.events.rooms import Entered, Owned, Parted
from chatsvc.text.names import room_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.accounts.accounts import Accounts
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.people.user import Session, User
    from chatsvc.chat.presence.notices import Notices
    from chatsvc.chat.rooms.order import Order
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.chat.rooms.rooms import Rooms
    from chatsvc.chat.rooms.settings import Settings
    from chatsvc.chat.rooms.vacancies import Vacancies
    from chatsvc.clock import Clock, Spawn
    from chatsvc.events.event import Event

MOST_ROOMS = 1000  # at once
MOST_JOINED = 20  # by one person
MOST_INVITED = 100  # to one room, half of them by those who do not keep order there;
MOST_INVITED_BY_ONE = 10  # of these, by one account, or by the guests from one address


class Joining:
    """Lets people into rooms and out of them.

    moved: called with each person who joins or leaves a room.
    backlog: returns a room's backlog up to an id, as replies that follow the event with that id.
    """

    def __init__(
        self,
        clock: Clock,
        spawn: Spawn,
        delivery: Delivery,
        accounts: Accounts,
        notices: Notices,
        rooms: Rooms,
        order: Order,
        settings: Settings,
        vacancies: Vacancies,
    ) -> None:
        self.moved: Callable[[User], object] = lambda user: None
        self.backlog: Callable[[NamedRoom, int], Sequence[Entry]] = lambda room, last_id: ()
        self._clock = clock
        self._spawn = spawn
        self._delivery = delivery
        self._accounts = accounts
        self._notices = notices
        self._rooms = rooms
        self._order = order
        self._settings = settings
        self._vacancies = vacancies

    def join(self, name: str, session: Session, password: str) -> NamedRoom:
        """Join a room, which is made if it does not exist. Raises ChatError."""
        user = session.user
        room = self._rooms.get(name)
        if room is not None and self._rooms.is_in(room, user):
            self._rooms.turn_to(room, session)
            session.tell(f"You are in {room.name}. What you type is said there.")
            return room
        if len(self._rooms.of(user)) > MOST_JOINED:  # the lobby does not count
            raise ChatError(f"You are in {MOST_JOINED} rooms, which is the most. /part one first.")
        if room is None:
            room = self._make(name, user, password)
        else:
            self._order.check_ban(room, user)
            self.check_invited(room, user, password)
        room.invited.pop(user, None)
        session.room = room
        self._seat(room, user)
        joined = room
        where = f"You are in {room.name}"
        if room.owner_key in keys_of(user):
            where += ", which belongs to you"
        others = _others_in_words(len(room.occupants) - 1)
        facts: list[Event] = [Admitted(f"{where}. {others}", room.name)]
        topic = self._rooms.topic(room, user)
        if topic:
            facts.append(Notice(f"The topic of {room.name}: {topic}", room.name))
        nonce = session.nonce

        def enter(entry_id: int) -> None:
            now = self._clock.now()
            shown = [Entry.reply(entry_id, now, each) for each in facts]
            shown += self.backlog(joined, entry_id)
            for each in {session: None} | dict.fromkeys(user.sessions):
                # It may have left meanwhile, or have logged out of the account that joins.
                is_one = each.user is user or each.user in joined.occupants
                if is_one and each in self._rooms.lobby.readers:
                    joined.add_reader(each)
                    told = shown
                    if nonce and each is session:
                        told = [entry._replace(answers=nonce) for entry in shown]
                    self._delivery.tell_joining(each, told)

        self._delivery.append(room, Entered(room.name, user.name), then=enter)
        # A commit may take long, and all who have joined meanwhile are let in when it ends.
        self._delivery.admission.cause_alone()
        return room

    def part(self, room: NamedRoom, session: Session, why: str = "") -> None:
        """Leave a room, perhaps with a reason. Raises ChatError for the lobby."""
        if room is self._rooms.lobby:
            raise ChatError(f"Everyone is in {room.name}. To leave the server, type /quit.")

        user = session.user
        if why:
            try:
                self._order.check_voice(room, user)
            except ChatError:
                why = ""  # the muted may leave, but not speak
        event = Parted(room.name, user.name, why)
        self.remove(room, user, event, f"You have left {room.name}.", session)

    def invite(self, room: NamedRoom, session: Session, other: User) -> None:
        """Invite somebody, who can then join in spite of the key. Raises ChatError."""
        user = session.user
        self._order.check_words(user)
        self._order.check_guest(user, other)
        if self._rooms.is_in(room, other):
            raise ChatError(f"{other.name} is in {room.name} already.")
        is_host = self._order.role_of(room, user) >= Role.MODERATOR
        if room.privacy == "invite-only" and not is_host:
            raise ChatError(f"Only the owner and moderators of {room.name} may invite people.")
        most = MOST_INVITED if is_host else MOST_INVITED // 2
        if len(room.invited) >= most:
            raise ChatError(f"{most} people are invited to {room.name} and have not come.")
        by = share_key(user)
        own = list(room.invited.values()).count(by)
        if own >= MOST_INVITED_BY_ONE and not is_host:
            raise ChatError(f"You have invited {own} people to {room.name} who have not come.")
        if other in room.invited:
            raise ChatError(f"{other.name} is invited to {room.name} already.")
        room.invited[other] = by
        session.tell(f"You have invited {other.name} to {room.name}.")
        if not ignores(other, user):
            text = f"{user.name} invites you: /join {room.name}"
            self._notices.send(other, Invited(text, "", user.name, room.name))

    def remove(
        self, room: NamedRoom, user: User, event: Event, notice: str, by: Session | None = None
    ) -> None:
        """Remove somebody from a room.

        event: what the occupants see.
        notice: to that person.
        by: that person's session that asked for it, if any; it speaks in the lobby from then on.
            The person's other sessions are told when they next speak.
        """
        sessions = user.sessions

        def leave(_: int) -> None:
            # Some sessions may have come since; others may have left, and still read.
            for session in dict.fromkeys((*sessions, *user.sessions)):
                if session in room.readers:  # one that has joined again is let in after this
                    self._delivery.stop_reading(room, session)

        self._delivery.append(room, event, then=leave)
        if user.tokens or user.account is not None or not sessions:
            facts = (room.key, self._delivery.last_id, room.occupants[user], bool(sessions))
            user.keep_notice(MissedNotice(notice, room.name, *facts))
        self._lose(room, user)
        if not isinstance(event, Kicked):  # after which the owner can come back at once
            self._pass_on(room, user)
        if user.account is not None:
            user.account.leave(room.key)
            self._spawn(self._accounts.try_to_keep(user.account))
        for session in sessions:
            left = notice
            if session is by and session.room is room:
                self._rooms.turn_to(self._rooms.lobby, session)
                left += " What you type is said to everyone again."
            answers = session.nonce if session is by else ""
            self._delivery.tell(session, Dismissed(left, room.name), answers)

    def end(self, room: NamedRoom) -> None:
        """End a room that nobody is in, if it has not ended by itself."""
        if self._rooms.holds(room):
            self._vacancies.end(room)

    def gone(self, user: User) -> None:
        """Take a person who has left the server out of all rooms."""
        for room in list(self._rooms.values()):
            room.invited.pop(user, None)
            if user in room.occupants:
                self._lose(room, user)
            self._pass_on(room, user)

    def _lose(self, room: NamedRoom, user: User) -> None:
        """Remove an occupant of a room, which may end."""
        del room.occupants[user]
        self.moved(user)
        if not room.occupants:
            self._vacancies.note(room)

    def _pass_on(self, room: NamedRoom, user: User) -> None:
        """Give a room to an occupant if its owner has left."""
        if room.owner is not user:
            return
        room.owner = None
        if room.occupants and not (room.owner_account or room.is_fixed):
            room.belong_to(next(iter(room.occupants)))
            self._delivery.append(room, Owned(room.name, room.owner_name))
            if self._settings.is_kept(room):
                self._spawn(self._settings.try_to_keep(room))

    def come_back(self, user: User, account: Account, reads_on: bool = False) -> None:
        """Let an account's owner join the account's rooms again, except after a ban.

        The account gets the person's current rooms, too.

        reads_on: whether the person will read everything said there meanwhile.
        """
        rooms = {room.key: room for room in self._rooms.values()}
        for key in list(account.cursors):
            room = rooms.get(key)
            name = key.rpartition("/")[0]
            if room is None:
                account.leave(key)
                add_notice(account, MissedNotice(f"{name} is no more.", name))
            elif notice := self._order.ban_notice(room, user):
                account.leave(key)
                add_notice(account, MissedNotice(notice, room.name))
            else:
                if not reads_on:
                    account.come_back(key, self._delivery.head_of(room))
                if not self._rooms.is_in(room, user):
                    self._enter(room, user)
        for room in self._rooms.of(user):
            account.enter(room.key, self._delivery.head_of(room))
        keep = self._accounts.try_to_keep
        self._clock.start(lambda: self._spawn(keep(account)), goes_on=True)

    def hand_over(self, guest: User, session: Session) -> None:
        """Replace a guest in all rooms by the person who has the guest's session now."""
        owner = session.user
        for room in self._rooms.values():
            if guest in room.invited:
                room.invited[owner] = room.invited.pop(guest)
            if guest in room.occupants:
                is_new = owner not in room.occupants
                del room.occupants[guest]
                self._seat(room, owner)
                if is_new:
                    self._tell_handed_over(room, session)
            if room.owner is guest:
                room.belong_to(owner)
                self._delivery.append(room, Owned(room.name, room.owner_name))
                self._delivery.leave_out(session)

    def _tell_handed_over(self, room: NamedRoom, session: Session) -> None:
        """Tell a person that they are in a room, which this session has read as a guest's."""
        owner = session.user
        text = f"You are in {room.name}. {_others_in_words(len(room.occupants) - 1)}"
        self._delivery.append(room, Entered(room.name, owner.name))
        for each in owner.sessions:
            self._delivery.leave_out(each)
            if each is not session:
                self._delivery.tell(each, Admitted(text, room.name))

    def admit_all(self, user: User) -> None:
        """Let all of a person's sessions read all of the person's rooms."""
        for room in self._rooms.of(user):
            for session in user.sessions:
                if session in self._rooms.lobby.readers and session not in room.readers:
                    room.add_reader(session)

    def check_rooms(self, user: User, account: Account) -> None:
        """Check that a person can join an account's rooms, too. Raises ChatError."""
        both = [
            room
            for room in self._rooms.values()
            if self._rooms.is_in(room, user) or room.key in account.cursors
        ]
        if len(both) > MOST_JOINED + 1:  # the lobby does not count
            raise ChatError(
                f"With the rooms of {account.name} you would be in more than {MOST_JOINED}, which"
                " is the most. /part some of those in which you are now first."
            )

    def restore(self, room: NamedRoom, user: User, entry_id: int) -> None:
        """Restore an occupant after a restart, who had joined after an id."""
        room.belong_again(user)
        room.empty_since = None
        room.occupants[user] = entry_id

    def restored(self) -> None:
        """Give rooms owners, and end empty ones, once all occupants are restored."""
        for room in self._rooms.values():
            is_owned = room.owner is not None or room.owner_account
            if room.occupants and not (is_owned or room.is_fixed):
                room.belong_to(next(iter(room.occupants)))
        self._vacancies.end_empty()

    def put_out_uninvited(self, user: User) -> None:
        """Remove somebody who is a guest again from invite-only rooms."""
        for room in self._rooms.of(user):
            if room.privacy == "invite-only" and room.owner_key != guest_key(user):
                notice = f"You have left {room.name}, which is invite-only."
                self.remove(room, user, Parted(room.name, user.name), notice)

    def _seat(self, room: NamedRoom, user: User) -> None:
        """Add an occupant."""
        room.belong_again(user)
        is_back = room.empty_since is not None
        room.empty_since = None
        # A room without history needs no record, unless somebody's snapshot names it: see
        # `Settings.keep_of`.
        is_to_be_kept = room.has_history or user.account is not None
        if is_back or (is_to_be_kept and not self._settings.is_kept(room)):
            self._spawn(self._settings.try_to_keep(room))
        room.occupants[user] = self._delivery.last_id
        self.moved(user)
        account = user.account
        if account is not None and room.key not in account.cursors:
            account.enter(room.key, self._delivery.head_of(room))
            self._spawn(self._accounts.try_to_keep(account))

    def _enter(self, room: NamedRoom, user: User) -> None:
        self._seat(room, user)
        room.occupants[user] = 0  # the account has joined earlier

        def enter(_: int) -> None:
            for session in user.sessions:
                if session in self._rooms.lobby.readers and session not in room.readers:
                    room.add_reader(session)

        self._delivery.append(room, Entered(room.name, user.name), then=enter)

    def check_invited(self, room: NamedRoom, user: User, password: str) -> None:
        """Check the invitation and the key of somebody who joins. Raises ChatError."""
        if user not in room.invited and self._order.role_of(room, user) < Role.OWNER:
            if room.privacy == "invite-only" and not self._order.is_let_in(room, user):
                raise ChatError(f"{room.name} is invite-only.")
            self._settings.check_key(room, user, password)
            if ACCOUNTS_ONLY in room.flags and user.account is None:
                raise ChatError(f"{room.name} is for those who have logged in.")
            if room.limit and len(room.occupants) >= room.limit:
                raise ChatError(f"{room.name} is full: it takes at most {room.limit}.")

    def _make(self, name: str, user: User, password: str) -> NamedRoom:
        name = room_name(name)
        self._rooms.check_free(name, user, self._clock.now())
        self._order.check_words(user)
        self._check_share(user)
        if len(password) > PASSWORD_LENGTH:
            raise ChatError(f"A key has at most {PASSWORD_LENGTH} characters.")
        # The key differs from those of earlier rooms of that name.
        room = self._rooms.new(name, f"{name}/{self._delivery.last_id}")
        room.password = password
        room.made_from = user.address
        room.made_at = self._clock.now()
        room.belong_to(user)
        room.owner_account = user.account.name if user.account is not None else ""
        self._rooms.add(room)
        return room

    def _check_share(self, user: User) -> None:
        """Check that somebody may make a room. Raises ChatError.

        The fewer rooms are left, the fewer one account or address can make.
        """
        if self._order.is_operator(user):
            return
        left = max(0, MOST_ROOMS + 1 - len(self._rooms))  # the lobby does not count
        if not (left or self._vacancies.make_way()):
            raise ChatError("No more rooms can be made.")
        owner = user.account.name if user.account is not None else ""
        whose = f"belong to {owner}" if owner else "were made by guests from your address"
        own = sum([room.is_of(owner, user.address) for room in self._rooms.values()])
        if own >= share(left, MOST_MADE, 2):
            raise ChatError(f"{own} rooms {whose}, which is the most just now.")
        check_address(self._rooms.values(), user.address, left)


def _others_in_words(others: int) -> str:
    if not others:
        return "Nobody else is in it."
    return f"{others} other person is in it." if others == 1 else f"{others} others are in it."
