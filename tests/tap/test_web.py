"""The web door of the service."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request

from tests.certificate import self_signed
from tests.processes import Caller, ProcessTestCase, free_port

MISSING = 'raise ModuleNotFoundError("No module named wsproto", name="wsproto")'
ADVICE = "it needs more to be installed: pip install 'chatsvc[web]'"


class WebTests(ProcessTestCase):
    is_measured = True

    def setUp(self) -> None:
        super().setUp()
        self.port = free_port()

    def asked(self, port: int, trust: ssl.SSLContext | None = None) -> tuple[int, str]:
        """The answer to a health check."""
        Caller(port).socket.close()  # [It is tried again until the server listens.]
        url = f"{'http' if trust is None else 'https'}://127.0.0.1:{port}/healthz"
        try:
            with urllib.request.urlopen(url, context=trust) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def test_wherever_it_is_offered(self) -> None:
        (self.folder / "cert.pem").write_text(self_signed())
        trust = ssl.create_default_context(cafile=str(self.folder / "cert.pem"))
        tls_port, web_port = free_port(), free_port()
        self.serves(
            f"--port={self.port}", "--certificate=cert.pem", f"--tls-port={tls_port}",
            f"--web=tcp:{web_port}:interface=127.0.0.1", "--store=memory:",
        )  # fmt: skip
        for port, context in (
            (self.port, None), (self.port, trust), (tls_port, trust), (web_port, None)
        ):  # fmt: skip
            self.assertEqual(self.asked(port, context), (200, "ok\n"))

    def test_without_what_it_needs(self) -> None:
        (self.folder / "wsproto.py").write_text(MISSING)
        without = {"PYTHONPATH": str(self.folder)}
        server = self.serves(f"--port={self.port}", "--store=memory:", **without)
        status, body = self.asked(self.port)
        self.assertEqual(status, 501)
        self.assertIn("It does not speak HTTP here", body)
        server.terminate()
        self.assertIn(f"There is no web door: {ADVICE}", self.ends(server)[1])
        for option in (f"--web=tcp:{free_port()}", "--doors=web"):
            server = self.serves(f"--port={self.port}", "--store=memory:", option, **without)
            status, _, error = self.ends(server)
            self.assertEqual((status, error), (1, f"chatsvc: {option.split('=')[0]}: {ADVICE}\n"))
