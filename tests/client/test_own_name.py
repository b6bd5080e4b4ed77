"""Which name one has, and when another may be had."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client.own_name import OwnName
from chatsvc.events.event import Event
from chatsvc.events.people import Joined, LoggedIn, Lost, Quit, Renamed, Welcomed


class OwnNameTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.own = OwnName()
        self.assertFalse(self.own.hear(Welcomed("client2", 1, ("#lobby",))))
        self.own.wanted = "bob"

    def test_a_name_that_becomes_free(self) -> None:
        free: list[Event | None] = [Quit("Bob"), Lost("bob"), Renamed("bob", "rob")]
        taken = [None, Quit("ann"), Joined("bob"), Renamed("ann", "bob")]
        for event in (*free, *taken):
            self.assertEqual(self.own.hear(event), event in free)
        self.assertEqual(self.own.name, "client2")

    def test_who_has_chosen_another_wants_no_more(self) -> None:
        for event, name in ((Renamed("client2", "ann"), "ann"), (LoggedIn("ann", ()), "ann")):
            self.setUp()
            self.assertFalse(self.own.hear(event))
            self.assertEqual(self.own.name, name)
            self.assertFalse(self.own.hear(Quit("bob")))
