"""Files to be imported: they take only a bounded time and memory."""

from __future__ import annotations

import json
import os
import stat
import struct
import zipfile
import zlib
from collections import Counter
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
MANY = 64  # times SMALL: bytes that all files together may have, however well they are packed
# How files may be packed: for other forms, Python does not bound the size that bytes unpack to.
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# What Python raises if a zip file is broken.
_BROKEN = (
    zipfile.BadZipFile, NotImplementedError, EOFError, OverflowError, ValueError,
    OSError, struct.error, zlib.error,
)  # fmt: skip


class Line(NamedTuple):
    """A line of a file.

    number: from 1.
    """

    number: int
    text: str


def lines_of(file: IO[bytes], name: str, most: int = LINE_BYTES) -> Iterator[Line | LeftOut]:
    """The lines of a file without their ends, decoded from UTF-8.

    Invalid UTF-8 becomes U+FFFD; lines of more than `most` bytes are left out.
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
    """A zip file, which is never unpacked to the disk.

    size: its bytes.
    names: those of the files in it.
    """

    def __init__(self, file: zipfile.ZipFile, name: str, size: int) -> None:
        self._file = file
        self._name = name
        members = file.infolist()
        if len(members) > MEMBERS:
            raise Unreadable(f"{name} has more than {MEMBERS} files in it.")
        for member in members:
            self._check(member)
        # Files in it may share the bytes in which they are packed.
        if sum([each.file_size for each in members]) > max(MOST_RATIO * size, MANY * SMALL):
            raise Unreadable(f"{name} unpacks to {MOST_RATIO} times its size: a zip bomb.")
        names = [each.filename for each in members]
        self.names = [name for name in names if name and not name.endswith("/")]
        [(most, number)] = Counter(self.names).most_common(1) or [("", 0)]
        if number > 1:
            raise Unreadable(f"{self._shown(most)} is in the zip file {number} times.")

    def _check(self, member: zipfile.ZipInfo) -> None:
        """Check that a member can be read without harm. Raises Unreadable."""
        path = PurePosixPath(member.filename)
        shown = self._shown(member.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in member.filename:
            raise Unreadable(f"{shown} would lie outside of the zip file, which is an attack.")
        if member.flag_bits & 1:
            raise Unreadable(f"{shown} is encrypted.")
        if member.file_size > SMALL and member.file_size > MOST_RATIO * member.compress_size:
            raise Unreadable(f"{shown} unpacks to {MOST_RATIO} times its size: a zip bomb.")
        if member.compress_type not in _PACKED:
            raise Unreadable(f"{shown} is packed in another way than zip's usual one.")

    def _shown(self, name: str) -> str:
        return f"{self._name}/{clean(name)[:200]}"

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Open a file in it. Raises Unreadable if it is broken, even in the middle of reading."""
        try:
            file = self._file.open(name)
        except _BROKEN as error:
            raise Unreadable(f"{self._shown(name)} is broken: {error}") from None
        try:
            with file:
                yield file
        except (zipfile.BadZipFile, EOFError, zlib.error) as error:
            raise Unreadable(f"{self._shown(name)} is broken: {error}") from None

    def json(self, name: str) -> Any:
        """The value of a JSON file in it; None if not JSON, or too large. Raises Unreadable."""
        with self.open(name) as file:
            data = file.read(MEMBER_BYTES + 1)
        if len(data) > MEMBER_BYTES:
            return None
        try:
            return json.loads(data.decode("utf-8-sig", "replace"))
        except (ValueError, RecursionError):
            return None


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file to read it. Raises OSError; Unreadable if it may have no end, as a pipe."""
    # Nobody may ever write into a pipe; to open it would wait for that.
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise Unreadable(f"{path} is no ordinary file.")
        yield file


def is_zip(file: IO[bytes]) -> bool:
    """Whether a file is a zip file, or a broken one, which `opened_zip` refuses."""
    try:
        return zipfile.is_zipfile(file)
    except _BROKEN:
        return True


@contextmanager
def opened_zip(file: IO[bytes], name: str) -> Iterator[Archive]:
    """Open a zip file. Raises Unreadable, also if the disk fails."""
    size = file.seek(0, os.SEEK_END)
    try:
        found = zipfile.ZipFile(file)
    except _BROKEN as error:
        raise Unreadable(f"{name} is no zip file, or is broken: {error}") from None
    with found:
        yield Archive(found, name, size)
