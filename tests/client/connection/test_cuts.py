"""Links whose connections are cut: nothing is lost or doubled."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from twisted.internet.endpoints import TCP4ServerEndpoint

from chatsvc.chat.limits import Limits
from chatsvc.client.connection import link
from chatsvc.client.connection.queue import MOST_WAITING
from chatsvc.service import ports
from chatsvc.throttle import Throttle
from tests.client.connection.cutting import PEOPLE, Cutter, Listener, until
from tests.patience import much
from tests.people import House, awhile, reactor, real

CUTS = much(50, 200)


async def hears_all(person: Listener, said: int, direct: set[str]) -> None:
    """Wait until somebody has heard so many lines, and these direct messages, which come last."""
    await until(lambda: len(person.texts("said")) >= said, lambda: person.texts("said")[-9:])
    await until(
        lambda: direct <= {*person.texts("direct")}, lambda: direct - {*person.texts("direct")}
    )


@pytest.mark.long
@real
async def test_nothing_is_lost_or_doubled_however_connections_are_cut() -> None:
    house = House(ports.described("tcp:0:interface=127.0.0.1"), Limits(), Throttle.off())
    cutter = Cutter(house.address)
    port = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(cutter)
    with patch.object(link, "FIRST_WAIT", 0.005), patch.object(link, "LONGEST_WAIT", 0.02):
        people = [Listener(port.getHost().port) for _ in range(PEOPLE)]
    names = [f"client{number}" for number in range(1, PEOPLE + 1)]
    await until(lambda: all(person.link._place.seen for person in people), lambda: "no tokens")
    cutter.cuts = CUTS
    said = 0
    while cutter.cuts:
        if any(person.link.waiting > MOST_WAITING // 2 for person in people):
            await awhile(0.005)
            continue
        said += 1
        for number, person in enumerate(people):
            person.link.ask("bc", text=f"{number} {said}")
            person.link.ask("dm", username=names[said % PEOPLE], text=f"{number} {said}")
        await awhile(0.005)
    wanted = [
        {
            f"{by} {each + 1}"
            for each in range(said)
            for by in range(PEOPLE)
            if number in (by, (each + 1) % PEOPLE)
        }
        for number in range(PEOPLE)
    ]
    for number, person in enumerate(people):
        await hears_all(person, said * PEOPLE, wanted[number])
    await awhile()
    heard = people[0].texts("said")
    for number in range(PEOPLE):
        own = [text for text in heard if text.startswith(f"{number} ")]
        assert own == [f"{number} {each + 1}" for each in range(said)]
    for number, person in enumerate(people):
        assert person.texts("said") == heard
        # Connections that were cut before anything came over them may be told of; no person is.
        told = [(each["event"], each.get("name")) for each in person.told if "event" in each]
        assert not {("lost", name) for name in names} & set(told)
        assert all(told.count(("joined", name)) <= 1 for name in names)
        assert "missed" not in [event for event, _ in told]
        direct = person.texts("direct")
        twice = [each for each in person.events("direct") if direct.count(each["text"]) > 1]
        assert twice == []
        assert set(direct) == wanted[number]
    assert said > PEOPLE
    for person in people:
        await person.link.stop()
    await port.stopListening()
    await house.empties()
