"""The endpoints of --metrics, of a real server that real people talk at."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

from twisted.trial.unittest import SkipTest

from tests.certificate import self_signed
from tests.metrics.scraping import samples
from tests.patience import PATIENCE, only_long
from tests.processes import ProcessTestCase, free_port

MISSING = 'raise ModuleNotFoundError("No module named x", name="prometheus_client")'
ADVICE = "it needs more to be installed: pip install 'chatsvc[metrics]'"


class EndpointTestCase(ProcessTestCase):
    """A server with a store, an endpoint for metrics, and somebody who is there."""

    options: tuple[str, ...] = ()

    def setUp(self) -> None:
        super().setUp()
        self.port, self.metrics_port = free_port(), free_port()

    def begin(self, *options: str, **environment: str) -> None:
        self.server = self.serves(
            f"--port={self.port}", f"--metrics=tcp:{self.metrics_port}:interface=127.0.0.1",
            "--interface=127.0.0.1", *options, **environment,
        )  # fmt: skip
        self.ann = self.calls(self.port)
        self.ann.types("hello")
        self.ann.sees("client1: hello")

    def asks(self, path: str) -> tuple[int, str]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.metrics_port, PATIENCE)) as door:
            door.request("GET", path)
            answer = door.getresponse()
            return answer.status, answer.read().decode()

    def scraped(self) -> dict[str, float]:
        status, body = self.asks("/metrics")
        self.assertEqual(status, 200, body)
        return samples(body)

    def sees(self, series: str, least: float) -> dict[str, float]:
        """Scrape until a series has a value; what else there is then."""
        deadline = time.monotonic() + PATIENCE
        while (found := self.scraped())[series] < least:
            assert time.monotonic() < deadline, (series, found[series])
            time.sleep(0.1)
        return found


class EndpointTests(EndpointTestCase):
    def test_a_conversation(self) -> None:
        (self.folder / "cert.pem").write_text(self_signed())
        self.begin("--certificate=cert.pem", "--tls-port=0", "--max-users=50")
        before = self.scraped()
        bob = self.calls(self.port)
        bob.types("/json", '{"do": "say", "room": "#lobby", "text": "hi"}')
        self.ann.sees("client2: hi")
        self.ann.types("/nick ann", "/register correct-horse", "/logout", "/login ann wrong")
        self.ann.sees_some("wrong")
        self.ann.types("/login ann correct-horse")
        self.ann.sees_some("You are ann")
        irc = self.calls(self.port)
        irc.types("NICK cat", "USER cat 0 * :Cat", "PRIVMSG #lobby :hello")
        self.ann.sees_some("cat: hello")
        found = self.sees("chatsvc_messages_total", 3)
        for series, value in {
            'chatsvc_connections{door="text"}': 1,
            'chatsvc_connections{door="json"}': 1,
            'chatsvc_connections{door="irc"}': 1,
            "chatsvc_connections_limit": 50,
            "chatsvc_accounts": 1,
            'chatsvc_people{kind="account"}': 1,
            'chatsvc_logins_total{result="ok"}': 1,
            'chatsvc_logins_total{result="wrong_password"}': 1,
            "chatsvc_registrations_total": 1,
            "chatsvc_commit_queue_events": 0,
            "chatsvc_bugs_total": 0,
            "chatsvc_ready": 1,
        }.items():
            self.assertEqual(found[series], value, series)
        for series in (
            "chatsvc_commit_seconds", "chatsvc_round_seconds", "chatsvc_store_sync_seconds",
            "chatsvc_store_transaction_seconds",
        ):  # fmt: skip
            self.assertGreater(found[f"{series}_count"], before[f"{series}_count"])
            self.assertGreater(found[f"{series}_sum"], before[f"{series}_sum"])
            self.assertEqual(found[f'{series}_bucket{{le="+Inf"}}'], found[f"{series}_count"])
        for series in ("chatsvc_received_bytes_total", "chatsvc_delivered_bytes_total"):
            self.assertGreater(found[series], before[series])
        cpu = "process_cpu_seconds_total"
        self.assertGreater(found[cpu], before[cpu])
        self.assertGreater(found["process_resident_memory_bytes"], 10_000_000)
        self.assertLess(abs(found["process_start_time_seconds"] - time.time()), 600)
        self.assertGreater(found["chatsvc_certificate_expiry_timestamp_seconds"], time.time())
        store = Path(self.folder, "chatsvc.sqlite")
        self.assertGreaterEqual(found["chatsvc_store_size_bytes"], store.stat().st_size)
        disk = shutil.disk_usage(self.folder)
        self.assertLess(abs(found["chatsvc_store_free_bytes"] - disk.free), disk.total / 10)
        self.assertEqual(self.sees_nothing_unindexed(), 0)

    def sees_nothing_unindexed(self) -> float:
        deadline = time.monotonic() + PATIENCE
        while (left := self.scraped()["chatsvc_store_unindexed_messages"]) > 0:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        return left

    def test_a_store_that_fails(self) -> None:
        self.begin()
        with closing(
            sqlite3.connect(self.folder / "chatsvc.sqlite", isolation_level=None)
        ) as other:
            other.execute("BEGIN EXCLUSIVE")
            self.ann.types("lost")
            self.ann.sees_some("another process has locked the file")
            status, body = self.asks("/healthz")
            self.assertEqual(status, 503)
            self.assertRegex(body, "another process has locked the file|it takes too long")
        found = self.sees('chatsvc_store_failures_total{operation="write"}', 1)
        self.assertEqual(found["chatsvc_messages_not_kept_total"], 1)
        self.assertEqual(found["chatsvc_messages_total"], 1)
        self.assertEqual(self.asks("/healthz"), (200, "ok\n"))

    def test_a_commit_queue(self) -> None:
        (self.folder / "sitecustomize.py").write_text(PATIENT)
        self.begin(PYTHONPATH=str(self.folder))
        with closing(
            sqlite3.connect(self.folder / "chatsvc.sqlite", isolation_level=None)
        ) as other:
            other.execute("BEGIN EXCLUSIVE")
            self.ann.types("one", "two")
            self.sees("chatsvc_commit_queue_events", 2)
            other.execute("COMMIT")
        self.ann.sees("client1: two")

    def test_many_scrapers_at_once(self) -> None:
        self.begin()
        idle = [self.calls(self.metrics_port) for _ in range(50)]
        for each in idle[:25]:
            each.types("GET /metrics HTTP/1.1")
        doors = [http.client.HTTPConnection("127.0.0.1", self.metrics_port) for _ in range(50)]
        for door in doors:
            self.addCleanup(door.close)
            door.request("GET", "/metrics")
        for door in doors:
            answer = door.getresponse()
            self.assertEqual(answer.status, 200)
            self.assertIn(b"chatsvc_ready 1.0", answer.read())
        self.ann.types("still here")
        self.ann.sees("client1: still here")

    def test_a_unix_socket(self) -> None:
        path = self.folder / "metrics.sock"
        self.begin(f"--metrics=unix:{path}")
        self.assertEqual(path.stat().st_mode & 0o777, 0o660)
        caller = self.calls(path)
        caller.socket.sendall(b"GET /readyz HTTP/1.0\r\n\r\n")
        self.assertTrue(caller.sees_the_end().endswith("\r\n\r\nok\n"))

    def test_without_wsproto(self) -> None:
        (self.folder / "wsproto.py").write_text(MISSING.replace("prometheus_client", "wsproto"))
        self.server = self.serves(
            f"--port={self.port}", f"--metrics=tcp:{self.metrics_port}", "--store=memory:",
            PYTHONPATH=str(self.folder),
        )  # fmt: skip
        self.calls(self.metrics_port)
        self.assertEqual(self.asks("/healthz"), (200, "ok\n"))
        self.assertNotIn("chatsvc_store_size_bytes", self.scraped())

    def test_promtool_finds_nothing_to_say(self) -> None:
        if shutil.which("promtool") is None:
            raise SkipTest("promtool is not installed: apt install prometheus")
        (self.folder / "cert.pem").write_text(self_signed())
        self.begin("--certificate=cert.pem", "--tls-port=0")
        _, body = self.asks("/metrics")
        check = subprocess.run(
            ["promtool", "check", "metrics"],
            input=body,
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual((check.returncode, check.stdout, check.stderr), (0, "", ""))


@only_long
class RefusalTests(ProcessTestCase):
    def refused(self, *options: str, **environment: str) -> str:
        server = self.serves("--port=off", "--listen=unix:chat.sock", *options, **environment)
        status, _, error = self.ends(server)
        self.assertEqual(status, 1)
        return error

    def test_without_what_it_needs(self) -> None:
        (self.folder / "prometheus_client.py").write_text(MISSING)
        error = self.refused("--metrics=tcp:9090", PYTHONPATH=str(self.folder))
        self.assertEqual(error, f"chatsvc: --metrics: {ADVICE}\n")

    def test_what_is_no_endpoint(self) -> None:
        self.assertEqual(
            self.refused("--metrics=9090"),
            "chatsvc: --metrics: '9090' is not an endpoint that Twisted knows. It is written like"
            " tcp:5000, unix:/run/chat.sock or haproxy:tcp:5002.\n",
        )

    def test_a_port_in_use(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            error = self.refused(f"--metrics=tcp:{port}:interface=127.0.0.1")
        self.assertIn(
            f"chatsvc: cannot listen on tcp:{port}:interface=127.0.0.1 for metrics", error
        )
        self.assertFalse(os.path.exists(self.folder / "chat.sock"))


@only_long
class StartingTests(EndpointTestCase):
    def test_a_server_that_starts(self) -> None:
        """It listens for those who watch it before its store is open."""
        self.begin()
        self.server.terminate()
        self.ends(self.server)
        (self.folder / "sitecustomize.py").write_text(SLOW)
        self.server = self.serves(
            f"--port={self.port}", f"--metrics=tcp:{self.metrics_port}:interface=127.0.0.1",
            PYTHONPATH=str(self.folder),
        )  # fmt: skip
        self.calls(self.metrics_port)
        status, body = self.asks("/readyz")
        self.assertEqual(status, 503)
        self.assertIn("The server is starting.", body)
        self.assertEqual(self.asks("/healthz")[0], 503)
        found = self.scraped()
        self.assertEqual(found["chatsvc_ready"], 0)
        self.assertNotIn("chatsvc_store_size_bytes", found)
        (self.folder / "go").touch()
        self.calls(self.port).sees_some("Welcome")
        self.assertEqual(self.asks("/readyz"), (200, "ok\n"))


# The store waits for as long as it takes until nobody else locks the file.
PATIENT = """
from chatsvc.stores.sqlite import connection

connection.BUSY = 3600
"""
# The store's file takes long to open, until it may go on.
SLOW = """
import os, time
from chatsvc.stores.sqlite import file

def opened(self, real=file.File.open):
    while not os.path.exists("go") and "-writer" in __import__("threading").current_thread().name:
        time.sleep(0.05)
    return real(self)

file.File.open = opened
"""
