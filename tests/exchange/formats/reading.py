"""Reads samples of exports, as they lie on the disk."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.exchange.reading import read
from chatsvc.exchange.said import Found, LeftOut, Message, Room, Unreadable


def at(*date: int) -> float:
    """Seconds since the epoch of a date in UTC."""
    return datetime(*date, tzinfo=UTC).timestamp()  # type: ignore[misc, arg-type]  # year ... second


class ReadingTestCase(SynchronousTestCase):
    """What is in a file is read."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def writes(self, name: str, data: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    def zips(self, files: Mapping[str, object], name: str = "export.zip") -> Path:
        """A zip file; what is no bytes is JSON in it."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in files.items():
                data = content if isinstance(content, bytes) else json.dumps(content).encode()
                archive.writestr(member, data)
        return self.writes(name, buffer.getvalue())

    def reads(self, path: Path, form: str = "", into: str = "", zone: str = "UTC") -> list[Found]:
        return list(read(path, form, into, ZoneInfo(zone)))

    def messages(self, path: Path, **how: str) -> list[Message]:
        return [each for each in self.reads(path, **how) if isinstance(each, Message)]

    def said(self, path: Path, **how: str) -> list[tuple[str, str]]:
        """Who has said what."""
        return [(each.speaker, each.text) for each in self.messages(path, **how)]

    def rooms(self, path: Path) -> list[Room]:
        return [each for each in self.reads(path) if isinstance(each, Room)]

    def left_out(self, path: Path, **how: str) -> list[tuple[str, str]]:
        found = self.reads(path, **how)
        return [(each.what, each.where) for each in found if isinstance(each, LeftOut)]

    def refuses(self, path: Path, **how: str) -> str:
        with self.assertRaises(Unreadable) as refusal:
            self.reads(path, **how)
        return str(refusal.exception)
