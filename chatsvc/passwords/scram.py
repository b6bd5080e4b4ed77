"""SCRAM-SHA-256: proving that one knows a password, without sending it (RFC 5802, RFC 7677)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ITERATIONS = 100_000  # 20 ms
SALT_BYTES = 16
NONCE_BYTES = 18


def salted_password(secret: bytes, salt: bytes, iterations: int) -> bytes:
    """SaltedPassword (RFC 5802, 3): PBKDF2 with HMAC-SHA-256, which takes nearly all the time."""
    return hashlib.pbkdf2_hmac("sha256", secret, salt, iterations)


def keys_of(
    secret: bytes, salted_by: Callable[[bytes, bytes, int], bytes] = salted_password
) -> str:
    """What is stored of a password: iterations, salt, StoredKey and ServerKey (RFC 5802, 3).

    salted_by: does what `salted_password` does, perhaps elsewhere.
    """
    salt = secrets.token_bytes(SALT_BYTES)
    salted = salted_by(secret, salt, ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    return _joined(salt, stored, hmac.digest(salted, b"Server Key", "sha256"))


def decoy(salt: bytes) -> str:
    """Random keys for a name that nobody has.

    salt: always the same for a name, so that it does not reveal that.
    """
    return _joined(salt, secrets.token_bytes(32), secrets.token_bytes(32))


def _joined(*parts: bytes) -> str:
    return "$".join([str(ITERATIONS), *[b64encode(each).decode() for each in parts]])


def name_in(first: str) -> tuple[str, str]:
    """The name in a client's first message, and that message without its header.

    Raises ValueError.
    """
    header, _, rest = first.partition(",")
    authzid, _, bare = rest.partition(",")
    facts = dict([part.split("=", 1) for part in bare.split(",")])
    name = facts["n"].replace("=2C", ",").replace("=3D", "=") if "n" in facts else ""
    is_bound = header not in ("n", "y")  # channel binding is not supported
    if is_bound or not name or not facts.get("r") or authzid not in ("", f"a={facts['n']}"):
        raise ValueError("That is no first message of SCRAM.")
    return name, bare


class Server:
    """The server's side of one exchange, without a socket.

    keys: as `keys_of` makes them.
    """

    def __init__(self, first: str, bare: str, keys: str) -> None:
        iterations, self._salt, stored, server = keys.split("$")
        self._stored, self._server = b64decode(stored), b64decode(server)
        self._header = first[: len(first) - len(bare)]
        self._bare = bare
        cnonce = dict([part.split("=", 1) for part in bare.split(",")])["r"]
        self._nonce = cnonce + secrets.token_urlsafe(NONCE_BYTES)
        self.first = f"r={self._nonce},s={self._salt},i={iterations}"

    def final(self, message: str) -> str | None:
        """The server's final message, if the client's proves the password; None if it does not.

        Raises ValueError if the client's is malformed.
        """
        without, _, proof = message.rpartition(",p=")
        facts = dict([part.split("=", 1) for part in without.split(",")])
        header = b64decode(facts.get("c", ""), validate=True).decode()
        if header != self._header or facts.get("r") != self._nonce:
            return None
        signed = f"{self._bare},{self.first},{without}".encode()
        signature = hmac.digest(self._stored, signed, "sha256")
        shown = b64decode(proof, validate=True)
        if len(shown) != len(signature):
            return None
        key = bytes([a ^ b for a, b in zip(shown, signature, strict=True)])
        if not hmac.compare_digest(hashlib.sha256(key).digest(), self._stored):
            return None
        return f"v={b64encode(hmac.digest(self._server, signed, 'sha256')).decode()}"
