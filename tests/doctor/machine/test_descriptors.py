"""File descriptors, by processes that have few."""

from __future__ import annotations

import socket

from chatsvc import tap
from chatsvc.doctor.machine import descriptors
from chatsvc.doctor.server import Server
from tests.doctor.examining import FAULT, OK, WARNING, DoctorTestCase
from tests.patience import PATIENCE, only_long
from tests.processes import TWISTD, free_port


def limited(number: int) -> list[str]:
    """The start of a command that may have so many descriptors."""
    return ["sh", "-c", f'ulimit -n {number}; exec "$@"', "sh"]


class DescriptorTests(DoctorTestCase):
    def test_what_the_server_needs_for_itself(self) -> None:
        self.assertEqual(descriptors.SPARE, tap.SPARE_DESCRIPTORS)

    def test_enough(self) -> None:
        self.finds_elsewhere(limited(2000), descriptors.check_limit, OK, "may have 2000 file")

    def test_few(self) -> None:
        words = "a server started from here may have 1024 file descriptors: 924 people at most"
        found = self.finds_elsewhere(limited(1024), descriptors.check_limit, WARNING, words)
        self.assertIn("LimitNOFILE=65536", found.mend)

    def test_too_few(self) -> None:
        self.finds_elsewhere(limited(90), descriptors.check_limit, FAULT, "which are too few")

    def test_too_few_for_an_option(self) -> None:
        server = Server(max_users=10**9)
        self.finds(descriptors.check_limit, server, FAULT, "--max-users 1000000000")

    def serves_with(self, number: int) -> tuple[int, Server]:
        """A server that may have so many descriptors; its port."""
        port = free_port()
        options = [TWISTD, "-n", "--pidfile=", "chatsvc", "--store=sqlite:chat.sqlite"]
        self.starts(*limited(number), *options, "--throttle=off", f"--port={port}")
        self.calls(port).sees_some("Welcome")
        return port, Server(store=self.store)

    @only_long
    def test_those_of_a_running_server(self) -> None:
        _, server = self.serves_with(2000)
        words = "the server may have 2000 file descriptors, and "
        self.finds(descriptors.check_limit, server, OK, words)

    @only_long
    def test_nearly_all_in_use(self) -> None:
        port, server = self.serves_with(600)
        for _ in range(485):
            connection = socket.create_connection(("127.0.0.1", port), PATIENCE)
            self.addCleanup(connection.close)
        self.calls(port).sees_some("Welcome")  # by then all others have been accepted
        words = "of 600 file descriptors, nearly all"
        self.finds(descriptors.check_limit, server, WARNING, words)

    def test_all_programs_together(self) -> None:
        self.assertEqual(list(descriptors.check_system(Server())), [])
