"""Given names."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.people.addresses import known_network, network
from chatsvc.chat.people.given_names import Names
from tests.harness import Clock


class NetworkTests(SynchronousTestCase):
    def test_what_counts_as_one_address(self) -> None:
        for host, expected in {
            "10.1.2.3": "10.1.2.3",
            "::ffff:10.1.2.3": "10.1.2.3",
            "64:ff9b::10.1.2.3": "10.1.2.3",
            "64:ff9b:1:7::10.1.2.3": "10.1.2.3",
            "2002:a01:203::1": "2002:a01:203::/64",
            "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
            "2001:db8:1:2::": "2001:db8:1:2::/64",
            "fe80::1:2%eth0": "fe80::1:2",
        }.items():
            self.assertEqual(network(host), expected)

    def test_what_is_none(self) -> None:
        self.assertRaises(ValueError, network, "example.org")

    def test_what_has_no_address(self) -> None:
        hosts = ("10.0.0.1", "example.org", None)
        self.assertEqual([*map(known_network, hosts)], ["10.0.0.1", None, None])


def given_by(names: Names, address: str | None) -> str:
    """A name of which others are told."""
    name = names.give(address)
    names.announced(name)
    return name


class NamesTests(SynchronousTestCase):
    def test_numbers_only_go_up(self) -> None:
        names = Names(Clock())
        self.assertEqual([given_by(names, "a"), given_by(names, "b")], ["client1", "client2"])
        names.take_back("client1", "a")
        self.assertEqual(given_by(names, "b"), "client3")

    def test_given_back_the_lowest_first(self) -> None:
        names = Names(Clock())
        given = [given_by(names, "a") for _ in range(11)]
        for name in reversed(given):
            names.take_back(name, "a")
        self.assertEqual([given_by(names, "a") for _ in range(11)], given)
        self.assertEqual(given_by(names, "a"), "client12")

    def test_unknown_addresses_share_nothing(self) -> None:
        names = Names(Clock())
        names.take_back(given_by(names, None), None)
        self.assertEqual(given_by(names, None), "client2")

    def test_bounded_and_forgets_whom_it_has_not_seen_for_longest(self) -> None:
        names = Names(Clock(), remembered=3)
        given = [(given_by(names, address), address) for address in "aabcd"]
        for name, address in given[:3]:
            names.take_back(name, address)
        names.take_back(given_by(names, "a"), "a")
        names.take_back(*given[3])
        names.take_back(*given[4])
        self.assertEqual(given_by(names, "b"), "client6")
        self.assertEqual(given_by(names, "c"), "client4")
        self.assertEqual(given_by(names, "d"), "client5")
        self.assertEqual([given_by(names, "a"), given_by(names, "a")], ["client2", "client7"])
        self.assertEqual((names._free, names._count), ({}, 0))

    def test_forgets_those_who_have_not_come_for_long(self) -> None:
        clock = Clock()
        names = Names(clock)
        given = [(given_by(names, address), address) for address in "aab"]
        names.take_back(*given[0])
        clock.advance(10)
        names.take_back(*given[2])
        names.forget_before(5)
        self.assertEqual((names._free, names._count), ({"b": (10, [3])}, 1))
        self.assertEqual((given_by(names, "a"), given_by(names, "b")), ("client4", "client3"))

    def test_one_of_which_nobody_was_told_is_given_again(self) -> None:
        names = Names(Clock())
        unheard = [names.give(address) for address in ("a", None, "b")]
        for name, address in zip(reversed(unheard), ("b", None, "a"), strict=True):
            names.take_back(name, address)
        self.assertEqual([names.give("c") for _ in range(4)], [*unheard, "client4"])

    def test_a_known_one_of_which_nobody_was_told_again_stays_its_addresss(self) -> None:
        names = Names(Clock())
        names.take_back(given_by(names, "a"), "a")
        names.take_back(names.give("a"), "a")
        self.assertEqual((names.give("b"), names.give("a")), ("client2", "client1"))
