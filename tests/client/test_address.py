"""Addresses of servers, as people write them."""

from __future__ import annotations

from argparse import ArgumentTypeError

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client.address import valid_address, valid_host, valid_port


class AddressTests(SynchronousTestCase):
    def test_what_is_a_host(self):
        for text, host in {
            "127.0.0.1": "127.0.0.1",
            "::1": "::1",
            "[::1]": "::1",
            "[fe80::1%lo]": "fe80::1%lo",
            "localhost": "localhost",
            "chat.example.org.": "chat.example.org.",
            "a-1.2b": "a-1.2b",
            "bücher.example": "bücher.example",
        }.items():
            self.assertEqual(valid_host(text), host)

    def test_what_is_no_host(self):
        for text in (
            *("", " ", "a b", "a..b", ".a", "-a", "a-", "a_b", "a/b", "a:1", "[", "[a]", "[::1"),
            *("300.1.1.1", "127.0.0", "1", "1.2.3.4.5", "::1::", "x" * 64, "a\n", "\x1b[2J"),
            ".".join(["x" * 49] * 6),
        ):
            self.assertRaises(ArgumentTypeError, valid_host, text)

    def test_what_is_neither_a_host_nor_the_path_of_a_socket(self):
        for text in ("https://chat.example.org", "http://localhost:5000/", "unix:"):
            self.assertRaises(ArgumentTypeError, valid_address, text)
        self.assertEqual(valid_address("/run/chat.sock"), ("/run/chat.sock", None))

    def test_what_is_a_port(self):
        self.assertEqual(
            [valid_port("1"), valid_port("5000"), valid_port("65535")], [1, 5000, 65535]
        )

    def test_what_is_no_port(self):
        for text in ("", "0", "65536", "-1", "1.0", "x", "५", "1 ", "9" * 5000):
            self.assertRaises(ArgumentTypeError, valid_port, text)
