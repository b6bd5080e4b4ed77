"""Cloaks, and people of whom nobody was told yet."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.people.cloaks import MOST_KNOWN, NOWHERE, Cloaks
from chatsvc.events.event import Event
from chatsvc.events.people import Joined, Quit, Renamed
from chatsvc.stores.memory import MemoryStore
from tests.harness import ChatTestCase


class CloakTests(SynchronousTestCase):
    def opened(self, store: MemoryStore) -> Cloaks:
        cloaks = Cloaks(store)
        self.successResultOf(Deferred.fromCoroutine(cloaks.open()))
        return cloaks

    def test_it_is_the_same_after_a_restart_and_another_elsewhere(self) -> None:
        store = MemoryStore(1, 1)
        cloak = self.opened(store).of("10.0.0.1")
        self.assertEqual(self.opened(store).of("10.0.0.1"), cloak)
        other = MemoryStore(1, 1)
        self.assertNotEqual(self.opened(other).of("10.0.0.1"), cloak)
        self.assertNotEqual(self.opened(store).of("10.0.0.2"), cloak)

    def test_who_has_no_address_has_one_too(self) -> None:
        self.assertEqual(self.opened(MemoryStore(1, 1)).of(None), NOWHERE)

    def test_only_so_many_are_remembered(self) -> None:
        cloaks = self.opened(MemoryStore(1, 1))
        first = cloaks.of("0")
        for number in range(MOST_KNOWN + 5):
            cloaks.of(str(number))
        self.assertLessEqual(len(cloaks._known), MOST_KNOWN)
        self.assertEqual(cloaks.of("0"), first)


class UnannouncedTests(ChatTestCase):
    def test_who_chooses_a_name_before_others_are_told_comes_under_it(self) -> None:
        told: list[Event] = []
        self.server.chat.announcements.watchers.append(lambda user, event: told.append(event))
        dan = self.server.joined_by("10.0.0.4", is_new=False)
        self.server.chat.logins.choose_name(dan.session.user, "dan")
        self.server.chat.announcements.arrive(dan.session)
        self.assertEqual(self.ann.hears(), ["server: dan has joined."])
        dan.types("/nick don", "/quit")
        self.assertEqual(
            self.ann.hears(), ["server: dan is now known as don.", "server: don has quit."]
        )
        self.assertEqual(told, [Joined("dan"), Renamed("dan", "don"), Quit("don")])
