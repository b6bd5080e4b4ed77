"""The server's TLS certificates, which are reloaded when their files change."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from twisted.internet.interfaces import IOpenSSLContextFactory
from twisted.logger import Logger
from zope.interface import implementer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from OpenSSL import SSL

LOOK_EVERY = 1.0  # seconds between two looks whether the files have changed
# What clients may ask for by ALPN (RFC 7301). Twisted breaks off a handshake that asks for one when
# none is offered.
_PROTOCOLS = [b"irc", b"http/1.1"]

_log = Logger()


class _Pair(NamedTuple):
    """A key, and its certificate with those that signed it."""

    key: Any
    chain: list[Any]
    path: Path


@implementer(IOpenSSLContextFactory)
class Certificate:
    """The certificates that new connections get; existing ones keep theirs.

    path: a PEM file with the key, its certificate, and the chain up to one that clients trust; or a
        folder of such files, `*.pem`, in which keys may have files of their own. Clients get the
        certificate for the name that they ask for, or else the first, in the order of file names.
    seconds: the time.

    Raises ValueError, which says what to do, if any of that is missing.
    """

    def __init__(self, path: Path, seconds: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._seconds = seconds
        self.read()

    def read(self) -> None:
        """Read the files. If that raises ValueError, the old certificates stay."""
        self._look_at = self._seconds() + LOOK_EVERY
        self._stamps = _stamps(self._path)
        self._context, self._vouched = _context(self._path)

    def getContext(self) -> SSL.Context:
        """The TLS context for a new connection."""
        if self._seconds() >= self._look_at:
            self._look_at = self._seconds() + LOOK_EVERY
            if self._stamps != _stamps(self._path):
                self._reload()
        return self._context

    def vouches_for(self, host: str) -> bool:
        """Whether there is a certificate for a host, not signed by itself and not expired."""
        names = (host.lower(), f"*.{host.lower().partition('.')[2]}")
        now = datetime.now(UTC)
        return any(self._vouched[name] > now for name in names if name in self._vouched)

    def _reload(self) -> None:
        try:
            self.read()
        except ValueError as error:
            _log.error(
                "The certificate was not reloaded, and stays as it was: {error}", error=str(error)
            )
        else:
            _log.info("The certificate was reloaded.")


def _stamps(path: Path) -> list[tuple[object, ...]]:
    """The stamps of the files, which change whenever the files do."""
    found: list[tuple[object, ...]] = []
    for each in _files(path):
        try:
            status = each.stat()
        except OSError:
            found.append((each,))
        else:
            found.append((each, status.st_mtime_ns, status.st_size, status.st_ino))
    return found


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob("*.pem")) if path.is_dir() else [path]


def _context(path: Path) -> tuple[SSL.Context, dict[str, datetime]]:
    """The context for the certificates in a file or a folder. Raises ValueError.

    With it, the names in those that are not self-signed, and when each expires.
    """
    try:
        from OpenSSL import SSL
        from twisted.internet.ssl import CertificateOptions
    except ImportError:
        raise ValueError("TLS needs more to be installed: pip install 'chatsvc[tls]'") from None
    contexts: dict[str, SSL.Context] = {}  # by the names that clients ask for

    def context_for(name: bytes | None) -> SSL.Context | None:
        asked = (name or b"").decode("ascii", "replace").lower()
        wildcard = f"*.{asked.partition('.')[2]}"
        return contexts.get(asked) or contexts.get(wildcard)

    first: SSL.Context | None = None
    vouched: dict[str, datetime] = {}
    for pair in _pairs_in_folder(path) if path.is_dir() else [_pair(path)]:
        certificate, *chain = pair.chain
        options = CertificateOptions(
            privateKey=pair.key,
            certificate=certificate,
            extraCertChain=chain,
            acceptableProtocols=_PROTOCOLS,
            contextForServerName=context_for,
        )
        try:
            context = options.getContext()
            context.set_verify(SSL.VERIFY_PEER, _accept)
        except SSL.Error as error:
            reasons = ", ".join(reason for _, _, reason in error.args[0])
            raise ValueError(f"OpenSSL refuses what {pair.path} holds: {reasons}.") from None
        first = first or context
        for name in _names(certificate):
            contexts.setdefault(name.lower(), context)
            if certificate.issuer != certificate.subject:
                vouched.setdefault(name.lower(), certificate.not_valid_after_utc)
        _warn(pair.path, certificate.not_valid_before_utc, certificate.not_valid_after_utc)
    assert first is not None
    return first, vouched


def _accept(*_: object) -> bool:
    """Accept any client certificate: people add their own to their accounts."""
    return True


def _pair(path: Path) -> _Pair:
    """The key and the certificates in a file. Raises ValueError."""
    certificates, key = _read(path)
    if not certificates:
        raise ValueError(
            f"{path} holds no certificate in PEM. Put the certificate and its key into that file."
        )
    if key is None:
        raise ValueError(
            f"{path} holds no private key. Append the key that belongs to the certificate."
        )
    if certificates[0].public_key() != key.public_key():
        raise ValueError(
            f"the key in {path} does not belong to the first certificate there."
            " The server's own certificate comes first, then those that signed it."
        )
    return _Pair(key, certificates, path)


def _pairs_in_folder(folder: Path) -> list[_Pair]:
    """The keys in a folder, each with its certificates; at least one. Raises ValueError."""
    read = {path: _read(path) for path in _files(folder)}
    found = []
    for path, (_, key) in read.items():
        if key is None:
            continue
        own = key.public_key()
        chains = [chain for chain, _ in read.values() if chain and chain[0].public_key() == own]
        if chains:
            found.append(_Pair(key, max(chains, key=len), path))
    if not found:
        raise ValueError(f"no *.pem file in {folder} holds a certificate whose key is there, too.")
    return found


def _read(path: Path) -> tuple[list[Any], Any]:
    """The certificates in a file, and its key, if any. Raises ValueError."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509 import load_pem_x509_certificates

    try:
        pem = path.read_bytes()
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from None
    # Twisted's annotations know only pyOpenSSL's classes, which are deprecated there.
    certificates: list[Any] = []
    key: Any = None
    with suppress(ValueError):  # if there are none
        certificates += load_pem_x509_certificates(pem)
    if b"PRIVATE KEY-----" not in pem:
        return certificates, None
    try:
        key = load_pem_private_key(pem, None)
    except TypeError:
        raise ValueError(
            f"the key in {path} is encrypted. Decrypt it: openssl pkey -in {path}"
        ) from None
    except UnsupportedAlgorithm:
        raise ValueError(f"the key in {path} is of a kind that OpenSSL does not know.") from None
    except ValueError:
        pass  # it is no key
    return certificates, key


def _names(certificate: Any) -> list[str]:
    """The host names in a certificate."""
    from cryptography.x509 import DNSName, ExtensionNotFound, SubjectAlternativeName

    try:
        extension = certificate.extensions.get_extension_for_class(SubjectAlternativeName)
    except (ExtensionNotFound, ValueError):
        return []
    names: list[str] = extension.value.get_values_for_type(DNSName)
    return names


def _warn(path: Path, begins: datetime, ends: datetime) -> None:
    """Log that clients will refuse a certificate; it is used all the same: not all use TLS."""
    if ends < datetime.now(UTC):
        _log.warn(
            "The certificate in {path} expired on {date:%Y-%m-%d}, and clients refuse it."
            " Renew it: the server takes the new one by itself.",
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
