"""Reading exports: the format of a file, and its contents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from pathlib import Path
from typing import IO, Literal, get_args

from chatsvc.exchange.files import LINE_BYTES, Archive, is_zip, opened, opened_zip
from chatsvc.exchange.formats import irssi, mattermost, own, slack, weechat
from chatsvc.exchange.formats.times import Wall
from chatsvc.exchange.said import Found, Unreadable

Format = Literal["chatsvc", "weechat", "irssi", "slack", "mattermost"]
FORMATS: tuple[str, ...] = get_args(Format)
_LOGS = {"weechat": weechat, "irssi": irssi}
_ENDS = {".weechatlog": "weechat", ".log": "irssi"}  # of the names of logs in a folder


def read(path: Path, form: str, into: str, zone: tzinfo | None) -> Iterator[Found]:
    """The contents of a file, or of the logs in a folder. Raises Unreadable, and OSError.

    form: one of FORMATS; empty to tell it by the file.
    into: the room of a log; empty for that in the file's name.
    zone: of the times in logs; None for this machine's.
    """
    if path.is_dir():
        # A link may lead to files that are not to be imported.
        found = [each for each in path.rglob("*") if each.suffix in _ENDS and not each.is_symlink()]
        logs = sorted(each for each in found if each.is_file())
        if not logs:
            raise Unreadable(f"no log is in {path}: no file ends in {' or '.join(_ENDS)}.")
        for log in logs:
            with opened(log) as file:
                yield from _log(file, log, form or _ENDS[log.suffix], into, zone)
        return
    with opened(path) as file:
        form = form or _form_of(file, path)
        file.seek(0)
        if form in _LOGS:
            yield from _log(file, path, form, into, zone)
        elif form == "slack":
            with opened_zip(file, path.name) as archive:
                yield from slack.read(archive)
        elif form == "mattermost" and is_zip(file):
            with opened_zip(file, path.name) as archive:
                yield from _zipped_mattermost(archive, path)
        else:
            file.seek(0)
            yield from (own if form == "chatsvc" else mattermost).read(file, path.name)


def _zipped_mattermost(archive: Archive, path: Path) -> Iterator[Found]:
    lines = [each for each in archive.names if each.endswith(".jsonl")]
    if len(lines) != 1:
        raise Unreadable(f"{path} has {len(lines)} files that end in .jsonl, not one.")
    with archive.open(lines[0]) as file:
        yield from mattermost.read(file, lines[0])


def _log(file: IO[bytes], path: Path, form: str, into: str, zone: tzinfo | None) -> Iterator[Found]:
    room = into or _LOGS[form].room_of(path.name)
    if not room:
        raise Unreadable(f"{path} does not name its room. Say into which it goes: --into '#room'")
    yield from _LOGS[form].read(file, path.name, room, Wall(zone))


def _form_of(file: IO[bytes], path: Path) -> str:
    """The format of a file, by its beginning. Raises Unreadable."""
    if is_zip(file):
        with opened_zip(file, path.name) as archive:
            return "slack" if slack.CHANNELS in archive.names else "mattermost"
    file.seek(0)
    line = file.readline(LINE_BYTES).removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    line = line.strip("\r\n")
    if line.startswith("{"):
        return "chatsvc" if '"chatsvc"' in line else "mattermost"
    if weechat.LINE.fullmatch(line):
        return "weechat"
    if line.startswith("--- "):
        return "irssi"
    raise Unreadable(f"the format of {path} is unclear. Say it: --format {'|'.join(FORMATS)}")
