"""Certificates: what is said of those that cannot be used, and of those that clients refuse."""

from __future__ import annotations

import contextlib
import datetime
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from OpenSSL import SSL
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.ssl import CertificateOptions
from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.tls import self_signed as own
from chatsvc.tls.certificate import LOOK_EVERY, Certificate
from tests.certificate import fingerprint_of, self_signed, signed
from tests.processes import FolderTestCase

END = "-----END PRIVATE KEY-----\n"


def key(password: str = "") -> str:
    """PEM of a new key."""
    way = (
        serialization.BestAvailableEncryption(password.encode())
        if password
        else serialization.NoEncryption()
    )
    form = serialization.PrivateFormat.PKCS8
    new = ec.generate_private_key(ec.SECP256R1())
    return new.private_bytes(serialization.Encoding.PEM, form, way).decode()


class CertificateTests(SynchronousTestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "chat.pem"
        before, end, self.certificate = self_signed().partition(END)
        self.key = before + end

    def refused(self, pem: str | bytes, complaint: str) -> None:
        self.path.write_bytes(pem.encode() if isinstance(pem, str) else pem)
        error = self.assertRaises(ValueError, Certificate, self.path)
        self.assertEqual(str(error), complaint.format(self.path))

    def test_in_any_order(self) -> None:
        for pem in (self.key + self.certificate, self.certificate + self.key):
            self.path.write_text(pem)
            Certificate(self.path)

    def test_none(self) -> None:
        complaint = (
            "{} holds no certificate in PEM. Put the certificate and its key into that file."
        )
        for pem in ("hello", b"\x30\x82\xff", "", self.key):
            self.refused(pem, complaint)

    def test_no_key(self) -> None:
        complaint = "{} holds no private key. Append the key that belongs to the certificate."
        self.refused(self.certificate, complaint)

    def test_an_encrypted_key(self) -> None:
        complaint = "the key in {0} is encrypted. Decrypt it: openssl pkey -in {0}"
        self.refused(self.certificate + key("secret"), complaint)

    def test_the_key_of_another(self) -> None:
        complaint = (
            "the key in {} does not belong to the first certificate there."
            " The server's own certificate comes first, then those that signed it."
        )
        self.refused(self.certificate + key(), complaint)

    def test_no_file(self) -> None:
        error = self.assertRaises(ValueError, Certificate, self.path)
        self.assertEqual(str(error), f"cannot read {self.path}: No such file or directory")

    def test_read_anew(self) -> None:
        self.path.write_text(self_signed())
        certificate = Certificate(self.path)
        first = certificate.getContext()
        self.path.write_text("hello")
        self.assertRaises(ValueError, certificate.read)
        self.assertIs(certificate.getContext(), first)
        self.path.write_text(self_signed())
        certificate.read()
        self.assertIsNot(certificate.getContext(), first)

    def test_one_that_is_renewed_is_noticed(self) -> None:
        self.path.write_text(self_signed())
        now = 0.0
        certificate = Certificate(self.path, lambda: now)
        first = certificate.getContext()
        self.path.write_text(self_signed())
        self.assertIs(certificate.getContext(), first)  # it looks only once a second
        now = LOOK_EVERY
        second = certificate.getContext()
        self.assertIsNot(second, first)
        new = self.path.with_name("new.pem")
        new.write_text(self_signed())
        new.rename(self.path)
        now = 2 * LOOK_EVERY
        self.assertIsNot(certificate.getContext(), second)

    def test_when_it_ends_is_known_even_if_nobody_connects(self) -> None:
        hours = datetime.timedelta(hours=12)
        self.path.write_text(self_signed())
        now = 0.0
        certificate = Certificate(self.path, lambda: now)
        first = certificate.ends
        self.assertLess(abs(first - datetime.datetime.now(datetime.UTC)), 2 * hours)
        self.path.write_text(self_signed(shift=hours))
        now = LOOK_EVERY
        self.assertGreater(certificate.ends - first, hours / 2)

    def test_one_that_is_broken_later_is_complained_of_once(self) -> None:
        self.path.write_text(self_signed())
        now = 0.0
        certificate = Certificate(self.path, lambda: now)
        first = certificate.getContext()
        stays = "The certificate was not reloaded, and stays as it was: "
        for pem, complaint in [
            ("hello", f"{self.path} holds no certificate in PEM."),
            (None, f"cannot read {self.path}: No such file or directory"),
        ]:
            if pem is None:
                self.path.unlink()
            else:
                self.path.write_text(pem)
            with capturedLogs() as logs:
                for _ in range(3):
                    now += LOOK_EVERY
                    self.assertIs(certificate.getContext(), first)
            [line] = [each["log_format"].format(**each) for each in logs]
            self.assertTrue(line.startswith(stays + complaint), line)
        self.path.write_text(self_signed())
        now += LOOK_EVERY
        self.assertIsNot(certificate.getContext(), first)

    def test_one_that_is_not_valid_is_served_and_complained_of(self) -> None:
        for days, complaint in [
            (-10, "expired on {:%Y-%m-%d}, and clients refuse it. Renew it: "),
            (10, "is not valid before {:%Y-%m-%d}, and clients refuse it. Is the clock"),
        ]:
            shift = datetime.timedelta(days=days)
            self.path.write_text(self_signed(shift=shift))
            with capturedLogs() as logs:
                Certificate(self.path)
            [line] = [each["log_format"].format(**each) for each in logs]
            day = datetime.timedelta(days=1 if days < 0 else -1)
            date = datetime.datetime.now(datetime.UTC) + shift + day
            self.assertIn(complaint.format(date), line)
        self.path.write_text(self_signed())
        with capturedLogs() as logs:
            Certificate(self.path)
        self.assertEqual(logs, [])


class FolderTests(FolderTestCase):
    """A folder of certificates, each for a name."""

    def write(self, file: str, pem: str) -> str:
        """Write a file; the fingerprint of the certificate in it."""
        path = self.folder / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(pem)
        return fingerprint_of(pem)

    def shown(self, certificate: Certificate, name: str | None) -> str:
        """The fingerprint of the certificate that a client is shown which asks for a name."""
        server = SSL.Connection(certificate.getContext(), None)
        client = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD), None)
        if name is not None:
            client.set_tlsext_host_name(name.encode())
        shake_hands(client, server)
        shown = client.get_peer_certificate(as_cryptography=True)
        assert shown is not None
        return shown.fingerprint(SHA256()).hex(":").upper()

    def test_each_client_is_shown_that_of_the_name_it_asks_for(self) -> None:
        a = self.write("a.pem", self_signed("a.example"))
        b = self.write("b.pem", self_signed("b.example"))
        wild = self.write("sub/c.pem", self_signed("*.c.example"))
        certificate = Certificate(self.folder)
        for name, fingerprint in [
            ("a.example", a), ("b.example", b), ("B.Example", b), ("chat.c.example", wild),
            ("other.example", a), ("c.example", a), (None, a),
        ]:  # fmt: skip
            self.assertEqual(self.shown(certificate, name), fingerprint, name)

    def test_keys_may_have_files_of_their_own(self) -> None:
        _, (secret, certificate, authority) = signed("a.example")
        self.write("cert.pem", certificate)
        self.write("fullchain.pem", certificate + authority)
        (self.folder / "privkey.pem").write_text(secret)
        (self.folder / "README").write_text("hello")
        (self.folder / "other.pem").write_text(key())
        shown = self.shown(Certificate(self.folder), "a.example")
        self.assertEqual(shown, fingerprint_of(certificate))

    def test_another_file_is_noticed(self) -> None:
        a = self.write("a.pem", self_signed("a.example"))
        now = 0.0
        certificate = Certificate(self.folder, lambda: now)
        b = self.write("b.pem", self_signed("b.example"))
        self.assertEqual(self.shown(certificate, "b.example"), a)
        now = LOOK_EVERY
        self.assertEqual(self.shown(certificate, "b.example"), b)

    def test_of_those_for_the_same_names_the_newest(self) -> None:
        hours = datetime.timedelta(hours=1)
        self.write("a-1.pem", self_signed("a.example", -hours))
        self.write("a-2.pem", self_signed("a.example", -2 * hours))
        new = self.write("a-3.pem", self_signed("a.example"))
        other = self.write("b.pem", self_signed("b.example", -hours))
        address = self.write("c.pem", self_signed("192.0.2.7", -hours))
        certificate = Certificate(self.folder)
        for name, fingerprint in [("a.example", new), ("b.example", other), (None, new)]:
            self.assertEqual(self.shown(certificate, name), fingerprint, name)
        for file in ("a-1.pem", "a-2.pem", "a-3.pem", "b.pem"):
            (self.folder / file).unlink()
        self.write("d.pem", self_signed("192.0.2.8"))
        self.assertEqual(self.shown(Certificate(self.folder), None), address)

    def test_the_first_of_those_in_use_to_expire(self) -> None:
        hours = datetime.timedelta(hours=1)
        self.write("a.pem", self_signed("a.example"))
        self.write("b.pem", self_signed("b.example", -2 * hours))
        both = Certificate(self.folder).ends
        self.write("b-new.pem", self_signed("b.example", hours))  # the old one is used no more
        self.assertGreater(Certificate(self.folder).ends - both, hours)

    def test_one_that_is_awaited(self) -> None:
        clock = Clock()
        for path in (self.folder / "live" / "chat.pem", self.folder / "live", self.folder):
            with capturedLogs() as logs:
                certificate = Certificate(path, clock.seconds, is_awaited=True)
            [line] = [each["log_format"].format(**each) for each in logs]
            self.assertTrue(line.startswith(f"There is no certificate in {path} yet, "), line)
            stand_in = self.shown(certificate, "a.example")
            self.assertFalse(certificate.vouches_for("localhost"))
            clock.advance(LOOK_EVERY)
            self.assertEqual(self.shown(certificate, "a.example"), stand_in)
            a = self.write("live/chat.pem", self_signed("a.example"))
            clock.advance(LOOK_EVERY)
            self.assertEqual(self.shown(certificate, "a.example"), a)
            (self.folder / "live" / "chat.pem").unlink()

    def test_one_that_is_there_and_broken_is_not_awaited(self) -> None:
        self.folder.joinpath("a.pem").write_text("hello")
        for path in (self.folder, self.folder / "a.pem"):
            self.assertRaises(ValueError, Certificate, path, is_awaited=True)

    def test_one_with_nothing_in_it(self) -> None:
        complaint = f"no *.pem file in {self.folder} holds a certificate whose key is there, too."
        for pem in (None, key(), self_signed().partition(END)[2]):
            if pem is not None:
                (self.folder / "a.pem").write_text(pem)
            error = self.assertRaises(ValueError, Certificate, self.folder)
            self.assertEqual(str(error), complaint)


NOTHING = TLSMemoryBIOFactory(CertificateOptions(), False, Factory())  # that Twisted wants


class VouchedTests(SynchronousTestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "chat.pem"

    def test_for_whom_clients_can_trust_it(self) -> None:
        for name, host, is_vouched in (
            ("a.example", "A.example", True),
            ("a.example", "b.example", False),
            ("*.example", "b.example", True),
            ("*.example", "b.a.example", False),
        ):
            self.path.write_text("".join(signed(name)[1]))
            self.assertIs(Certificate(self.path).vouches_for(host), is_vouched, host)

    def test_not_once_it_has_expired(self) -> None:
        expired = signed("a.example", datetime.timedelta(days=-10))[1]
        self.path.write_text("".join(expired))
        self.assertFalse(Certificate(self.path).vouches_for("a.example"))

    def test_not_for_what_it_has_signed_itself_even_if_that_comes_later(self) -> None:
        self.path.write_text("".join(signed("a.example")[1]))
        certificate = Certificate(self.path)
        self.path.write_text(self_signed("a.example"))
        certificate.read()
        self.assertFalse(certificate.vouches_for("a.example"))


class ProtocolTests(SynchronousTestCase):
    def test_what_clients_ask_for_by_alpn(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "chat.pem"
            path.write_text(self_signed())
            certificate = Certificate(path)
        for asked, got in [([b"h2", b"http/1.1"], b"http/1.1"), ([b"irc"], b"irc"), (None, b"")]:
            context = SSL.Context(SSL.TLS_CLIENT_METHOD)
            if asked is not None:
                context.set_alpn_protos(asked)
            client = SSL.Connection(context, None)
            server = SSL.Connection(certificate.getContext(), None)
            server.set_app_data(TLSMemoryBIOProtocol(NOTHING, Protocol()))
            shake_hands(client, server)
            self.assertEqual(client.get_alpn_proto_negotiated(), got)


def shake_hands(client: SSL.Connection, server: SSL.Connection) -> None:
    """A handshake in memory."""
    client.set_connect_state()
    server.set_accept_state()
    waiting = [client, server]
    for _ in range(10):
        for side, other in ((client, server), (server, client)):
            with contextlib.suppress(SSL.WantReadError):
                side.do_handshake()
                waiting = [each for each in waiting if each is not side]
            with contextlib.suppress(SSL.WantReadError):
                other.bio_write(side.bio_read(2**16))
    assert not waiting


class SelfSignedTests(SynchronousTestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "chat.pem"

    def test_is_made_once(self) -> None:
        lines = []
        for _ in (1, 2):
            with capturedLogs() as logs:
                own.make(self.path, ["192.0.2.7"])
            lines += [each["log_format"].format(**each) for each in logs]
        pem = self.path.read_text()
        told = f"The certificate is self-signed, {self.path}. Clients: --tls --fingerprint "
        self.assertEqual(lines, [told + fingerprint_of(pem)] * 2)
        self.assertEqual(self.path.stat().st_mode & 0o777, 0o600)
        with capturedLogs() as logs:
            Certificate(self.path)
        self.assertEqual(logs, [])

    def test_is_for_this_machine(self) -> None:
        own.make(self.path, ["192.0.2.7"])
        certificate = x509.load_pem_x509_certificate(self.path.read_bytes())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        self.assertIn("localhost", names.get_values_for_type(x509.DNSName))
        addresses = {str(each) for each in names.get_values_for_type(x509.IPAddress)}
        self.assertEqual(addresses, {"192.0.2.7"})

    def test_what_cannot_be_made(self) -> None:
        self.path.write_text("hello")
        error = self.assertRaises(ValueError, own.make, self.path, [])
        self.assertEqual(str(error), f"{self.path} holds no certificate. Delete it, for a new one.")
        nowhere = self.path / "chat.pem"
        error = self.assertRaises(ValueError, own.make, nowhere, [])
        self.assertEqual(str(error), f"cannot write or read {nowhere}: Not a directory")
