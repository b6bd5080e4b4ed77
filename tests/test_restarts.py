"""A server that is killed or stopped, and run again: programs that stay notice only a pause."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from twisted.internet.endpoints import TCP4ServerEndpoint

from chatsvc.client.connection import link
from tests.client.connection.cutting import Cutter, Half, Listener, until
from tests.forking.forked import Forked
from tests.patience import only_long
from tests.people import awhile, reactor, real
from tests.processes import TWISTD, UNMEASURED, free_port

KILLS = 10
PEOPLE = 4
LOSES_FOR = 0.05  # seconds before the end in which nothing that the server writes arrives
AT_ONCE = 200  # things that one of them has asked for and that are not answered, at most


class Losing(Cutter):
    """A proxy that can lose what the server writes, and then whatever comes over a connection."""

    is_losing = False

    def passes(self, half: Half, data: bytes) -> bytes:
        return b"" if self.is_losing and half.is_servers else data


class House:
    """A server in a process of its own, whose store outlives it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()

    def begins(self) -> None:
        options = ["--port", self.port, "--interface", "127.0.0.1", "--throttle", "off"]
        self.process = Forked[bytes](
            [TWISTD, "-n", "--pidfile=", "chatsvc", *map(str, options)],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | UNMEASURED,
        )

    def ends(self, how: signal.Signals) -> None:
        self.process.send_signal(how)
        self.process.wait()


@contextmanager
def begun_house() -> Iterator[House]:
    """A house with people who soon try again to come back."""
    with (
        tempfile.TemporaryDirectory() as folder,
        patch.object(link, "FIRST_WAIT", 0.05),
        patch.object(link, "LONGEST_WAIT", 0.1),
    ):
        house = House(Path(folder))
        house.begins()
        try:
            yield house
        finally:
            house.ends(signal.SIGKILL)


@only_long
@real
async def test_nothing_is_lost_or_doubled_however_often_the_server_is_killed() -> None:
    with begun_house() as house:
        await _talk(house, random.Random(1))


async def _talk(house: House, chance: random.Random) -> None:
    proxy = Losing(("127.0.0.1", house.port))
    port = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(proxy)
    people = [Listener(port.getHost().port) for _ in range(PEOPLE)]

    async def all_are_back(number: int) -> None:
        def are_back() -> bool:
            return all(len(person.events("resumed")) >= number for person in people)

        await until(are_back, lambda: [person.told[-3:] for person in people])

    await until(lambda: all(person.link._place.seen for person in people), lambda: "no tokens")
    names = [person.events("welcome")[0]["name"] for person in people]
    for person in people:
        person.link.ask("join", room="#work")
    await until(
        lambda: all(not person.link.waiting for person in people), lambda: "not in the room"
    )
    for room in ("#lobby", "#work"):  # in each, the last of them is told to have joined before
        people[0].link.ask("say", room=room, text="all are here")
    await until(
        lambda: all(len(person.texts("said")) == 2 for person in people), lambda: "not all here"
    )
    start = [len(person.told) for person in people]
    said = 0
    for number in range(1, KILLS + 2):
        loses_at = reactor.seconds() + chance.uniform(0.1, 0.6)
        while reactor.seconds() < loses_at + LOSES_FOR:
            proxy.is_losing = reactor.seconds() > loses_at
            if all(person.link.waiting < AT_ONCE for person in people):
                said += 1
                for who, person in enumerate(people):
                    room = chance.choice(["#lobby", "#work"])
                    person.link.ask("say", room=room, text=f"{who} {said}")
            await awhile(0.005)
        house.ends(signal.SIGTERM if number > KILLS else signal.SIGKILL)
        proxy.is_losing = False
        house.begins()
        await all_are_back(number)
    for person in people:
        await until(
            lambda person=person: len(person.texts("said")) >= 2 + said * PEOPLE,  # type: ignore[misc]  # its default has no type
            lambda person=person: person.texts("said")[-9:],  # type: ignore[misc]  # its default has no type
        )
    await awhile(0.2)
    heard = people[0].texts("said")
    for who in range(PEOPLE):
        own = [text for text in heard if text.startswith(f"{who} ")]
        assert own == [f"{who} {each + 1}" for each in range(said)]
    for person, name, begin in zip(people, names, start, strict=True):
        assert person.texts("said") == heard
        assert {each["name"] for each in person.events("resumed")} == {name}
        told = {each["event"] for each in person.told[begin:] if "event" in each}
        assert told <= {"said", "resumed", "notice"}, told
        assert all(each["missing"] == 0 for each in person.events("resumed"))
        assert all(each["rooms"] == ["#lobby", "#work"] for each in person.events("resumed"))
        assert not [each for each in person.told if "error" in each]
    assert said > KILLS
    for person in people:
        await person.link.stop()
    await port.stopListening()
    await awhile()
