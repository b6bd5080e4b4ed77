"""Two who write to each other alone, on a server that is killed: each message arrives once."""

from __future__ import annotations

import random
import signal
import sqlite3
from contextlib import closing

import pytest
from twisted.internet.endpoints import TCP4ServerEndpoint

from tests.client.connection.cutting import Listener, until
from tests.commands.test_accounts import PASSWORD
from tests.patience import much
from tests.people import awhile, reactor, real
from tests.test_restarts import LOSES_FOR, House, Losing, begun_house

KILLS = much(2, 10)
AT_ONCE = 10  # messages on their way of each; fewer than may wait of one sender


@pytest.mark.long
@real
async def test_each_message_arrives_once_however_often_the_server_is_killed() -> None:
    with begun_house() as house:
        said = await _write(house, random.Random(1))
        house.ends(signal.SIGKILL)
        with closing(sqlite3.connect(house.folder / "chatsvc.sqlite")) as database:
            query = "SELECT account, text FROM said WHERE room LIKE '@%' ORDER BY id"
            kept = database.execute(query).fetchall()
    for name in ("ann", "bob"):
        own = [text for account, text in kept if account == name]
        assert own == [str(number) for number in range(said)], own


async def _write(house: House, chance: random.Random) -> int:
    """Have Ann and Bob write to each other; how many messages each has written."""
    proxy = Losing(("127.0.0.1", house.port))
    port = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(proxy)
    ann, bob = people = [Listener(port.getHost().port) for _ in range(2)]
    others = {"bob": ann, "ann": bob}  # by the name of whom they write to
    await until(lambda: all(each.link._place.seen for each in people), lambda: "no tokens")
    for name, person in (("ann", ann), ("bob", bob)):
        person.link.ask("nick", name=name)
        person.link.ask("register", password=PASSWORD)
    await until(lambda: not any(each.link.waiting for each in people), lambda: "no accounts")
    said = 0
    for number in range(1, KILLS + 1):
        loses_at = reactor.seconds() + chance.uniform(0.1, 0.6)
        while reactor.seconds() < loses_at + LOSES_FOR:
            proxy.is_losing = reactor.seconds() > loses_at
            if all(each.link.waiting < AT_ONCE for each in people):
                for name, person in others.items():
                    person.link.ask("dm", username=name, text=str(said))
                said += 1
            await awhile(0.005)
        house.ends(signal.SIGKILL)
        proxy.is_losing = False
        house.begins()
        await until(
            lambda number=number: all(len(each.events("resumed")) >= number for each in people),  # type: ignore[misc]  # its default has no type
            lambda: [each.told[-3:] for each in people],
        )
    for name, person in others.items():

        def heard(person: Listener = person, name: str = name) -> list[str]:
            directs = person.events("direct")
            return [each["text"] for each in directs if each["from"] == name]

        await until(lambda heard=heard: len(heard()) >= said, heard)  # type: ignore[misc]  # its default has no type
        await awhile(0.2)
        assert heard() == [str(number) for number in range(said)], name
        assert not [each for each in person.told if "error" in each]
    assert said > KILLS
    for person in people:
        await person.link.stop()
    await port.stopListening()
    await awhile()
    return said
