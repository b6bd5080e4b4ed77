"""Keys and their certificates, read from files in PEM."""

from __future__ import annotations

from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path


class Pair(NamedTuple):
    """A key, and its certificate with those that signed it.

    path: the file of the key.
    """

    key: Any
    chain: list[Any]
    path: Path


def files(path: Path) -> list[Path]:
    """The file at a path, or those in the folder there."""
    return sorted(path.rglob("*.pem")) if path.is_dir() else [path]


def check_installed() -> None:
    """Check that everything that TLS needs is there. Raises ValueError."""
    if not all(find_spec(name) for name in ("cryptography", "OpenSSL")):
        raise ValueError("TLS needs more to be installed: pip install 'chatsvc[tls]'")


def pairs(path: Path) -> list[Pair]:
    """The keys with their certificates in a file or a folder; at least one. Raises ValueError."""
    return _pairs_in_folder(path) if path.is_dir() else [pair_of(_read(path), path)]


def pair_of(pem: bytes, path: Path) -> Pair:
    """The key and the certificates in PEM, which stand in a file. Raises ValueError."""
    certificates, key = _parsed(pem, path)
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
    return Pair(key, certificates, path)


def _pairs_in_folder(folder: Path) -> list[Pair]:
    """The same in a folder, where keys may have files of their own. Raises ValueError."""
    read = {path: _parsed(_read(path), path) for path in files(folder)}
    found = []
    for path, (_, key) in read.items():
        if key is None:
            continue
        own = key.public_key()
        chains = [chain for chain, _ in read.values() if chain and chain[0].public_key() == own]
        if chains:
            found.append(Pair(key, max(chains, key=len), path))
    if not found:
        raise ValueError(f"no *.pem file in {folder} holds a certificate whose key is there, too.")
    return [each for each in found if not any(_supersedes(other, each) for other in found)]


def _supersedes(one: Pair, other: Pair) -> bool:
    """Whether a certificate was renewed by one: dehydrated leaves the old ones in the folder."""
    names = set(_alternative_names(other.chain[0]))
    begins, before = one.chain[0].not_valid_before_utc, other.chain[0].not_valid_before_utc
    return bool(names) and begins > before and names.issubset(_alternative_names(one.chain[0]))


def host_names(certificate: Any) -> list[str]:
    """The host names in a certificate."""
    from cryptography.x509 import DNSName

    return [each.value for each in _alternative_names(certificate) if isinstance(each, DNSName)]


def _alternative_names(certificate: Any) -> list[Any]:
    from cryptography.x509 import ExtensionNotFound, SubjectAlternativeName

    try:
        return list(certificate.extensions.get_extension_for_class(SubjectAlternativeName).value)
    except (ExtensionNotFound, ValueError):
        return []


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from None


def _parsed(pem: bytes, path: Path) -> tuple[list[Any], Any]:
    """The certificates in PEM, which stand in a file, and the key, if any. Raises ValueError."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509 import load_pem_x509_certificates

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
