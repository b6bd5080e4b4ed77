"""A certificate for a test."""

from __future__ import annotations

import datetime
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

PEM = serialization.Encoding.PEM
DAY = datetime.timedelta(days=1)


Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def self_signed(
    address: str = "127.0.0.1",
    shift: datetime.timedelta = datetime.timedelta(),
    key: Key | None = None,
) -> str:
    """PEM of a new key and its certificate, which holds for an IP address or a name and two days.

    shift: by how much later these days are than yesterday to tomorrow.
    key: used instead of the new key.
    """
    key = key or ec.generate_private_key(ec.SECP256R1())
    return _pem(key) + _certificate(key, "a test", key, "a test", address, shift)


def signed(
    address: str = "127.0.0.1", shift: datetime.timedelta = datetime.timedelta()
) -> tuple[str, list[str]]:
    """PEM of a new authority's certificate, and of what it has signed: key, certificate, itself."""
    root = ec.generate_private_key(ec.SECP256R1())
    key = ec.generate_private_key(ec.SECP256R1())
    authority = _certificate(root, "an authority", root, "an authority", None)
    certificate = _certificate(key, "a test", root, "an authority", address, shift)
    return authority, [_pem(key), certificate, authority]


def fingerprint_of(pem: str) -> str:
    """The SHA-256 of a certificate, as OpenSSL shows it."""
    pem = pem[pem.index("-----BEGIN CERTIFICATE") :]
    certificate = x509.load_pem_x509_certificate(pem.encode())
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _pem(key: Key) -> str:
    plain = serialization.NoEncryption()
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, plain).decode()


def _certificate(
    key: Key,
    name: str,
    by: Key,
    issuer: str,
    address: str | None,
    shift: datetime.timedelta = datetime.timedelta(),
) -> str:
    now = datetime.datetime.now(datetime.UTC) + shift
    builder = (
        x509.CertificateBuilder(_name(issuer), _name(name), key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(x509.BasicConstraints(ca=address is None, path_length=None), critical=True)
    )
    if address is not None:
        is_name = address[-1].isalpha()
        one = x509.DNSName(address) if is_name else x509.IPAddress(ip_address(address))
        names = x509.SubjectAlternativeName([one])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(by, hashes.SHA256()).public_bytes(PEM).decode()


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])
