"""Certificates: what is said of those that cannot be used, and of those that clients refuse."""

from __future__ import annotations

import datetime
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.certificate import Certificate
from tests.certificate import self_signed

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

    def test_one_that_is_not_valid_is_served_and_complained_of(self) -> None:
        for days, complaint in [
            (-10, "expired on {:%Y-%m-%d}, and clients refuse it. Renew it, and send SIGHUP"),
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
