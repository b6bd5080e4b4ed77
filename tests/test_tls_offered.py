"""What TLS offers, and what it refuses: versions, ciphers, renegotiation, resumption."""

from __future__ import annotations

import contextlib
import ssl
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.tls.certificate import Certificate
from tests.certificate import self_signed
from tests.test_certificate import END, shake_hands

FORWARD = {
    f"ECDHE-{kind}-{cipher}"
    for kind in ("ECDSA", "RSA")
    for cipher in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")
}
NEWEST = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}
HANDSHAKE, ALERT, FATAL = 22, 21, 2  # RFC 5246, sections 6.2.1 and 7.2
# Alerts: handshake_failure, by some versions of OpenSSL, and protocol_version.
REFUSED = (40, 70)


def hello(minor: int) -> bytes:
    """A ClientHello of SSL 3.0 (0), or of TLS 1.0 to 1.2 (1 to 3), with usual ciphers."""
    ciphers = bytes.fromhex("c02bc02fc009c013c00ac014002f0035000a")
    body = bytes([3, minor]) + bytes(32) + b"\0"
    body += len(ciphers).to_bytes(2, "big") + ciphers + b"\1\0"
    body += bytes.fromhex("0010 000a000400020017 000d000400020403")  # P-256; ECDSA with SHA-256
    message = b"\1" + len(body).to_bytes(3, "big") + body
    return bytes([HANDSHAKE, 3, min(minor, 1)]) + len(message).to_bytes(2, "big") + message


class OfferedTests(SynchronousTestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "chat.pem"
        self.path.write_text(self_signed())
        self.certificate = Certificate(self.path)

    def server(self) -> SSL.Connection:
        server = SSL.Connection(self.certificate.getContext(), None)
        server.set_accept_state()
        return server

    def client(self, newest: int = 0, cipher: str = "") -> SSL.Connection:
        """A client for all versions up to one, with all ciphers, or just one of them."""
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        if cipher.startswith("TLS_"):
            context.set_tls13_ciphersuites(cipher.encode())
        else:
            context.set_cipher_list(f"{cipher or 'ALL'}:@SECLEVEL=0".encode())
        context.set_max_proto_version(newest)
        return SSL.Connection(context, None)

    def test_no_version_before_1_2(self) -> None:
        for minor in (0, 1, 2, 3):
            server = self.server()
            server.bio_write(hello(minor))
            with contextlib.suppress(SSL.Error, SSL.WantReadError):
                server.do_handshake()
            kind, _, _, *record = server.bio_read(4096)
            if minor < 3:
                self.assertEqual((kind, record[2]), (ALERT, FATAL))
                self.assertIn(record[3], REFUSED)
            else:
                self.assertEqual(kind, HANDSHAKE)

    def accepted(self) -> set[str]:
        """The ciphers that the server accepts of all that are known."""
        found = set()
        for name in self.client().get_cipher_list():
            client = self.client(0 if name.startswith("TLS_") else SSL.TLS1_2_VERSION, name)
            with contextlib.suppress(SSL.Error):
                shake_hands(client, self.server())
                found.add(client.get_cipher_name() or "")
        return found

    def test_only_ciphers_with_forward_secrecy_that_authenticate(self) -> None:
        expected = {name for name in FORWARD if "ECDSA" in name} | NEWEST
        self.assertEqual(self.accepted(), expected)

    def test_with_a_key_of_rsa_as_well(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.path.write_text(self_signed(key=key))
        self.certificate = Certificate(self.path)
        expected = {name for name in FORWARD if "RSA" in name and "ECDSA" not in name} | NEWEST
        self.assertEqual(self.accepted(), expected)

    def test_nothing_is_negotiated_again(self) -> None:
        client, server = self.client(newest=SSL.TLS1_2_VERSION), self.server()
        shake_hands(client, server)
        self.assertTrue(client.renegotiate())
        with contextlib.suppress(SSL.WantReadError):
            client.do_handshake()
        server.bio_write(client.bio_read(4096))
        with contextlib.suppress(SSL.WantReadError):
            server.recv(1)
        client.bio_write(server.bio_read(4096))
        error = self.assertRaises(SSL.Error, client.do_handshake)
        self.assertIn("no renegotiation", str(error))

    def test_no_connection_goes_on_with_the_keys_of_another(self) -> None:
        """Those of tickets would be kept for as long as the server runs."""
        certificate = ssl.PEM_cert_to_DER_cert(self.path.read_text().partition(END)[2])
        for newest in (SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION):
            client, server = self.client(newest), self.server()
            shake_hands(client, server)
            server.send(b"x")
            client.bio_write(server.bio_read(4096))
            self.assertEqual(client.recv(1), b"x")
            again, anew = SSL.Connection(client.get_context(), None), self.server()
            session = client.get_session()
            assert session is not None
            again.set_session(session)
            again.set_connect_state()
            for side in (again, anew):
                with contextlib.suppress(SSL.WantReadError):
                    side.do_handshake()
                if side is again:
                    anew.bio_write(again.bio_read(4096))
            self.assertGreater(len(anew.bio_read(4096)), len(certificate))  # which is in it
