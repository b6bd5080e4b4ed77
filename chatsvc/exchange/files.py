"""Files to be imported: nothing in them may take more than a bounded time and memory."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple

from chatsvc.exchange.said import LeftOut, Unreadable
from chatsvc.text.safe import clean

LINE_BYTES = 1024 * 1024  # of a line of a log
OBJECT_BYTES = 16 * 1024 * 1024  # of a line that is JSON: a post has all its replies in it
MEMBER_BYTES = 64 * 1024 * 1024  # of a file in a zip file that is read as a whole
MEMBERS = 1_000_000  # in a zip file
MOST_RATIO = 500  # how much larger than its packed form a file in a zip file may be
SMALL = 1024 * 1024  # bytes of a file that may be packed better than that


class Line(NamedTuple):
    """A line of a file.

    number: from 1.
    """

    number: int
    text: str


def lines_of(file: IO[bytes], name: str, most: int = LINE_BYTES) -> Iterator[Line | LeftOut]:
    """The lines of a file without their ends, decoded from UTF-8.

    What is no UTF-8 becomes U+FFFD; lines of more than `most` bytes are left out.
    """
    number = 0
    while data := file.readline(most + 1):
        number += 1
        if len(data) > most:
            while data and not data.endswith(b"\n"):
                data = file.readline(most)
            yield LeftOut("lines that are too long", f"{name}:{number}")
            continue
        if number == 1:
            data = data.removeprefix(b"\xef\xbb\xbf")
        yield Line(number, data.rstrip(b"\r\n").decode("utf-8", "replace"))


def objects_of(file: IO[bytes], name: str) -> Iterator[tuple[str, dict[str, Any]] | LeftOut]:
    """The JSON objects of a file, one a line, each with the place where it stands."""
    for line in lines_of(file, name, OBJECT_BYTES):
        if isinstance(line, LeftOut):
            yield line
        elif line.text.strip():
            where = f"{name}:{line.number}"
            try:
                found = json.loads(line.text)
            except (ValueError, RecursionError):
                found = None
            if isinstance(found, dict):
                yield where, found
            else:
                yield LeftOut("lines that are no JSON object", where)


class Archive:
    """A zip file, of which nothing is written to the disk.

    names: those of the files in it.
    """

    def __init__(self, file: zipfile.ZipFile, name: str) -> None:
        self._file = file
        self._name = name
        members = file.infolist()
        if len(members) > MEMBERS:
            raise Unreadable(f"{name} has more than {MEMBERS} files in it.")
        for member in members:
            self._check(member)
        self.names = [each.filename for each in members if not each.is_dir()]

    def _check(self, member: zipfile.ZipInfo) -> None:
        """Check that a member can be read without harm. Raises Unreadable."""
        path = PurePosixPath(member.filename)
        shown = f"{self._name}/{clean(member.filename)[:200]}"
        if path.is_absolute() or ".." in path.parts or "\\" in member.filename:
            raise Unreadable(f"{shown} would lie outside of the zip file, which is an attack.")
        if member.flag_bits & 1:
            raise Unreadable(f"{shown} is encrypted.")
        if member.file_size > SMALL and member.file_size > MOST_RATIO * member.compress_size:
            raise Unreadable(f"{shown} is {MOST_RATIO} times as large as it is packed: a zip bomb.")

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Open a file in it. Raises Unreadable if it is broken, even in the middle of reading."""
        try:
            with self._file.open(name) as file:
                yield file
        except (zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error) as error:
            raise Unreadable(f"{self._name}/{clean(name)} is broken: {error}") from None

    def json(self, name: str) -> Any:
        """What a JSON file in it says; None if it is no JSON, or too large. Raises Unreadable."""
        with self.open(name) as file:
            data = file.read(MEMBER_BYTES + 1)
        if len(data) > MEMBER_BYTES:
            return None
        try:
            return json.loads(data.decode("utf-8-sig", "replace"))
        except (ValueError, RecursionError):
            return None


@contextmanager
def opened_zip(path: Path) -> Iterator[Archive]:
    """Open a zip file. Raises Unreadable, and OSError."""
    try:
        file = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise Unreadable(f"{path} is no zip file, or is broken: {error}") from None
    with file:
        yield Archive(file, path.name)
