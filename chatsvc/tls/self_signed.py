"""A self-signed certificate, for trying TLS out."""

from __future__ import annotations

import datetime
import os
import socket
from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from twisted.logger import Logger

from chatsvc.tls.pem import check_installed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

DAYS = 3650  # long, as everybody who trusts its fingerprint would need the next one
_log = Logger()


def make(path: Path, addresses: Iterable[str]) -> None:
    """Make a certificate with its key, unless the file exists, and log its fingerprint.

    addresses: IP addresses at which people may reach the server, those of this machine included.

    Raises ValueError.
    """
    check_installed()
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509 import load_pem_x509_certificate

    try:
        with suppress(FileExistsError):
            _write(path, pem(addresses))
        certificate = load_pem_x509_certificate(path.read_bytes())
    except OSError as error:
        raise ValueError(f"cannot write or read {path}: {error.strerror}") from None
    except ValueError:
        raise ValueError(f"{path} holds no certificate. Delete it, for a new one.") from None
    _log.info(
        "The certificate is self-signed, {path}. Clients: --tls --fingerprint {fingerprint}",
        path=path,
        fingerprint=certificate.fingerprint(SHA256()).hex(":").upper(),
    )


def _write(path: Path, pem: bytes) -> None:
    """Write a new file that only its owner may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)


def pem(addresses: Iterable[str]) -> bytes:
    """A new key and its certificate, in PEM.

    addresses: IP addresses for which it is valid, beside this machine's name and localhost.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import ec

    host = socket.gethostname()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "chatsvc")])
    names: list[Any] = [x509.IPAddress(ip_address(each)) for each in sorted(addresses)]
    names += [x509.DNSName(each) for each in dict.fromkeys(["localhost", host]) if each.isascii()]
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    kind, plain = form.Encoding.PEM, form.NoEncryption()
    secret = key.private_bytes(kind, form.PrivateFormat.PKCS8, plain)
    return certificate.public_bytes(kind) + secret
