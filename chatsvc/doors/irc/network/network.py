"""The IRC network: all clients, and the state that they share."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from chatsvc.chat.people.ignoring import ignores
from chatsvc.doors.irc.network.bounded_map import OVERHEAD, BoundedMap
from chatsvc.doors.irc.network.gone import AllGone
from chatsvc.doors.irc.network.monitors import Monitors
from chatsvc.doors.irc.wording import order_words, presence, reactions  # noqa: F401  # which register wordings
from chatsvc.doors.irc.wording.alone import Alone
from chatsvc.doors.irc.wording.metadata import tell_joined
from chatsvc.doors.irc.wording.people import account_name, modes_changed
from chatsvc.doors.irc.wording.wording import WORDED, Wording
from chatsvc.events.people import Away, Identified, Joined, Merged, Renamed
from chatsvc.events.relayed import Elsewhere, Noted, Ranked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from chatsvc.chat.chat import Chat
    from chatsvc.chat.logs.room import Reader
    from chatsvc.chat.people.user import Session, User
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.doors.irc.client import Client
    from chatsvc.doors.irc.multiline import Piece
    from chatsvc.doors.irc.supported.sts import Sts
    from chatsvc.events.event import Event
    from chatsvc.events.people import Presence

MOST_WORDINGS = 64  # shared wordings; clients use fewer sets of capabilities at once
# Bytes of the client-only tags of messages, and of the pieces of multiline messages.
REMEMBERED_BYTES = 2**20
MOST_OF_ADDRESS = 50  # connections of one address that have not registered
MOST_WAITING = 1000  # connections that have not registered


class Network:
    """All clients, and the state that they share.

    name: of the server, for clients.
    title: of the network, for clients.
    auto_join: whether clients begin in the lobby.
    sts: the policy by which clients use TLS only; None for none.
    clients: the registered clients, by session.
    waiting: the clients that have not registered, oldest first, with their addresses.
    strays: the clients that are in the lobby where others are not, or the other way round, by
        auto_join.
    monitors: the names that clients monitor.
    gone: people who are gone.
    pieces: the pieces of the latest multiline messages, by id.
    bots: people who have said that they are bots.
    client_tags: the client-only tags of the latest messages, by id, as written.
    most_users: the most people that were here at once, whenever somebody asked.
    began: when the server started, in seconds since the epoch.
    alone: gives the wording of slices that hold something for one client alone.
    """

    def __init__(self, chat: Chat, name: str, title: str, auto_join: bool, sts: Sts | None) -> None:
        self.chat = chat
        self.name = name
        self.title = title
        self.auto_join = auto_join
        self.sts = sts
        self.clients: dict[Reader, Client] = {}
        self.waiting: dict[Client, str | None] = {}
        self.strays: dict[Client, None] = {}
        self.monitors = Monitors(chat, name)
        self.gone = AllGone(self.chat)
        self.pieces: BoundedMap[Sequence[Piece]] = BoundedMap(REMEMBERED_BYTES)
        self.bots: set[User] = set()
        self.client_tags: BoundedMap[str] = BoundedMap(REMEMBERED_BYTES)
        self.most_users = 0
        self.began = self.chat.clock.now()
        self.alone = lambda reader: Alone(self.clients[reader])
        self._batches = 0
        self._wordings: dict[tuple[frozenset[str], bool], Wording] = {}
        self.chat.announcements.watchers.append(self._watch)
        self.chat.renaming.merging.append(self._merge)
        self.chat.read_markers.watchers.append(self._marked)

    def wording(self, caps: Iterable[str], shows_lobby: bool) -> Wording:
        """The wording for some capabilities; the same object for the same ones."""
        key = (WORDED.intersection(caps), shows_lobby)
        if key not in self._wordings:
            if len(self._wordings) >= MOST_WORDINGS:
                self._wordings.clear()
            self._wordings[key] = Wording(
                self.chat,
                self.gone,
                self.client_tags,
                self.pieces,
                self.bots,
                self.name,
                key[0],
                shows_lobby,
            )
        return self._wordings[key]

    @property
    def in_lobby(self) -> int:
        """The number of clients in the lobby."""
        number = len(self.strays)
        return len(self.clients) - number if self.auto_join else number

    def next_batch(self) -> str:
        """The reference of a new batch."""
        self._batches += 1
        return f"b{self._batches}"

    def wait(self, client: Client) -> None:
        """Wait for a client to register.

        If too many do, the oldest of the address with the most is closed, so that a flood of some
        displaces nobody else; if too many are of its own address, it is closed itself.
        """
        address = self.waiting[client] = client.visit.address
        addresses = list(self.waiting.values())
        if addresses.count(address) > MOST_OF_ADDRESS and not client.channel.is_local:
            client.leave("Too many connections of your address have yet to register.")
        if len(self.waiting) > MOST_WAITING:
            [(most, _)] = Counter(addresses).most_common(1)
            oldest = list(self.waiting)[addresses.index(most)]
            oldest.leave("Too many connections have yet to register.")

    def tag(self, entry_id: int, tags: str) -> None:
        """Keep the client-only tags of a message."""
        self.client_tags.keep(entry_id, tags, len(tags))

    def split(self, entry_id: int, pieces: Sequence[Piece]) -> None:
        """Keep the pieces of a multiline message."""
        size = sum([len(piece.text) + OVERHEAD for piece in pieces])
        self.pieces.keep(entry_id, pieces, size)

    def readers_of(self, room: NamedRoom) -> list[Client]:
        """The clients in a room."""
        if room is self.chat.lobby:
            return [each for each in self.clients.values() if each.shows_lobby]
        found = [self.clients.get(reader) for reader in room.readers]
        return [each for each in found if each is not None]

    def neighbours(self, user: User) -> Callable[[Client], bool]:
        """Says of each client whether it is in a channel of somebody, or is that person's own."""
        lobby = self.chat.lobby
        others = {room for room in self.chat.rooms.of(user) if room is not lobby}
        is_in_lobby = self.auto_join or any(self.shows_lobby(session) for session in user.sessions)
        return lambda client: (
            client.user is user
            or (is_in_lobby and client.shows_lobby)
            or not others.isdisjoint(client.session.rooms)
        )

    def shows_lobby(self, session: Session) -> bool:
        """Whether a session, by any door, is in the lobby."""
        client = self.clients.get(session)
        return client is None or client.shows_lobby

    def modes_of(self, user: User) -> set[str]:
        """The user modes of a person, on all connections."""
        return {
            mode
            for session in user.sessions
            if session in self.clients
            for mode in self.clients[session].modes
        }

    def _marked(self, session: Session, target: str) -> None:
        """Tell a client that its owner has read a target further, by another one."""
        client = self.clients.get(session)
        if client is not None and "draft/read-marker" in client.caps:
            client.inform(client.marked(target))

    def _watch(self, user: User, event: Presence) -> None:
        """Tell of a person's presence clients that are not in the lobby, or monitor the person."""
        if isinstance(event, Joined):
            if user.metadata:
                tell_joined(self.clients.values(), user, those=self.neighbours(user))
            self.monitors.watch(user, event)
            return
        if isinstance(event, Away | Identified):
            self._tell_changed(user, event)
            return
        self.gone.note(user, event.name)
        if not isinstance(event, Renamed):
            self.bots.discard(user)
        if self.clients:
            if self.in_lobby < len(self.clients):
                self._tell_lobbyless(event, self.chat.rooms.of(user), user.sessions)
            if isinstance(event, Renamed):
                for session in user.sessions:
                    client = self.clients.get(session)
                    if client is not None and client.is_welcomed:
                        client.told_name = event.new
        self.monitors.watch(user, event)

    def _merge(self, guest: User, owner: User) -> None:
        """Tell the clients outside the lobby that a guest has become another person."""
        self.gone.note(guest, guest.name)
        self.bots.discard(guest)
        own = guest.sessions[0]
        if own in self.clients:  # it is told its new nick itself
            self.chat.delivery.leave_out(own)
        merged = Merged(guest.name, owner.name, owner.account_name)
        # The owner's other clients join these rooms only now, and are not told there.
        self._tell_lobbyless(merged, self.chat.rooms.of(guest), but=[own], joining=owner.sessions)
        self.monitors.gone(guest.name)

    def _tell_lobbyless(
        self,
        event: Presence,
        rooms: Sequence[NamedRoom],
        own: Sequence[Session] = (),
        but: Sequence[Session] = (),
        joining: Sequence[Session] = (),
    ) -> None:
        """Tell the clients that share a channel with somebody, but are not in the lobby.

        own: that person's sessions; one of them may have asked for the event.
        but: sessions that are not told.
        joining: sessions that are told only in rooms that they are in.
        """
        others = [room for room in rooms if room is not self.chat.lobby]
        number = self.chat.delivery.last_id + 1
        outside = {
            room: [each for each in joining if each not in room.readers]
            for room in filter(self._is_read_in, others)
        }
        for room in sorted(outside, key=lambda each: len(outside[each])):  # for all comes first
            self._append(room, Elsewhere(event, number), [*own, *but, *outside[room]])
        for session in own:
            client = self.clients.get(session)
            if client is not None and not client.shows_lobby:
                client.tell_event(event, client.answering)

    def _append(self, room: NamedRoom, event: Event, but: Sequence[Session]) -> None:
        """Append an event to a room.

        but: sessions that are not told.
        """
        self.chat.delivery.append(room, event)
        for session in but:
            self.chat.delivery.leave_out(session)

    def _tell_changed(self, user: User, event: Away | Identified) -> None:
        """Tell the clients that ask for it that somebody is away, or has another account."""
        if isinstance(event, Away):
            self.tell_of(user, "away-notify", f"AWAY{f' :{event.why}' if event.why else ''}")
        else:
            self.tell_of(user, "account-notify", f"ACCOUNT {account_name(user) or '*'}")
            self._tell_ranked(user, event.former)

    def _tell_ranked(self, user: User, former: str) -> None:
        """Tell the rooms of somebody who has logged in or out what that changes there.

        former: the name of the account of somebody who has logged out; empty after a login.
        """
        if not self.clients:
            return
        for room in self.chat.rooms.of(user):
            change = modes_changed(self.chat, room, user, former)
            if change:
                self.chat.delivery.append(room, Ranked(room.name, change))

    def tell_of(self, user: User, cap: str, change: str) -> None:
        """Tell clients with a capability that somebody has changed.

        Those are the clients that share a channel with that person, or monitor that person, with
        extended-monitor; but not that person's own, and not if they ignore that person.
        """
        if not self.clients:
            return
        chat = self.chat
        number = chat.delivery.last_id + 1
        event = Noted(user.name, account_name(user), cap, change, number)
        rooms = chat.rooms.of(user)
        for room in filter(self._is_read_in, rooms):
            self._append(room, event, user.sessions)
        others = {room for room in rooms if room is not chat.lobby}
        for client in self.monitors.of(user.name):
            is_wanted = {"extended-monitor", cap} <= client.caps and client.user is not user
            # In a room's log, others read of it.
            is_told = client.shows_lobby or not others.isdisjoint(client.session.rooms)
            if is_wanted and not (is_told or ignores(client.user, user)):
                client.inform_of(user, change)

    def _is_read_in(self, room: NamedRoom) -> bool:
        """Whether some client reads of people's changes in a room; those in the lobby do there."""
        if room is self.chat.lobby:
            return self.in_lobby > 0
        if self.in_lobby == len(self.clients):
            return False
        if self.auto_join and len(self.strays) < len(room.readers):  # few are outside
            return any(room in client.session.rooms for client in self.strays)
        clients = filter(None, map(self.clients.get, room.readers))
        return any(not client.shows_lobby for client in clients)
