"""The server's TLS certificates, which are reloaded when their files change."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from twisted.internet.interfaces import IOpenSSLContextFactory
from twisted.logger import Logger
from zope.interface import implementer

from chatsvc.tls import self_signed
from chatsvc.tls.pem import Pair, check_installed, files, host_names, pair_of, pairs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from OpenSSL import SSL

LOOK_EVERY = 1.0  # seconds between two looks whether the files have changed
# What clients may ask for by ALPN (RFC 7301). Twisted breaks off a handshake that asks for one when
# none is offered.
_PROTOCOLS = [b"irc", b"http/1.1"]
# The ciphers of TLS 1.2: with forward secrecy, and authenticated. All of TLS 1.3 are so.
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"

_log = Logger()


@implementer(IOpenSSLContextFactory)
class Certificate:
    """The certificates that new connections get; existing ones keep theirs.

    path: a PEM file with the key, its certificate, and the chain up to one that clients trust; or a
        folder of such files, `*.pem`, in which keys may have files of their own. Clients get the
        certificate for the name that they ask for, or else the first, in the order of file names.
    seconds: the time.
    is_awaited: whether an ACME client may not have got it yet. As long as there is no file, a
        temporary self-signed certificate takes its place.

    Raises ValueError, which says what to do, if any of that is missing.
    """

    def __init__(
        self,
        path: Path,
        seconds: Callable[[], float] = time.monotonic,
        is_awaited: bool = False,
    ) -> None:
        check_installed()
        self._path = path
        self._seconds = seconds
        try:
            self.read()
        except ValueError:
            if not is_awaited or any(each.exists() for each in files(path)):
                raise
            _log.warn(
                "There is no certificate in {path} yet, and a self-signed one stands in. As soon as"
                " an ACME client puts one there, the server takes it by itself.",
                path=path,
            )
            self._use([pair_of(self_signed.pem(()), path)])

    def read(self) -> None:
        """Read the files. If that raises ValueError, the old certificates stay."""
        self._look_at = self._seconds() + LOOK_EVERY
        self._stamps = _stamps(self._path)
        self._use(pairs(self._path))

    def _use(self, found: list[Pair]) -> None:
        self._context, self._vouched = _context(found)
        self._ends: datetime = min(pair.chain[0].not_valid_after_utc for pair in found)

    def getContext(self) -> SSL.Context:
        """The TLS context for a new connection."""
        if self._seconds() >= self._look_at:
            self._look_at = self._seconds() + LOOK_EVERY
            if self._stamps != _stamps(self._path):
                self._reload()
        return self._context

    @property
    def ends(self) -> datetime:
        """When the first of them expires."""
        self.getContext()  # they may have been renewed since the last connection
        return self._ends

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
    for each in files(path):
        try:
            status = each.stat()
        except OSError:
            found.append((each,))
        else:
            found.append((each, status.st_mtime_ns, status.st_size, status.st_ino))
    return found


def _context(found: list[Pair]) -> tuple[SSL.Context, dict[str, datetime]]:
    """The context for some certificates, of which the first is for all other names, too.

    With it, the names in those that are not self-signed, and when each expires. Raises ValueError.
    """
    from OpenSSL import SSL
    from twisted.internet.ssl import AcceptableCiphers, CertificateOptions

    contexts: dict[str, SSL.Context] = {}  # by the names that clients ask for

    def context_for(name: bytes | None) -> SSL.Context | None:
        asked = (name or b"").decode("ascii", "replace").lower()
        wildcard = f"*.{asked.partition('.')[2]}"
        return contexts.get(asked) or contexts.get(wildcard)

    first: SSL.Context | None = None
    vouched: dict[str, datetime] = {}
    for pair in found:
        certificate, *chain = pair.chain
        options = CertificateOptions(
            privateKey=pair.key,
            certificate=certificate,
            extraCertChain=chain,
            acceptableCiphers=AcceptableCiphers.fromOpenSSLCipherString(_CIPHERS),
            acceptableProtocols=_PROTOCOLS,
            contextForServerName=context_for,
        )
        try:
            context = options.getContext()
            context.set_options(SSL.OP_NO_RENEGOTIATION)
            context.set_verify(SSL.VERIFY_PEER, _accept)
        except SSL.Error as error:
            reasons = ", ".join(reason for _, _, reason in error.args[0])
            raise ValueError(f"OpenSSL refuses what {pair.path} holds: {reasons}.") from None
        first = first or context
        for name in host_names(certificate):
            contexts.setdefault(name.lower(), context)
            if certificate.issuer != certificate.subject:
                vouched.setdefault(name.lower(), certificate.not_valid_after_utc)
        _warn(pair.path, certificate.not_valid_before_utc, certificate.not_valid_after_utc)
    assert first is not None
    return first, vouched


def _accept(*_: object) -> bool:
    """Accept any client certificate: people add their own to their accounts."""
    return True


def _warn(path: Path, begins: datetime, ends: datetime) -> None:
    """Log that clients will refuse a certificate; it is still used, as not everybody uses TLS."""
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
