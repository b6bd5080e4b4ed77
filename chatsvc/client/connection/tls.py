"""The check of the server's TLS certificate, with its errors in words."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL
from OpenSSL.crypto import X509
from service_identity import CertificateError, VerificationError
from service_identity.cryptography import (
    verify_certificate_hostname,
    verify_certificate_ip_address,
)
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.ssl import (
    Certificate,
    CertificateOptions,
    platformTrust,
    trustRootFromCertificates,
)
from zope.interface import implementer

from chatsvc.client.settings.values import Wrong
from chatsvc.terminal.styles import neutral

if TYPE_CHECKING:
    from twisted.protocols.tls import TLSMemoryBIOProtocol

MOST_NAMES = 5  # names of a certificate in an error
# Of OpenSSL's X509_V_ERR_*, see X509_STORE_CTX_get_error(3).
_TIMES = (9, 10)  # not valid yet, or no longer
_NOT_TRUSTED = (2, 7, 18, 19, 20, 21)  # no known issuer, or a missing certificate in the chain
# OpenSSL's words for an answer that is not TLS.
_NO_TLS = ("wrong version number", "packet length too long", "record layer failure")


@implementer(IOpenSSLClientConnectionCreator)
class Trust:
    """Checks a server's certificate.

    host: the host name or IP address for which it has to be.
    ca: a PEM file of trusted certificates; empty for those that this machine trusts.
    fingerprint: the SHA-256 that it has to have, in hexadecimal, in place of other checks; empty
        for none.

    Raises Wrong if the file cannot be used.
    """

    def __init__(self, host: str, ca: str, fingerprint: str) -> None:
        self._host = host.partition("%")[0]  # certificates name no interface
        self._fingerprint = fingerprint
        roots = trustRootFromCertificates(_certificates(ca)) if ca else platformTrust()
        self._context = CertificateOptions(trustRoot=roots).getContext()
        self._problem = 0  # OpenSSL's number; 0 for none
        self._certificate: x509.Certificate | None = None  # the server's own

    def clientConnectionForTLS(  # noqa: N802 (Twisted's name)
        self, protocol: TLSMemoryBIOProtocol
    ) -> SSL.Connection:
        """The connection for one of Twisted's protocols."""
        self._problem, self._certificate = 0, None
        connection = SSL.Connection(self._context, None)
        if not _is_address(self._host):
            connection.set_tlsext_host_name(self._host.encode("idna"))
        connection.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, self._check)
        return connection

    def _check(
        self, connection: SSL.Connection, shown: X509, problem: int, depth: int, is_good: int
    ) -> bool:
        """Check a certificate of the chain, and note what is wrong with it.

        If any is wrong, only the server's own is refused, so that its fingerprint can be shown.
        OpenSSL passes it last.
        """
        if not is_good:
            self._problem = self._problem or problem
        if depth:
            return True
        self._certificate = shown.to_cryptography()
        if self._fingerprint:
            return self._shown_fingerprint.replace(":", "").lower() == self._fingerprint
        return not self._problem and self._is_for_host(self._certificate)

    def _is_for_host(self, certificate: x509.Certificate) -> bool:
        try:
            if _is_address(self._host):
                verify_certificate_ip_address(certificate, self._host)
            else:
                verify_certificate_hostname(certificate, self._host.encode("idna").decode())
        except (VerificationError, CertificateError):
            return False
        return True

    @property
    def _shown_fingerprint(self) -> str:
        assert self._certificate is not None
        return self._certificate.fingerprint(SHA256()).hex(":").upper()

    def explained(self, reason: str) -> str:
        """The reason why there is no connection.

        reason: in OpenSSL's words.
        """
        if reason in _NO_TLS:
            return "the server does not speak TLS on that port. Try it without --tls."
        certificate = self._certificate
        if certificate is None or reason != "certificate verify failed":
            return f"{reason}."
        shown = self._shown_fingerprint
        if self._fingerprint:
            return f"the server's certificate has another fingerprint: {shown}"
        if self._problem in _TIMES:
            from_, until = certificate.not_valid_before_utc, certificate.not_valid_after_utc
            return (
                f"the server's certificate is valid from {from_:%Y-%m-%d} to {until:%Y-%m-%d}, and"
                f" today is {datetime.now(UTC):%Y-%m-%d}. Ask those who run the server to renew it."
            )
        if self._problem in _NOT_TRUSTED:
            return (
                "the server's certificate is signed by nobody whom this machine trusts. Ask those"
                f" who run the server for its SHA-256 fingerprint; if it is this: --fingerprint"
                f" {shown}"
            )
        if self._problem:
            return f"{reason} ({self._problem})."
        return f"the server's certificate is for {_names(certificate)}, not for {self._host}."


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _certificates(file: str) -> list[Certificate]:
    """The certificates in a file. Raises Wrong."""
    try:
        found = x509.load_pem_x509_certificates(Path(file).expanduser().read_bytes())
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "there is no certificate in it, as PEM"
        raise Wrong(f"{file}: {why}") from None
    return [Certificate.load(each.public_bytes(Encoding.DER)) for each in found]


def _names(certificate: x509.Certificate) -> str:
    """The names in a certificate."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return "nobody"
    names = [
        *extension.value.get_values_for_type(x509.DNSName),
        *map(str, extension.value.get_values_for_type(x509.IPAddress)),
    ]
    more = ["..."] if len(names) > MOST_NAMES else []
    return neutral(", ".join([*names[:MOST_NAMES], *more])) or "nobody"
