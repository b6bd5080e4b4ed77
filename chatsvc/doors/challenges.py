"""Challenges of certificate authorities, answered with the files of an ACME client."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from stat import S_ISREG
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from chatsvc.journal import Journal

FOLDERS = (".well-known", "acme-challenge")  # RFC 8555, section 8.3
TYPE = "application/octet-stream"
MOST_BYTES = 4096  # of an answer, which has some 90
# Tokens are base64url (RFC 8555, section 8.3); these have 43 characters.
_PATH = re.compile(rb"/\.well-known/acme-challenge/([\w-]{1,128})", re.ASCII)
_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %%d\r\n"
    b"Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
) % TYPE.encode()
_REQUEST = re.compile(rb"[\r\n]{0,8}GET (\S+) HTTP/1")


class Challenges:
    """Answers HTTP-01 challenges with files that certbot, lego or dehydrated has written.

    webroot: the folder below which the client writes them, in .well-known/acme-challenge.

    It serves only plain, small files whose names may be a token's, and no symbolic links, even if
    somebody else can write to the folder.
    """

    def __init__(self, webroot: Path, journal: Journal) -> None:
        self._webroot = webroot
        self._journal = journal

    def answer(self, path: bytes, address: str | None) -> bytes | None:
        """The answer for the path of a request; None if it asks for none, or there is no such file.

        address: where the request comes from, for the journal.
        """
        asked = _PATH.fullmatch(path)
        if asked is None:
            return None
        try:
            found = self._read(asked[1].decode())
        except OSError as error:
            self._journal.write("no challenge", address, reason=error.strerror)
            return None
        self._journal.write("challenge", address)
        return found

    def response(self, request: bytes, address: str | None) -> bytes | None:
        """The whole response to the first bytes of an HTTP request; None as above."""
        line = _REQUEST.match(request)
        body = None if line is None else self.answer(line[1], address)
        if body is None:
            return None
        return _HEAD % len(body) + body

    def _read(self, token: str) -> bytes:
        """The file for a token. Raises OSError."""
        with _opened(self._webroot, os.O_DIRECTORY) as root:
            outer, inner = FOLDERS
            with (
                _opened(outer, os.O_DIRECTORY | os.O_NOFOLLOW, root) as folder,
                _opened(inner, os.O_DIRECTORY | os.O_NOFOLLOW, folder) as files,
                # Opening a pipe would wait.
                _opened(token, os.O_NOFOLLOW | os.O_NONBLOCK, files) as file,
            ):
                if not S_ISREG(os.fstat(file).st_mode):
                    raise OSError(0, "It is not a plain file")
                found = os.read(file, MOST_BYTES + 1)
                if len(found) > MOST_BYTES:
                    raise OSError(0, f"It has more than {MOST_BYTES} bytes")
                return found


@contextmanager
def _opened(path: str | Path, flags: int, folder: int | None = None) -> Iterator[int]:
    """The descriptor of a file or a folder, relative to a folder. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | flags, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
