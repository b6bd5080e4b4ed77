"""By what people can be hit."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.moderation.targets import address_key, check_width, hits
from chatsvc.chat.people.keys import account_key
from chatsvc.errors import ChatError


class AddressTests(SynchronousTestCase):
    def test_addresses_and_networks(self) -> None:
        for text, key in (
            ("10.0.0.1", "address 10.0.0.1"),
            ("10.0.0.1/32", "address 10.0.0.1"),
            ("10.0.0.1/24", "network 10.0.0.0/24"),
            ("10.1.2.3/8", "network 10.0.0.0/8"),
            ("0.0.0.0/0", "network 0.0.0.0/0"),
            ("::/0", "network ::/0"),
            ("2001:db8::1", "address 2001:db8::/64"),
            ("2001:db8::1/64", "address 2001:db8::/64"),
            ("2001:db8::1/128", "address 2001:db8::/64"),
            ("2001:db8::1/48", "network 2001:db8::/48"),
            ("::ffff:10.0.0.1", "address 10.0.0.1"),
            ("::ffff:10.0.0.1/128", "address 10.0.0.1"),
            ("::ffff:10.0.0.0/104", "network 10.0.0.0/8"),
            ("::ffff:192.0.2.9/120", "network 192.0.2.0/24"),
            ("64:ff9b::192.0.2.7", "address 192.0.2.7"),
            ("64:ff9b::c000:200/120", "network 192.0.2.0/24"),
            ("64:ff9b:1:2::192.0.2.7", "address 192.0.2.7"),
            ("2002:c000:207::1", "address 2002:c000:207::/64"),
            ("fe80::1", "address fe80::1"),
            ("fe80::1%eth0/128", "address fe80::1"),
            ("fe80::1/64", "network fe80::/64"),
        ):
            self.assertEqual(address_key(text), key)

    def test_rubbish(self) -> None:
        for text in (
            *("", "10.0.0", "10.0.0.256", "10.0.0.1/", "10.0.0.1/33", "10.0.0.1/-1", "/24"),
            *("10.0.0.1/255.255.255.0", "10.0.0.1/²", "10.0.0.1/0x8", "10.0.0.1 ", "::1::", "a.b"),
            *("10.0.0.1/24/24", "١٠.0.0.1", "1" * 8192, "10.0.0.0/" + "9" * 8000, "example.org"),
        ):
            with self.assertRaises(ChatError) as raised:
                address_key(text)
            self.assertIn("is no address", str(raised.exception), text)
            self.assertLess(len(str(raised.exception)), 120)

    def test_this_machine_is_none(self) -> None:
        for text in (
            *("127.0.0.1", "127.0.0.0/8", "::1", "::1/128", "::ffff:127.0.0.1"),
            *("::ffff:127.0.0.0/104", "127.1.2.3/8"),
        ):
            with self.assertRaises(ChatError) as raised:
                address_key(text)
            self.assertIn("is this machine", str(raised.exception), text)

    def test_bans_of_what_holds_it_are_too_wide(self) -> None:
        for text in (
            *("0.0.0.0/0", "126.0.0.0/7", "64.1.2.3/1", "::/0", "::5", "::/64", "::/16"),
            *("::ffff:0:0/96", "::ffff:0:0/90", "::ffff:1.2.3.4/0", "64:ff9b::127.0.0.1"),
            *("64:ff9b::/96", "64:ff9b::/32", "64:ff9b:1::/48", "64:ff9b:1:2::/63"),
        ):
            with self.assertRaises(ChatError) as raised:
                check_width(address_key(text))
            self.assertIn("holds this machine", str(raised.exception), text)

    def test_so_are_those_of_all_who_come_by_ipv6(self) -> None:
        with self.assertRaises(ChatError) as raised:
            check_width(address_key("2000::/3"))
        self.assertIn("would hit everybody", str(raised.exception))
        for text in ("128.0.0.0/1", "2001:db8::/32", "fe80::/10", "192.0.2.7", "2001:db8::1"):
            check_width(address_key(text))


class HitTests(SynchronousTestCase):
    def test_whom_keys_hit(self) -> None:
        ann = ["guest client1", "address 10.0.0.1", account_key("ann")]
        far = ["guest client2", "address 2001:db8::/64"]
        for keys, hit, far_hit in (
            ([account_key("ANN")], True, False),
            ([account_key("аnn")], True, False),  # the first letter is Cyrillic
            (["guest client1", "guest client2"], True, True),
            (["address 10.0.0.1"], True, False),
            (["network 10.0.0.0/24"], True, False),
            (["network 10.0.1.0/24"], False, False),
            (["network 2001:db8::/32"], False, True),
            (["network 0.0.0.0/0"], True, False),
            ([], False, False),
        ):
            self.assertEqual((hits(keys, ann), hits(keys, far)), (hit, far_hit), keys)
