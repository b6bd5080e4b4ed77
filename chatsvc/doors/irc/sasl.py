"""SASL: how a client logs in to an account (https://ircv3.net/specs/extensions/sasl-3.2)."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatsvc.chat.accounts.account import Account
    from chatsvc.passwords.scram import Server

CHUNK = 400  # bytes of Base64 in one message; a shorter chunk is the last
MOST_CHUNKS = 3


class Exchange:
    """One running exchange.

    mechanism: its name.
    server: the server's side of SCRAM, once the client has begun.
    name: the name that the client has given in SCRAM.
    account: of that name, if there is one.
    era: the account's when the client has begun.
    is_shown: whether the client has proved the password.
    """

    def __init__(self, mechanism: str) -> None:
        self.mechanism = mechanism
        self.server: Server | None = None
        self.name = ""
        self.account: Account | None = None
        self.era = ""
        self.is_shown = False
        self._chunks: list[str] = []

    def take(self, chunk: str) -> bytes | None:
        """The response that a chunk completes; None if more is to come.

        Raises ValueError if it is too long, or no Base64.
        """
        if chunk != "+":
            self._chunks.append(chunk)
        if len(chunk) == CHUNK:
            if len(self._chunks) >= MOST_CHUNKS:
                raise ValueError("That is too long.")
            return None
        text, self._chunks = "".join(self._chunks), []
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error:
            raise ValueError("That is no Base64.") from None


def plain(response: bytes) -> tuple[str, str]:
    """The name and the password in a response of PLAIN (RFC 4616). Raises ValueError."""
    authzid, authcid, password = response.decode().split("\0")
    if not authcid or not password or authzid not in ("", authcid):
        raise ValueError("That is no name and password.")
    return authcid, password
