"""A certificate from a certificate authority, and its renewal, while people talk."""

from __future__ import annotations

import json
import shutil
import ssl
import time
from collections.abc import Sequence
from unittest import SkipTest

from cryptography import x509

from tests.certificate import signed
from tests.patience import PATIENCE, only_long
from tests.processes import Caller, ProcessTestCase, free_port

HOST = "localhost"  # for which pebble asks this machine
PEBBLE = {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0", "PEBBLE_AUTHZREUSE": "0"}


class AcmeTestCase(ProcessTestCase):
    """There are an authority, and a server to which it sends its challenges."""

    def setUp(self) -> None:
        super().setUp()
        self.needs("pebble")
        ca, [key, certificate, _] = signed(HOST)
        for name, pem in [("ca", ca), ("cert", certificate), ("key", key)]:
            (self.folder / f"{name}.pem").write_text(pem)
        self.port, self.tls_port, acme = free_port(), free_port(), free_port()
        self.authority = f"https://{HOST}:{acme}/dir"
        self.webroot = self.folder / "www"
        self.webroot.mkdir()
        settings = {
            "listenAddress": f"127.0.0.1:{acme}",
            "managementListenAddress": f"127.0.0.1:{free_port()}",
            "certificate": str(self.folder / "cert.pem"),
            "privateKey": str(self.folder / "key.pem"),
            "httpPort": self.port,
            "tlsPort": self.tls_port,
        }
        (self.folder / "pebble.json").write_text(json.dumps({"pebble": settings}))
        self.starts("pebble", "-config", "pebble.json", **PEBBLE)
        Caller(acme).socket.close()  # [It is tried again until pebble listens.]

    def needs(self, *programs: str) -> None:
        for program in programs:
            if shutil.which(program) is None:
                raise SkipTest(f"needs {program}")

    def offers(self, certificates: str) -> None:
        """Start the server, whose certificates are to come."""
        self.serves(
            f"--port={self.port}", f"--tls-port={self.tls_port}", "--interface=127.0.0.1",
            "--store=memory:", f"--acme-webroot={self.webroot}",
            f"--certificate={certificates}",
        )  # fmt: skip

    def shown(self) -> x509.Certificate:
        """The certificate that the server shows now."""
        pem = ssl.get_server_certificate(("127.0.0.1", self.tls_port))
        return x509.load_pem_x509_certificate(pem.encode())

    def runs(self, *command: object) -> None:
        """Run a program that trusts the authority's own certificate, and succeeds."""
        ca = str(self.folder / "ca.pem")
        trust = {"LEGO_CA_CERTIFICATES": ca, "REQUESTS_CA_BUNDLE": ca}
        status, out, err = self.ends(self.starts(*command, **trust))
        self.assertEqual(status, 0, out + err)

    def check(self, first: Sequence[object], renewal: Sequence[object], chain: str) -> None:
        """Ask for a certificate, and for the next one, while somebody stays connected.

        chain: the file with the certificate and its issuer's.
        """
        plain = self.calls(self.port)
        plain.sees_some("Welcome")
        stand_in = self.shown()
        self.assertEqual(stand_in.issuer, stand_in.subject)
        self.runs(*first)
        one = self.shown_after(stand_in)
        trust = ssl.create_default_context(cafile=self.folder / chain)
        trust.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # up to the issuer, which is no root
        with trust.wrap_socket(self.calls(self.tls_port).socket, server_hostname=HOST) as ann:
            ann.sendall(b"/nick ann\n")
            self.runs(*renewal)
            self.shown_after(one)
            ann.sendall(b"still here\n")
            plain.sees("ann: still here")

    def shown_after(self, old: x509.Certificate) -> x509.Certificate:
        """The certificate by the authority that the server shows once it is not the old one."""
        deadline = time.monotonic() + PATIENCE
        while (new := self.shown()) == old:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
        self.assertIn("Pebble", new.issuer.rfc4514_string())
        return new


@only_long
class ClientTests(AcmeTestCase):
    def test_dehydrated(self) -> None:
        self.needs("dehydrated", "curl", "openssl")
        (self.folder / "config").write_text(
            f"CA={self.authority}\nBASEDIR={self.folder}\nKEYSIZE=2048\n"
            f"WELLKNOWN={self.webroot}/.well-known/acme-challenge\n"
            f"CURL_OPTS='--cacert {self.folder}/ca.pem'\n"
        )
        (self.folder / "domains.txt").write_text(f"{HOST}\n")
        (self.webroot / ".well-known" / "acme-challenge").mkdir(parents=True)
        self.offers("certs")
        self.runs("dehydrated", "--config", "config", "--register", "--accept-terms")
        asks = ["dehydrated", "--config", "config", "--cron"]
        self.check(asks, [*asks, "--force"], f"certs/{HOST}/fullchain.pem")

    def test_certbot(self) -> None:
        self.needs("certbot")
        self.offers("letsencrypt/live")
        asks = [
            "certbot", "certonly", "--webroot", "--webroot-path", self.webroot, "--domain", HOST,
            "--server", self.authority, "--agree-tos", "--register-unsafely-without-email",
            "--non-interactive", "--config-dir", "letsencrypt", "--work-dir", "work",
            "--logs-dir", "logs",
        ]  # fmt: skip
        chain = f"letsencrypt/live/{HOST}/fullchain.pem"
        self.check(asks, [*asks, "--force-renewal"], chain)

    def test_lego(self) -> None:
        self.needs("lego")
        self.offers("certificates")
        asks = [
            "lego", "--server", self.authority, "--accept-tos", "--email", "ann@example.org",
            "--domains", HOST, "--path", ".", "--pem", "--http", "--http.webroot", self.webroot,
        ]  # fmt: skip
        self.check(
            [*asks, "run"],
            [*asks, "renew", "--days", "99999", "--no-random-sleep"],
            f"certificates/{HOST}.crt",
        )
