"""The program over TLS: which certificates are trusted, and what is told of others."""

from __future__ import annotations

import contextlib
import os
import ssl
import tempfile
from pathlib import Path

from tests.certificate import DAY, fingerprint_of, self_signed, signed
from tests.client.plain.program import (
    ProgramTestCase,
    StandIn,
    converses,
    never_closes,
    refuses,
)
from tests.processes import UNMEASURED


def converses_and_says_so(server):
    """[Else the end of the connection would be no end of TLS.]"""
    converses(server)
    server.connection.unwrap()


class TlsTests(ProgramTestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.certificate = str(Path(self.folder, "certificate.pem"))
        pem = self_signed("127.0.0.1")
        Path(self.certificate).write_text(pem)
        self.fingerprint = fingerprint_of(pem)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate)

    def client(self, *arguments, **options):
        trusted = {"SSL_CERT_FILE": self.certificate}
        return super().client(*arguments, "--tls", **{"env": trusted, **options})

    def test_a_conversation(self):
        server = self.server(converses_and_says_so, context=self.context)
        said = b"line\n" * 20_000
        status, out, err = self.client("127.0.0.1", server.port).ends(said)
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(server.heard, said + b"/quit\n")
        self.assertEqual(out[-21:], "you: line\nyou: /quit\n")

    def test_a_silent_server_is_left(self):
        server = self.server(never_closes, context=self.context)
        result = self.client("127.0.0.1", server.port, patience=0.3).ends()
        self.assertEqual(result, (0, "server: Welcome\n", ""))

    def fails(self, host, context, **options):
        server = StandIn(converses, context=context)
        with self.assertRaises(OSError), server:  # the handshake, on the server's side
            status, out, err = self.client(host, server.port, **options).ends()
        self.assertEqual((status, out), (1, ""))
        return err

    def test_an_unknown_certificate(self):
        err = self.fails("127.0.0.1", self.context, env={})
        self.assertIn("is signed by nobody whom this machine trusts", err)
        [line] = err.splitlines()
        fingerprint = line.rpartition("--fingerprint ")[2]
        self.assertEqual(fingerprint, self.fingerprint)

    def test_what_is_trusted(self):
        trusted: tuple[str, str]
        for trusted in (
            ("--ca", self.certificate),
            ("--fingerprint", self.fingerprint),
            ("--fingerprint", f"sha256 Fingerprint={self.fingerprint.lower()}"),
        ):
            hosts = ["127.0.0.1", "localhost"] if trusted[0] == "--fingerprint" else ["127.0.0.1"]
            for host in hosts:
                with StandIn(converses_and_says_so, context=self.context) as server:
                    client = super().client(host, server.port, *trusted)
                    self.assertEqual(client.ends(b"hi\n")[::2], (0, ""))
                self.assertEqual(server.heard, b"hi\n/quit\n")

    def test_a_certificate_with_another_fingerprint(self):
        server = StandIn(converses, context=self.context)
        with self.assertRaises(OSError), server:
            client = self.client("127.0.0.1", server.port, "--fingerprint", "00" * 32)
            status, _, err = client.ends(b"hi\n")
        self.assertEqual(status, 1)
        self.assertIn(f"has another fingerprint: {self.fingerprint}", err)
        self.assertEqual(server.heard, b"")

    def test_chains(self):
        """[Whatever a chain lacks, nothing is said over it; a fingerprint is of its end.]"""
        ca, chain = signed("127.0.0.1")
        other, _ = signed("127.0.0.1")
        trusted = {"SSL_CERT_FILE": self.certificate, **UNMEASURED}
        for number, (sent, arguments, is_good) in enumerate(
            [
                (1, ("--ca", ca), True),
                (2, ("--ca", ca), True),
                (1, ("--ca", other), False),
                (2, ("--ca", other), False),
                (1, (), False),
                (2, (), False),
                (1, ("--fingerprint",), True),
                (2, ("--fingerprint",), True),
            ]
        ):
            certificates = Path(self.folder, f"{number}.pem")
            certificates.write_text("".join(chain[: sent + 1]))  # the key is the first
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificates)
            options = [*arguments]
            if options[:1] == ["--ca"]:
                Path(self.folder, "ca.pem").write_text(options[1])
                options[1] = str(Path(self.folder, "ca.pem"))
            elif options:
                options.append(fingerprint_of(chain[1]))
            server = StandIn(converses_and_says_so, context=context)
            with contextlib.ExitStack() as stack:
                if not is_good:
                    stack.enter_context(self.assertRaises(OSError))
                stack.enter_context(server)
                status, _, err = self.client("127.0.0.1", server.port, *options, env=trusted).ends(
                    b"hi\n"
                )
            self.assertEqual((status, server.heard != b""), (0 if is_good else 1, is_good), err)
            if not is_good:
                self.assertIn(fingerprint_of(chain[1]), err)

    def test_a_certificate_that_is_too_old(self):
        ca, (key, old, _) = signed("127.0.0.1", -2 * DAY)
        Path(self.folder, "old.pem").write_text(key + old)
        Path(self.folder, "ca.pem").write_text(ca)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(Path(self.folder, "old.pem"))
        err = self.fails("127.0.0.1", context, env={"SSL_CERT_FILE": f"{self.folder}/ca.pem"})
        self.assertIn("the server's certificate is valid from ", err)

    def test_a_ca_that_cannot_be_read(self):
        for file, why in {
            "/nowhere": "No such file or directory",
            os.devnull: "no certificate",
        }.items():
            status, out, err = self.client("127.0.0.1", "--ca", file).ends()
            self.assertEqual((status, out), (2, ""))
            self.assertRegex(err, rf"\Achatsvc: {file}: .*{why}")

    def test_a_certificate_for_another_host(self):
        err = self.fails("localhost", self.context)
        line = "the server's certificate is for 127.0.0.1, not for localhost."
        self.assertEqual(err, f"chatsvc: TLS failed: {line}\n")

    def test_a_server_without_tls(self):
        server = self.server(refuses)
        status, out, err = self.client("127.0.0.1", server.port).ends()
        self.assertEqual((status, out), (1, ""))
        self.assertRegex(err, r"\Achatsvc: TLS failed: [^\n]+\.\n\Z")

    def test_without_the_extra(self):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "OpenSSL.py").write_text("raise ImportError")
            result = self.client("127.0.0.1", env={"PYTHONPATH": folder}).ends()
        self.assertEqual(result, (2, "", "chatsvc: --tls needs pip install 'chatsvc[tls]'\n"))
