"""The chat: its parts, and the hooks between them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from chatsvc.chat.accounts.account import Account
from chatsvc.chat.accounts.accounts import Accounts
from chatsvc.chat.accounts.gate import Gate
from chatsvc.chat.administration.fixed_rooms import FixedRooms
from chatsvc.chat.delivery.delivery import Delivery
from chatsvc.chat.direct.conversations import Conversations
from chatsvc.chat.direct.direct import Directs
from chatsvc.chat.direct.handover import Handover
from chatsvc.chat.direct.inboxes import Inboxes
from chatsvc.chat.direct.pairs import Pairs
from chatsvc.chat.history.archive import StoreArchive
from chatsvc.chat.history.backlog import Backlogs
from chatsvc.chat.history.importing import Importing
from chatsvc.chat.history.nonces import Nonces
from chatsvc.chat.history.read_markers import ReadMarkers
from chatsvc.chat.history.recall import Recall
from chatsvc.chat.history.retention import Retention
from chatsvc.chat.identity.certificates import Certificates
from chatsvc.chat.identity.forgetting import Forgetting
from chatsvc.chat.identity.left_rooms import LeftRooms
from chatsvc.chat.identity.logins import Logins
from chatsvc.chat.identity.registration import Registration
from chatsvc.chat.identity.renaming import Renaming
from chatsvc.chat.identity.restoring import Restoring
from chatsvc.chat.identity.resuming import Resuming
from chatsvc.chat.identity.tokens import Tokens
from chatsvc.chat.keeping.counters import Counter
from chatsvc.chat.limits import Limits
from chatsvc.chat.logs.memory import Memory
from chatsvc.chat.moderation.acts import Acts
from chatsvc.chat.moderation.moderation import Moderation
from chatsvc.chat.moderation.redaction import Redaction
from chatsvc.chat.moderation.standing import Standing
from chatsvc.chat.moderation.targets import Targets
from chatsvc.chat.moderation.telling import Telling
from chatsvc.chat.moderation.tenure import Tenure
from chatsvc.chat.own_sessions import OwnSessions
from chatsvc.chat.people.cloaks import Cloaks
from chatsvc.chat.people.given_names import RESERVED, Names
from chatsvc.chat.people.users import Users
from chatsvc.chat.people.visits import Visits
from chatsvc.chat.presence.announcements import Announcements
from chatsvc.chat.presence.arrivals import Arrivals
from chatsvc.chat.presence.departures import Departures
from chatsvc.chat.presence.notices import Notices
from chatsvc.chat.presence.seats import Seats
from chatsvc.chat.presence.sessions import Sessions
from chatsvc.chat.presence.watches import PeopleWatches
from chatsvc.chat.programs.api_tokens import ApiTokens
from chatsvc.chat.programs.hooks import Hooks
from chatsvc.chat.programs.programs import Programs
from chatsvc.chat.programs.sign_ins import SignIns
from chatsvc.chat.programs.speech import Speech
from chatsvc.chat.rooms.joining import Joining
from chatsvc.chat.rooms.knocking import Knocking
from chatsvc.chat.rooms.metadata import Metadata
from chatsvc.chat.rooms.rooms import Rooms
from chatsvc.chat.rooms.settings import Settings
from chatsvc.chat.rooms.speaking import Speaking
from chatsvc.chat.rooms.vacancies import Vacancies
from chatsvc.chat.upkeep import Upkeep
from chatsvc.clock import Turns
from chatsvc.errors import Closing
from chatsvc.events.answers import Notice
from chatsvc.journal import NO_JOURNAL
from chatsvc.store import StoreError
from chatsvc.text.names import LONGEST

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from chatsvc.chat.accounts.passwords import Passwords
    from chatsvc.chat.people.user import User
    from chatsvc.clock import Clock, Spawn
    from chatsvc.journal import Journal
    from chatsvc.store import Store

SHUT_DOWN_WITHIN = 4.0  # seconds for everybody's last answers at the shutdown
# Ids reserved in the store together. More are reserved when half are left: at 100,000 events a
# second enough for half a second, which is time for some commits.
IDS_RESERVED = 100_000


class Chat:
    """The chat: its parts, for doors and commands.

    limits: the limits, which may change at any time.
    clock: the time, and timers.
    spawn: runs coroutines that wait for the store.
    journal: the log for administrators.
    reload: reloads the settings and files, as SIGHUP does; takes the name of the operator who
        asks, and returns for each whether that succeeded, and the result in words.
    turns: splits long work, so that others have their turn.
    delivery: delivers events to their readers.
    accounts: all accounts.
    gate: decides who may take part, and register.
    users: the people here, by name.
    sessions: all connections, even those that have left and still read.
    seats: of guests in the grace period.
    visits: who came from which address.
    cloaks: the host names shown in place of addresses.
    notices: to single people.
    rooms: the rooms, by name.
    lobby: the room that everyone is in.
    settings: of rooms, by their owners.
    fixed_rooms: the rooms that the server's settings name.
    metadata: of rooms and people.
    joining: joins and leaves rooms.
    knocking: asks to be invited to rooms.
    speaking: sends messages to rooms.
    announcements: of arrivals and departures.
    watches: who is told when somebody comes or goes.
    arrivals: of connections.
    departures: of people.
    pairs: the rooms of two, for direct messages.
    direct: sends direct messages.
    inboxes: the accounts' conversations, and unread messages in them.
    conversations: the stored direct messages.
    handover: hands offline messages to their recipients.
    recall: reads history.
    nonces: of messages, which are said only once.
    retention: how long messages are kept.
    importing: imports messages from elsewhere.
    read_markers: how far people have read.
    standing: roles and restrictions.
    acts: of moderation.
    targets: of moderation.
    moderation: kicks, bans, mutes and roles.
    redaction: removes messages.
    tenure: the end of roles.
    tokens: of programs.
    resuming: gives a lost connection's place to another.
    renaming: renames people.
    certificates: the TLS certificates that log people in.
    logins: to accounts, and logouts.
    registration: makes, changes and deletes accounts.
    forgetting: deletes what is stored about a person.
    programs: what programs may do.
    sign_ins: of browsers.
    own_sessions: lists and ends a person's connections and tokens.
    """

    def __init__(
        self,
        clock: Clock,
        store: Store,
        spawn: Spawn,
        passwords: Passwords,
        limits: Limits | None = None,
        motd: Sequence[str] = (),
        journal: Journal = NO_JOURNAL,
    ) -> None:
        # fmt: off
        self.limits = limits = limits or Limits()
        self.clock = clock
        self.spawn = spawn
        self.journal = journal
        self.reload: Callable[[str], Awaitable[list[tuple[bool, str]]]]
        self.turns = turns = Turns(clock)
        self._store = store
        self._closed: Callable[[], None] | None = None  # set at the shutdown
        self._upkeep = Upkeep(clock, spawn, journal)
        # The kernel, and the store's records.
        self._ids = Counter(store, spawn, "ids", IDS_RESERVED)
        self._numbers = Counter(store, spawn, "numbers", RESERVED)
        self._names = names = Names(clock)
        archive = StoreArchive(clock, store) if store.keeps_more else None
        memory = Memory(limits.history, limits.history_bytes)
        self.delivery = delivery = Delivery(
            clock, memory, store, archive, spawn, self._ids.reserve_beyond
        )
        # Accounts, people and their presence.
        self.accounts = accounts = Accounts(clock, store, passwords, journal)
        self.gate = gate = Gate(clock, store, limits)
        self.users = users = Users()
        self.sessions = sessions = Sessions(journal, limits)
        # After a restart, people who were connected and people in the grace period may come back.
        self.seats = seats = Seats(2 * limits.users)
        self.visits = visits = Visits(clock, store, self.turns, limits.keep_addresses)
        self.cloaks = Cloaks(store)
        self.notices = notices = Notices(delivery)
        self.rooms = rooms = Rooms(limits, users.known_by)
        self.lobby = rooms.lobby
        self.announcements = announcements = Announcements(
            clock, journal, users, sessions, names, visits, self.lobby, delivery,
        )
        self.watches = PeopleWatches(delivery)
        self.arrivals = arrivals = Arrivals(
            users, sessions, names, self._numbers, gate, announcements, self.lobby, delivery, motd,
        )
        self.departures = departures = Departures(
            clock, journal, users, sessions, seats, names, notices, announcements, delivery, limits,
        )
        # Rooms.
        self.acts = acts = Acts(clock, store, journal)
        self.standing = standing = Standing(
            clock, journal, accounts, users, self.cloaks, rooms, acts, limits,
        )
        self.settings = settings = Settings(clock, delivery, store, rooms, standing)
        self.metadata = Metadata(spawn, accounts, users, settings, standing)
        self._vacancies = vacancies = Vacancies(clock, spawn, delivery, rooms, settings)
        self.joining = joining = Joining(
            clock, spawn, delivery, accounts, notices, rooms, standing, settings, vacancies,
        )
        self.fixed_rooms = FixedRooms(limits, clock, turns, delivery, rooms, settings, vacancies)
        self.knocking = Knocking(clock, notices, rooms, standing, joining)
        self.speaking = speaking = Speaking(spawn, delivery, rooms, standing, settings)
        # Direct messages.
        self.pairs = pairs = Pairs(users, delivery, store.keeps_more)
        self.inboxes = inboxes = Inboxes(clock, store, self.turns, limits.direct_history)
        self.direct = direct = Directs(
            clock, spawn, delivery, accounts, users, standing, pairs, inboxes,
        )
        self.conversations = conversations = Conversations(
            store, spawn, delivery, accounts, sessions, pairs, inboxes,
        )
        self.handover = handover = Handover(
            clock, spawn, store, delivery, users, sessions, pairs, direct, inboxes,
        )
        # History.
        self.recall = recall = Recall(clock, store, self.turns, users)
        self.nonces = Nonces(delivery, recall, rooms, conversations)
        self.retention = Retention(clock, self.turns, store, rooms, vacancies, limits)
        self.importing = Importing(
            clock, store, delivery, self._ids, accounts, rooms, settings, self.retention
        )
        self.read_markers = read_markers = ReadMarkers(delivery, self.turns, accounts, sessions)
        # Moderation, with turns of its own: costly commands do not hold it up.
        turns = Turns(clock)
        self.targets = targets = Targets(users, accounts, limits.own_addresses)
        telling = Telling(clock, delivery, accounts, notices, rooms, standing)
        self.tenure = tenure = Tenure(turns, accounts, users, rooms, settings, acts, standing)
        self.moderation = moderation = Moderation(
            clock, turns, delivery, users, departures, notices, rooms, settings, joining, acts,
            standing, targets, telling, tenure,
        )
        self.redaction = redaction = Redaction(
            clock, delivery, rooms, recall, acts, standing, targets, telling,
        )
        # Identity.
        self.tokens = tokens = Tokens(
            clock, store, spawn, delivery, accounts, users, sessions, rooms, settings,
        )
        self.renaming = Renaming(
            journal, delivery, users, names, visits, announcements, arrivals, rooms, joining,
            pairs, tenure, tokens,
        )
        self.certificates = Certificates(journal, accounts)
        self.logins = Logins(
            clock, spawn, turns, journal, delivery, accounts, gate, users, notices, announcements,
            arrivals, departures, rooms, joining, handover, recall, read_markers, standing,
            moderation, tenure, tokens, self.renaming, self.certificates, limits,
        )
        self.forgetting = Forgetting(
            delivery, accounts, users, visits, rooms, conversations, standing,
        )
        self.registration = Registration(
            journal, accounts, gate, joining, conversations, acts, moderation, tenure, self.logins,
            self.forgetting, limits,
        )
        self.resuming = Resuming(
            spawn, journal, delivery, gate, users, visits, notices, sessions, arrivals, departures,
            rooms, settings, pairs, handover, conversations, read_markers, standing, redaction,
            tokens, self.logins, LeftRooms(clock, store),
        )
        self._restoring = Restoring(
            store, delivery, accounts, gate, users, seats, arrivals, departures, rooms, joining,
            conversations, standing, tokens,
        )
        # Programs.
        self.programs = Programs(
            gate, users, rooms, standing, joining,
            Hooks(clock, spawn, journal, delivery, accounts, rooms, standing, store),
            ApiTokens(clock, journal, accounts, rooms, store), Speech(delivery, store, speaking),
        )
        self.sign_ins = SignIns(clock, journal, accounts, arrivals, standing, self.logins, store)
        self.own_sessions = OwnSessions(
            clock, delivery, sessions, departures, tokens, self.sign_ins, self.programs.tokens,
        )
        # fmt: on
        self._wire(limits)

    def _wire(self, limits: Limits) -> None:
        """Wire the hooks by which lower parts call higher ones, in their order."""
        delivery, arrivals, departures = self.delivery, self.arrivals, self.departures
        delivery.refused = self.nonces.forget
        delivery.finished = self.read_markers.keep
        delivery.owed.given_up = self.sessions.note_stalled
        self.accounts.removed = self.programs.hooks.removed
        self.targets.hook = self.programs.hooks.known_as
        self.notices.lasting = self.direct.notify
        self.notices.missed = self._keep_missed
        self.direct.came = self.handover.show
        self.direct.given = self.handover.give
        self.acts.name_of, self.acts.makers = self.rooms.name_of, self.rooms.makers
        self.settings.renamed = [self.read_markers.renamed]
        self.joining.moved = self.rooms.turned = self.tokens.note
        self._vacancies.ended = self.retention.end
        self.joining.backlog = self.announcements.backlog = Backlogs(self.clock).replies
        self.announcements.watchers = [self.watches.watch]
        arrivals.may_enter = [self.standing.check_address]
        arrivals.opened = [self.tokens.opened_to]
        departures.quitting = [self.tokens.revoke]
        departures.closing = [self.read_markers.note]  # before closing: the owner may be back first
        departures.removed = [self.tokens.put_out]
        departures.leaving = [self.tokens.forget, self.pairs.clear]
        departures.left = [
            self.tenure.gone, self.standing.gone, self.joining.gone, self.read_markers.forget,
            self.watches.clear,
        ]  # fmt: skip
        departures.closed = [
            self.handover.left, self.read_markers.keep, delivery.forget,
            lambda session: self.pairs.clear(session.user),
        ]  # fmt: skip
        departures.emptied = self._emptied
        self.renaming.merging = [self.watches.merge]
        kept = limits.keep_addresses
        self._upkeep.often = self.read_markers.keep_some
        self._upkeep.at_once = [lambda: self._names.forget_before(self.clock.seconds() - kept)]
        self._upkeep.by_date = [
            self.retention.forget_old, self.inboxes.forget_old, self.sign_ins.forget_old,
        ]  # fmt: skip
        self._upkeep.instead = [self.retention.forget_ended]
        self._upkeep.tasks = [
            self.tenure.forget_old, self.gate.forget_old, self.visits.keep, self.read_markers.tidy,
            self.inboxes.keep_changed, self.tokens.keep, self.programs.forget_old,
            self.retention.shrink,  # the last, as it may take long
        ]  # fmt: skip

    def _keep_missed(self, absent: User | Account) -> None:
        if isinstance(absent, Account):
            self.spawn(self.accounts.try_to_keep(absent))
        else:
            self.tokens.note(absent)

    async def open(self) -> None:
        """Load everything from the store, before anybody enters. Raises StoreError."""
        kept = await self._store.open()
        self.delivery.start_after(await self._ids.open(kept.last_id))
        self._names.given = await self._numbers.open()
        read = await self.accounts.open()
        ended = await self.settings.open(kept.last_id, kept.heads, read)
        self.spawn(self.retention.end(*ended))
        for load in (
            self.tenure.open, self.fixed_rooms.apply, self.conversations.open, self.gate.open,
            self.visits.open, self.cloaks.open, self._restoring.open, self.redaction.open,
            self.programs.open, self.sign_ins.open,
        ):  # fmt: skip
            await load()
        self.arrivals.is_open = True
        self._upkeep.start()

    def knows(self, name: str) -> bool:
        """Whether somebody is here, or has an account, under a name."""
        return len(name) <= LONGEST and (name in self.users or self.accounts.find(name) is not None)

    def shut_down(self, closed: Callable[[], None]) -> None:
        """Tell everyone that the server is shutting down, and close all connections.

        closed: called when they are closed, within 4 seconds if they can be aborted.
        """
        self._closed = closed
        self.arrivals.is_over = True
        self.announcements.tell_all(Notice(str(Closing())))
        for session in self.sessions:
            self.departures.end(session, SHUT_DOWN_WITHIN)
        if not self.sessions:
            self._emptied()

    def _emptied(self) -> None:
        """Finish the shutdown, once the last connection is closed."""
        if self._closed is not None:
            self.spawn(self._close(self._closed))

    async def _close(self, closed: Callable[[], None]) -> None:
        self.turns.close()  # requests of people who are gone may still take turns
        self._upkeep.stop()
        self.departures.close()
        self.accounts.close()
        self.handover.close()
        self.journal.sum_up()
        try:
            with suppress(StoreError):  # then some numbers are left out
                await self._numbers.close(self._names.given)
                await self._ids.close(self.delivery.last_id)
            with suppress(StoreError):
                await self.read_markers.keep_all()
                await self.inboxes.keep_changed()
                await self.visits.keep()
                await self.tokens.close()
            await self._store.close()
        finally:
            closed()
