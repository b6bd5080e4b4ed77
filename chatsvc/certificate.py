"""The server's TLS certificate, which can be reloaded."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IOpenSSLContextFactory
from twisted.logger import Logger
from zope.interface import implementer

if TYPE_CHECKING:
    from pathlib import Path

    from OpenSSL import SSL

_log = Logger()


@implementer(IOpenSSLContextFactory)
class Certificate:
    """The certificate that new connections get; existing ones keep theirs.

    path: a PEM file with the key, its certificate, and the chain up to one that clients trust.

    Raises ValueError, saying what to do, when any of that is missing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.read()

    def read(self) -> None:
        """Reload the file. Raises ValueError, and keeps the old certificate."""
        self._context = _context(self._path)

    def getContext(self) -> SSL.Context:
        """The TLS context for a new connection."""
        return self._context


def _context(path: Path) -> SSL.Context:
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
        from cryptography.x509 import load_pem_x509_certificates
        from OpenSSL import SSL
        from twisted.internet.ssl import CertificateOptions
    except ImportError:
        raise ValueError("TLS needs more to be installed: pip install 'chatsvc[tls]'") from None
    try:
        pem = path.read_bytes()
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from None
    try:
        certificates = load_pem_x509_certificates(pem)
    except ValueError:
        raise ValueError(
            f"{path} holds no certificate in PEM. Put the certificate and its key into that file."
        ) from None
    # Twisted's annotations know only pyOpenSSL's classes, which are deprecated there.
    key: Any
    try:
        key = load_pem_private_key(pem, None)
    except TypeError:
        raise ValueError(
            f"the key in {path} is encrypted. Decrypt it: openssl pkey -in {path}"
        ) from None
    except UnsupportedAlgorithm:
        raise ValueError(f"the key in {path} is of a kind that OpenSSL does not know.") from None
    except ValueError:
        raise ValueError(
            f"{path} holds no private key. Append the key that belongs to the certificate."
        ) from None
    certificate: Any = certificates[0]
    chain: list[Any] = certificates[1:]
    if certificate.public_key() != key.public_key():
        raise ValueError(
            f"the key in {path} does not belong to the first certificate there."
            " The server's own certificate comes first, then those that signed it."
        )
    options = CertificateOptions(privateKey=key, certificate=certificate, extraCertChain=chain)
    try:
        context: SSL.Context = options.getContext()
    except SSL.Error as error:
        reasons = ", ".join(reason for _, _, reason in error.args[0])
        raise ValueError(f"OpenSSL refuses what {path} holds: {reasons}.") from None
    _warn(path, certificate.not_valid_before_utc, certificate.not_valid_after_utc)
    return context


def _warn(path: Path, begins: datetime, ends: datetime) -> None:
    """Log when clients will refuse it. It is served all the same: not everybody uses TLS."""
    if ends < datetime.now(UTC):
        _log.warn(
            "The certificate in {path} expired on {date:%Y-%m-%d}, and clients refuse it."
            " Renew it, and send SIGHUP to this process.",
            path=path,
            date=ends,
        )
    elif begins > datetime.now(UTC):
        _log.warn(
            "The certificate in {path} is not valid before {date:%Y-%m-%d}, and clients refuse it."
            " Is the clock of this machine right?",
            path=path,
            date=begins,
        )
