"""The keys of SCRAM-SHA-256, by which a password can be shown without being told (RFC 7677)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64encode

ITERATIONS = 100_000  # 20 ms
SALT_BYTES = 16


def keys_of(secret: bytes) -> str:
    """What is kept of a password: iterations, salt, StoredKey and ServerKey (RFC 5802, 3)."""
    salt = secrets.token_bytes(SALT_BYTES)
    salted = hashlib.pbkdf2_hmac("sha256", secret, salt, ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    return "$".join(
        [str(ITERATIONS), *[b64encode(each).decode() for each in (salt, stored, server)]]
    )
