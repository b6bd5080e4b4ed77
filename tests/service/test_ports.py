"""Whether a port can be opened, found out without opening it."""

from __future__ import annotations

import socket
import sys

from chatsvc.service import ports
from tests.processes import ProcessTestCase, free_port

CHECK = """
import sys
from chatsvc.service import ports
print("begins", flush=True)
while True:
    ports.check(int(sys.argv[1]), "127.0.0.1")
"""


class CheckTests(ProcessTestCase):
    def test_nobody_is_accepted_by_what_does_not_serve(self) -> None:
        port = free_port()
        checking = self.starts(sys.executable, "-c", CHECK, port)
        assert checking.stdout is not None
        checking.stdout.readline()
        for _ in range(2000):
            with socket.socket() as caller:
                self.assertRaises(ConnectionError, caller.connect, ("127.0.0.1", port))
        self.assertIsNone(checking.poll())

    def test_a_port_that_is_taken(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            self.assertRaises(OSError, ports.check, other.getsockname()[1], "127.0.0.1")
            self.assertRaises(OSError, ports.check, other.getsockname()[1], "0.0.0.0")
