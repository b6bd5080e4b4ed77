"""A server that holds as much as it may, and what there is to measure its work."""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from itertools import count
from typing import Any

from chatsvc.chat.accounts import accounts, gate, ignored, missed_notices
from chatsvc.chat.accounts.account import MOST_ABSENCES, Account
from chatsvc.chat.accounts.ignored import Ignored, Someone, keys_of_name
from chatsvc.chat.accounts.missed_notices import MissedNotice
from chatsvc.chat.direct import inboxes
from chatsvc.chat.history import read_markers
from chatsvc.chat.moderation import acts
from chatsvc.chat.moderation.act import SERVER, Act
from chatsvc.chat.moderation.targets import EVERYBODY
from chatsvc.chat.people import visits
from chatsvc.chat.people.user import User
from chatsvc.chat.programs import api_tokens, hooks, sign_ins
from chatsvc.chat.programs.api_tokens import SCOPES
from chatsvc.chat.rooms import joining, settings
from chatsvc.chat.rooms.metadata import MOST_KEYS, VALUE_BYTES
from chatsvc.chat.rooms.roles import Role
from chatsvc.dialects.text import plain
from chatsvc.events.speech import MOST_REACTED
from chatsvc.store import Stored
from chatsvc.stores.memory import MemoryStore
from chatsvc.text import masks
from chatsvc.text.lookalikes import skeleton
from chatsvc.text.names import HOOK, LONGEST
from chatsvc.throttle import Throttle
from tests import harness
from tests.harness import Server

PEOPLE = 10_000
SAID = 10_000
PAGES = 60  # of visits; of a thousand, the others would only take longer: each has its own turn
ROOM = 32  # characters of the name of a room, with its #
WEEK = 7 * 86400.0
SOME = dict.fromkeys("abcd", 1.0)  # marks, and keys of metadata, of everybody
# Gives everybody what was said; it looks at the time, which stands still here.
ROUND = "Delivery._round"
LOOP = 65_000  # turns of a plain loop, which take a millisecond on an ordinary machine
AGAIN = 5  # so often what takes too long is measured anew
MOST = 10  # times what that takes: twice five milliseconds, as machines differ in more


def long(start: str, length: int = LONGEST) -> str:
    """A name as long as may be."""
    return start + "ñ" * (length - len(start))


def secret(name: str, number: int) -> str:
    """The secret of a credential of somebody."""
    return f"secret {number} of {name}"


def done(doing: Coroutine[Any, Any, None]) -> None:
    """Do what does not wait."""
    try:
        doing.send(None)
    except StopIteration:
        return
    raise AssertionError("it waits")


def fills_credentials(
    put: Callable[[str, object], None], names: list[str], places: list[str], now: float
) -> None:
    """Put all hooks, tokens and sign-ins into a store, but for one of each."""

    def all_of(kind: str, most: int, each: int) -> Iterator[tuple[str, str, int]]:
        for number in range(1, most):
            name = names[number // each]
            digest = sha256(secret(name, number % each).encode()).hexdigest()
            yield f"{kind}/{digest}", name, number

    for key, name, number in all_of("hook", hooks.MOST_HOOKS, hooks.MOST_OF_ROOM):
        called = long(f"h{number}", hooks.NAME_LENGTH) + HOOK
        put(key, [called, places[number // hooks.MOST_OF_ROOM], name, now])
    for key, name, number in all_of(
        "api-token", api_tokens.MOST_TOKENS, api_tokens.MOST_OF_ACCOUNT
    ):
        called = long(f"t{number % api_tokens.MOST_OF_ACCOUNT}")
        put(key, [called, name, "", SCOPES, [], now])
    for key, name, _ in all_of("sign-in", sign_ins.MOST_SIGN_INS, sign_ins.MOST_OF_ACCOUNT):
        put(key, [name, "", now, now + WEEK])


def fills(store: MemoryStore, clock: harness.Clock) -> None:
    """Put into a store as much as there may be of everything."""

    def put(name: str, facts: object) -> None:
        done(store.put(name, json.dumps(facts, ensure_ascii=False), 0))

    now = clock.now()
    names = [long(f"a{number}") for number in range(accounts.MOST_ACCOUNTS - 10)]
    places = [f"{long(f'#r{number}', ROOM)}/0" for number in range(joining.MOST_ROOMS)]
    for name in (*names, "spare"):
        facts = {"name": name, "password": "hashed password", "cursors": {}}
        put(f"account/{name}", facts | {"marks": SOME, "metadata": dict.fromkeys(SOME, "x")})
    for name in ("owner", "boss", "another"):
        account = Account(name)
        account.hashed, account.era = "hashed password", ""
        account.ignored = Ignored()
        account.missed_notices = (MissedNotice("x" * 300, "#room"),) * missed_notices.MOST_NOTICES
        for other, each in enumerate(names[: ignored.MOST_IGNORED]):
            keys = [f"{other}-{number:012}" for number in range(ignored.MOST_KEYS)]
            account.ignored.add(Someone(each, keys))
        account.marks = {f"{n:064}": now for n in range(read_markers.MARKS.most)}
        account.metadata = {f"{n:064}": "x" * VALUE_BYTES for n in range(MOST_KEYS)}
        for place in places[: joining.MOST_JOINED]:
            account.cursors[place] = 1
            account.missed[place] = [(10 * n, 10 * n + 5) for n in range(MOST_ABSENCES)]
        put(f"account/{name}", json.loads(account.record))
    for number, place in enumerate(places):
        record: dict[str, object] = {"name": place[:-2], "key": place, "topic": "t" * 300}
        record |= {"password": "", "privacy": "public", "keep": None, "owner_account": "owner"}
        put(f"room/{place}", {**record, "is_persistent": number < settings.MOST_PERSISTENT})
    numbers = count(1)

    def act(place: str, kind: str, name: str, key: str, span: float = WEEK) -> None:
        facts = (next(numbers), kind, place, "owner", Role.OWNER, name, (key,), "r" * 200)
        made = Act(*facts, at=now, until=now + span)
        put(f"act/{made.id}", json.loads(made.record(clock)))

    full = acts.MOST_ACTS // (acts.MOST_IN_FORCE + acts.MOST_ENDED)
    for place in (SERVER, *places[:full]):
        most = acts.MOST_IN_FORCE if place else acts.MOST_IN_FORCE_ON_SERVER
        for number in range(acts.MOST_NETWORKS - 1):
            net = f"10.{number}.0.0/16"
            act(place, "ban", net, f"network {net}")
        for number, name in enumerate(names[acts.MOST_NETWORKS : most - 5]):
            if place and number % 2:
                mask = f"*{'?a*' * 30}{place[:5]}{number}!*@*"
                act(place, "ban", mask, f"mask {mask}")
            else:
                act(place, "ban", name, f"account {skeleton(name)}")
        if place:
            act(place, "moderated", "", EVERYBODY)
        for _ in range(acts.MOST_ENDED - 20):
            act(place, "kick", "somebody", "guest client1", 0.0)
    for name in (*names[:300], "owner", "boss", "another"):
        others = [(f"{n:016}", names[n], True) for n in range(inboxes.MOST_OTHERS)]
        waiting = range(1, inboxes.MOST_UNREAD + 1)
        unread = [(entry_id, now, f"{entry_id:016}", 600) for entry_id in waiting]
        put(f"direct/{name}", {"name": name, "id": name, "others": others, "unread": unread})
    fills_credentials(put, ["boss", "owner", "another", *names], places, now)
    for number in range(gate.MOST_CODES - 30):
        put(f"code/{number}", now + WEEK)
    for page in range(PAGES):
        some = [(now, names[n], f"2001:db8:{page:x}:{n:x}::/64") for n in range(visits.PAGE - 1)]
        put(f"seen/{page:012}", [*some, (now, "visitor", "2001:db8::/64")])
    for entry_id in range(1, SAID + 1):
        place = places[entry_id // 2 % len(places)] if entry_id % 2 else SERVER
        speaker = names[entry_id % 100]
        said = Stored(entry_id, place, entry_id, now, "Said", speaker, "a " * 400)
        if entry_id % 4 == 0:
            said = said._replace(kind="Reacted", text="a" * MOST_REACTED, reply_to=entry_id // 2)
        if entry_id <= inboxes.MOST_UNREAD:
            said = said._replace(room=f"@{entry_id:016}/boss", kind="Left", account=speaker)
        store.append([said])


class TimedClock(harness.Clock):
    """Notes how long each call takes.

    took: seconds, and what it was.
    """

    def __init__(self) -> None:
        super().__init__()
        self.took: list[tuple[float, str]] = []
        self.start = self.starts

    def callLater(self, delay: float, callable: Any, *args: Any, **kw: Any) -> Any:  # noqa: A002 (Twisted's name)
        called = getattr(callable, "func", callable)  # of a partial
        name = getattr(called, "__qualname__", repr(called))
        return super().callLater(delay, self.times, name, callable, *args, **kw)

    def starts(self, call: Callable[[], object], *, goes_on: bool = False) -> None:
        self.callLater(0, call)

    def times(self, name: str, what: Callable[..., object], *args: Any, **kw: Any) -> None:
        begun = time.thread_time()
        what(*args, **kw)
        self.took.append((time.thread_time() - begun, name))


class Silent:
    """The connection of somebody who says nothing."""

    is_private = is_local = is_greeting = False
    fingerprint = kind = sign_in = ""
    began_at = heard_at = 0.0
    is_delivered = True

    def is_rested(self, now: float) -> bool:
        return True

    @property
    def writer(self) -> Silent:
        return self

    def write(self, data: bytes) -> bool:
        return True

    def resume(self) -> None: ...

    def charge(self, lines: int, why: str) -> None: ...

    def give_up_after(self, seconds: int) -> None: ...

    def cut_off_in(self, seconds: float) -> None: ...

    def stop_waiting(self) -> None: ...

    def close(self) -> None: ...

    def abort(self) -> None: ...

    def fail(self, error: Exception) -> None:
        raise error


class Crowded:
    """A server with as much of everything as there may be.

    first: the room in which everybody is.
    crowd: the people.
    """

    def __init__(self) -> None:
        self.clock = TimedClock()
        self.clock.advance(1_000_000)
        soon: Any = partial(self.clock.callLater, 0)
        store = MemoryStore(SAID, 2**30, soon)
        fills(store, self.clock)
        masks._known.cache_clear()  # as when it starts
        self.server = Server(
            throttle=Throttle.off(),
            store=store,
            clock=self.clock,
            now=0,
            users=PEOPLE + 1000,
            backlog=200,
            operators=frozenset({skeleton("boss")}),
            plaintext_passwords=True,
        )
        self.chat = chat = self.server.chat
        self.settles()  # credentials are looked at in several turns
        chat._upkeep.stop()
        first, *others = [room for room in chat.rooms.values() if room is not chat.lobby]
        self.first = first
        self.crowd: list[User] = []
        for number in range(PEOPLE):
            # They read nothing: what each reader costs is no matter of what is asked for.
            user = User(f"client{10**6 + number}", number, f"2001:db8:{number:x}::/64")
            session = chat.arrivals.connect(Silent(), user.address, plain)
            session.user, user.sessions = user, (session,)
            self.crowd.append(user)
            chat.users.add(user)
            chat.users.rename(user, long(f"b{number}"))
            for room in (first, others[number % len(others)]):
                room.occupants[user] = 0
            if number < 4 * ignored.MOST_IGNORED:
                user.as_guest = user.as_guest._replace(ignored=Ignored())
                for other in range(ignored.MOST_IGNORED):
                    keys = keys_of_name(f"x{other}")
                    user.ignored.add(Someone(f"x{other}", keys))
                chat.users.show(session, plain)

    def settles(self) -> None:
        """Everything that is asked for is done."""
        for seconds in (0, 0.2, *[0.005] * 3):
            self.clock.advance(seconds)
        while any(call.getTime() < self.clock.seconds() + 0.1 for call in self.clock.calls):
            self.clock.advance(0.01)


class Taken(dict[str, float]):
    """How many loops each thing has taken, at the most."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = min(_loop() for _ in range(5))

    def note(self, what: str, seconds: float) -> None:
        """Note what has taken so long."""
        self[what] = max(seconds / self._loop, self.get(what, 0.0))


@contextmanager
def undisturbed() -> Iterator[None]:
    """Collect no garbage meanwhile."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def untraced() -> Iterator[None]:
    """Measure no coverage meanwhile: it takes several times as long as what it looks at."""
    trace = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(trace)


@untraced()
def slow(measures: Callable[[], Taken]) -> dict[str, float]:
    """What has taken too long, each time that it was measured."""
    taken = dict(measures())
    for _ in range(AGAIN):
        if max(taken.values()) <= MOST:
            break
        again = measures()  # it may have been something else
        taken = {asked: min(loops, again.get(asked, loops)) for asked, loops in taken.items()}
    return {asked: round(loops, 1) for asked, loops in taken.items() if loops > MOST}


def _loop() -> float:
    begun = time.thread_time()
    for _ in range(LOOP):
        pass
    return time.thread_time() - begun
