"""A real server, started as systemd does it."""

from __future__ import annotations

import os
import signal
import stat
import time
import unittest

from tests.patience import only_long
from tests.processes import FIRST, free_port
from tests.service.systemd.managing import ManagedTestCase
from tests.service.systemd.stopping import let_go, stop_all_but_the_main_thread


class NotifyTests(ManagedTestCase):
    def test_what_it_reports_of_its_life(self) -> None:
        port = free_port()
        manager = self.manager()
        server = self.managed(f"--port={port}", manager=manager)
        ready = manager.hears("READY", "1")
        self.assertEqual(ready["STATUS"], "People: 0. Rooms: 1.")
        self.assertIn({"STATUS": "Opening the store."}, manager.heard)
        self.assertGreater(int(manager.heard[1]["EXTEND_TIMEOUT_USEC"]), 0)
        ann = self.calls(port)  # at once, as it listens by now
        ann.sees(FIRST)
        before = time.monotonic_ns() // 1000
        server.send_signal(signal.SIGHUP)
        reloading = manager.hears("RELOADING", "1")
        at = int(reloading["MONOTONIC_USEC"])
        self.assertTrue(before <= at <= time.monotonic_ns() // 1000)
        manager.hears("READY", "1")
        server.terminate()
        manager.hears("STOPPING", "1")
        self.assertEqual(self.ends(server)[0], -signal.SIGTERM)

    def test_an_abstract_socket_and_a_watchdog(self) -> None:
        manager = self.manager(f"@chatsvc-test-{os.getpid()}")
        self.managed(f"--port={free_port()}", manager=manager, WATCHDOG_USEC="400000")
        manager.hears("READY")
        for _ in range(3):
            self.assertRegex(manager.hears("WATCHDOG", "1")["STATUS"], r"^People: 0\. Rooms: 1\.$")

    def test_a_store_that_hangs_silences_the_watchdog(self) -> None:
        port = free_port()
        manager = self.manager()
        server = self.managed(f"--port={port}", manager=manager, WATCHDOG_USEC="400000")
        manager.hears("WATCHDOG", "1")
        ann = self.calls(port)
        ann.sees(FIRST)
        try:
            threads = stop_all_but_the_main_thread(server.pid)
        except OSError as error:
            raise unittest.SkipTest(f"nobody may stop threads here: {error}") from None
        self.assertTrue(threads)
        ann.types("/users")  # which needs no store
        ann.sees("server: 1 user is connected: client1")
        manager.drains()
        manager.hears_nothing_of("WATCHDOG", 1.0)
        let_go(threads)
        manager.hears("WATCHDOG", "1")

    def test_the_watchdog_of_another_process(self) -> None:
        manager = self.manager()
        self.managed(
            f"--port={free_port()}", manager=manager, WATCHDOG_USEC="200000", WATCHDOG_PID="1"
        )
        manager.hears("READY")
        manager.hears_nothing_of("WATCHDOG", 1.0)

    def test_a_manager_that_has_gone(self) -> None:
        port = free_port()
        manager = self.manager()
        server = self.managed(f"--port={port}", manager=manager, WATCHDOG_USEC="200000")
        manager.hears("READY")
        manager.socket.close()
        ann = self.calls(port)
        ann.sees(FIRST)
        server.terminate()
        self.assertEqual(self.ends(server)[0], -signal.SIGTERM)


@only_long
class SocketTests(ManagedTestCase):
    def test_they_take_the_place_of_the_port(self) -> None:
        listener, port = self.tcp()
        web, web_port = self.tcp()
        path = self.folder / "sock"
        own = self.unix(path)
        path.chmod(0o600)
        sockets = {"chatsvc.socket": listener, "web": web, "local": own}
        ann = self.calls(port)  # before there is a server
        taken = free_port()
        server = self.managed(f"--port={taken}", sockets=sockets)
        ann.sees(FIRST)
        bob = self.calls(path)
        bob.types("hi")
        ann.sees("client2: hi")
        browser = self.calls(web_port)
        browser.types("GET /healthz HTTP/1.0\r", "\r")
        self.assertIn("200 OK", browser.sees_the_end())
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        server.terminate()
        status, out, _ = self.ends(server)
        self.assertEqual(status, -signal.SIGTERM)
        self.assertTrue(path.exists())  # as it is the manager's
        names = f"port {port} from systemd, unix:{path} from systemd"
        self.assertIn(f"listening on {names}, port {web_port} from systemd for HTTP.", out)
        self.assertNotIn(str(taken), out)

    def test_connections_wait_over_a_restart(self) -> None:
        listener, port = self.tcp()
        path = self.folder / "sock"
        sockets = {"chat": listener, "local": self.unix(path)}
        for number in (1, 2):
            server = self.managed(sockets=sockets)
            ann = self.calls(port)
            ann.types(f"hello {number}")
            ann.sees(f"client{number}: hello {number}")
            server.terminate()
            ann.sees_the_end()
            self.ends(server)
        waiting = [self.calls(port), self.calls(path)]  # nobody accepts them, but these listen
        self.managed(sockets=sockets)
        for each in waiting:
            each.types("hello 3")
            each.sees_some(": hello 3")

    def test_those_that_an_option_names(self) -> None:
        for web_name in ("systemd:site", "systemd:1"):
            port = free_port()
            other, _ = self.tcp()
            web, web_port = self.tcp()
            self.managed(
                f"--port={port}", f"--web={web_name}", "--store=memory:",
                sockets={"other": other, "site": web},
            )  # fmt: skip
            ann = self.calls(port)
            ann.sees(FIRST)
            browser = self.calls(web_port)
            browser.types("GET /healthz HTTP/1.0\r", "\r")
            self.assertIn("200 OK", browser.sees_the_end())

    def test_those_without_names(self) -> None:
        web, web_port = self.tcp()
        other, port = self.tcp()
        sockets = {"one": web, "two": other}
        self.managed("--store=memory:", sockets=sockets, are_named=False)
        for each in (port, web_port):
            self.calls(each).sees_some("Welcome, you are client")

    def test_one_without_a_name_that_an_option_numbers(self) -> None:
        web, web_port = self.tcp()
        options = (f"--port={free_port()}", "--web=systemd:0", "--store=memory:")
        self.managed(*options, sockets={"one": web}, are_named=False)
        browser = self.calls(web_port)
        browser.types("GET /healthz HTTP/1.0\r", "\r")
        self.assertIn("200 OK", browser.sees_the_end())

    def test_one_that_was_not_passed(self) -> None:
        listener, _ = self.tcp()
        server = self.managed("--listen=systemd:web", sockets={"chat": listener})
        status, out, _ = self.ends(server)
        self.assertEqual(status, 1)
        self.assertIn("'systemd:web': systemd has not passed that socket.", out)

    def test_one_that_does_not_listen(self) -> None:
        listener, _ = self.tcp()
        caller = self.calls(listener.getsockname()[1])
        server = self.managed(sockets={"chat": caller.socket})
        status, out, _ = self.ends(server)
        self.assertEqual(status, 1)
        self.assertRegex(out, r"cannot listen on port \d+ from systemd: It does not listen\.")
