"""The certificate: whether clients trust it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from chatsvc.doctor.finding import Finding, fault, ok, warning
from chatsvc.doctor.server import PATIENCE, Server
from chatsvc.tls import pem
from chatsvc.tls.certificate import Certificate as Served

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

SOON = timedelta(days=14)  # before it expires; certbot renews 30 days before
RENEW = "Renew it (certbot renew); the server takes the new one by itself."


def check(server: Server) -> Iterator[Finding]:
    """The certificates and keys in the server's file or folder."""
    path = server.certificate
    if path is None:
        if any(port.is_tls for port in server.ports):
            yield fault("there is no certificate for TLS.", "Set --certificate.")
        return
    if server.is_self_signed and not path.exists():
        yield ok("the server makes a certificate when it starts.")
        return
    if server.is_awaited and not any(each.exists() for each in pem.files(path)):
        yield warning(
            f"there is no certificate in {path} yet; a self-signed one stands in.",
            "Start the server, and have the ACME client get one: docs/certificates.md.",
        )
        return
    try:
        Served(path)
        pairs = pem.pairs(path)
    except ValueError as error:
        mend = "Until then, the server does not start, or keeps the old certificate."
        yield fault(f"{error}", mend)
        return
    for pair in pairs:
        yield from _dates(pair.path, pair.chain[0])
        yield from _trust(server, pair.path, pair.chain)
    yield from _names(server, [pair.chain[0] for pair in pairs])
    yield from _served(server, [pair.chain[0] for pair in pairs])


def _dates(path: Path, own: Certificate) -> Iterator[Finding]:
    now = datetime.now(UTC)
    begins, ends = own.not_valid_before_utc, own.not_valid_after_utc
    if ends < now:
        yield fault(f"the certificate in {path} expired on {ends:%Y-%m-%d}.", RENEW)
    elif begins > now:
        yield fault(
            f"the certificate in {path} is not valid before {begins:%Y-%m-%d %H:%M} UTC.",
            "See whether the clock of this machine is right.",
        )
    elif ends - now < SOON:
        yield warning(f"the certificate in {path} expires on {ends:%Y-%m-%d}.", RENEW)
    else:
        yield ok(f"the certificate in {path} is valid until {ends:%Y-%m-%d}.")


def _trust(server: Server, path: Path, chain: list[Certificate]) -> Iterator[Finding]:
    """Whether clients of this machine's authorities trust a certificate."""
    from cryptography.hazmat.primitives.hashes import SHA256

    own, *others = chain
    if own.issuer == own.subject:
        fingerprint = own.fingerprint(SHA256()).hex(":").upper()
        (text, how) = (
            f"the certificate in {path} is self-signed",
            f"Clients trust it by its fingerprint: --tls --fingerprint {fingerprint}",
        )
        # Some people want this; others have left out what the authority sent.
        yield (
            ok(f"{text}. {how}")
            if server.is_self_signed
            else warning(
                f"{text}: browsers warn of it.",
                f"{how}. Or get one of an authority: Let's Encrypt.",
            )
        )
        return
    why = _untrusted(own, others)
    if why is None:
        yield ok(f"the chain of the certificate in {path} is complete.")
    elif not others:
        yield fault(
            f"clients do not trust the certificate in {path}: {why}.",
            "Add those that signed it to the file, below it: certbot's fullchain.pem has them.",
        )
    else:
        yield fault(
            f"clients do not trust the certificate in {path}: {why}.",
            "If an authority of your own has signed it, clients need that: --tls --ca FILE; else"
            " put the right chain below the certificate.",
        )


def _untrusted(own: Certificate, others: list[Certificate]) -> str | None:
    """Why a certificate is not trusted, its dates aside; None if it is."""
    from OpenSSL.crypto import X509, X509Store, X509StoreContext, X509StoreContextError

    store = X509Store()
    paths = ssl.get_default_verify_paths()
    if paths.cafile or paths.capath:
        store.load_locations(paths.cafile, paths.capath)
    store.set_time(max(own.not_valid_before_utc, min(datetime.now(UTC), own.not_valid_after_utc)))
    chain = [X509.from_cryptography(each) for each in others]
    try:
        X509StoreContext(store, X509.from_cryptography(own), chain).verify_certificate()
    except X509StoreContextError as error:
        return str(error)
    return None


def _names(server: Server, found: list[Certificate]) -> Iterator[Finding]:
    """Whether one of the certificates has the server's name."""
    names = [name.lower() for each in found for name in pem.host_names(each)]
    if "." not in server.name:
        return
    name = server.name.lower()
    if name in names or f"*.{name.partition('.')[2]}" in names:
        yield ok(f"a certificate is for {name}.")
    else:
        listed = ", ".join(names) or "no name"
        yield (warning if server.is_self_signed else fault)(
            f"no certificate is for {name} (--server-name), but for {listed}.",
            f"Get one for that name: certbot certonly -d {name}; or correct --server-name.",
        )


def _served(server: Server, found: list[Certificate]) -> Iterator[Finding]:
    """Whether the running server uses the certificate in the file."""
    from cryptography.hazmat.primitives.serialization import Encoding

    port = next((each for each in server.ports if each.number and not each.is_proxied), None)
    if server.process is None or port is None or port.option in ("--line", "--irc", "--web"):
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    assert port.number is not None
    try:
        with (
            socket.create_connection((port.reachable[0], port.number), PATIENCE) as connection,
            context.wrap_socket(connection, server_hostname=server.name) as session,
        ):
            shown = session.getpeercert(True)
    except OSError as error:
        yield fault(
            f"TLS does not work at {port.name}: {error.strerror or error}.",
            "Restart the server with --certificate; see its log.",
        )
        return
    if shown in [each.public_bytes(Encoding.DER) for each in found]:
        yield ok(f"the server shows that certificate at {port.name}.")
    else:
        yield fault(
            f"the server shows another certificate at {port.name} than {server.certificate} holds.",
            "Have it read the file again: systemctl reload chatsvc; the log says if it cannot.",
        )
