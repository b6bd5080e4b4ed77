"""The software that the server needs."""

from __future__ import annotations

import locale
import re
import sqlite3
import sys
from collections.abc import Iterator
from importlib import metadata

from chatsvc.doctor.finding import Finding, fault, ok, warning
from chatsvc.doctor.server import Server

_NEEDED = re.compile(r'([\w.-]+)(?:\[[\w,]*\])?\s*>=\s*([\d.]+)(?:.*extra == ["\'](\w+)["\'])?')
_SERVING = ("tls", "web", "metrics")  # the extras of a server
_VERSION = re.compile(r"\d+(?:\.\d+)*")
# OpenSSL reads certificates that clients send: CVE-2022-3602 and CVE-2022-3786.
_BAD_OPENSSL = ((3, 0, 0), (3, 0, 6))


def check_python(_: Server) -> Iterator[Finding]:
    """The version of Python, and of its SQLite."""
    version = sys.version.split()[0]
    if sys.version_info.releaselevel != "final":
        yield warning(
            f"Python {version} is not a final release.", "Install the release, and chatsvc in it."
        )
    try:
        sqlite3.connect(":memory:").execute("CREATE VIRTUAL TABLE words USING fts5 (text)")
    except sqlite3.Error as error:
        yield fault(
            f"SQLite {sqlite3.sqlite_version} does not search texts: {error}.",
            "Use a Python whose SQLite has FTS5, as those of all distributions do.",
        )
    else:
        yield ok(f"Python {version} has SQLite {sqlite3.sqlite_version}.")


def check_packages(server: Server) -> Iterator[Finding]:
    """The other packages that have to be installed, with their versions."""
    needed: dict[str, list[tuple[str, str]]] = {}  # by extra
    for text in metadata.requires("chatsvc") or ():
        if match := _NEEDED.match(text):
            needed.setdefault(match[3] or "", []).append((match[1], match[2]))
    in_use = {"": True, "tls": server.certificate is not None, "web": server.web}
    for extra in ("", *_SERVING):
        yield from _installed(extra, needed.get(extra, []), in_use.get(extra, False))


def _installed(extra: str, needed: list[tuple[str, str]], is_used: bool) -> Iterator[Finding]:
    """What is wrong with the packages of an extra, each with its minimum version."""
    wanted = f"pip install --upgrade 'chatsvc[{extra}]'" if extra else "pip install -U chatsvc"
    found = []
    for name, least in needed:
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            if is_used:
                yield fault(f"{name} is not installed, which the server needs.", wanted)
            return
        if _numbers(version) < _numbers(least):
            yield fault(f"{name} {version} is older than {least}.", wanted)
        found.append(f"{name} {version}")
    if found:
        yield ok(f"{', '.join(found)}.")


def check_openssl(server: Server) -> Iterator[Finding]:
    """The version of OpenSSL with which the server speaks TLS."""
    if server.certificate is None:
        return
    try:
        from OpenSSL.SSL import OPENSSL_VERSION, OpenSSL_version
    except ImportError:
        return  # check_packages says so
    text = OpenSSL_version(OPENSSL_VERSION).decode()
    if has_holes(text):
        yield fault(
            f"{text} has holes by which clients can crash the server (CVE-2022-3602).",
            "pip install --upgrade cryptography",
        )
    else:
        yield ok(f"TLS is by {text}.")


def has_holes(openssl: str) -> bool:
    """Whether a version of OpenSSL, such as OpenSSL 3.0.5 5 Jul 2022, is known to be bad."""
    first, last = _BAD_OPENSSL
    return first <= _numbers(openssl) <= last


def check_locale(_: Server) -> Iterator[Finding]:
    """Whether names of files are in UTF-8."""
    for what, encoding in (
        ("names of files", sys.getfilesystemencoding()),
        ("files", locale.getpreferredencoding(False)),
    ):
        if encoding.lower().replace("-", "") != "utf8":
            yield warning(
                f"{what} are taken to be in {encoding}, not UTF-8, by programs started from here.",
                "Set LANG=C.UTF-8 in the environment of the server.",
            )
            return
    yield ok("texts are in UTF-8.")


def _numbers(version: str) -> tuple[int, ...]:
    """The numbers of the first version in a text."""
    match = _VERSION.search(version)
    return tuple(map(int, match[0].split("."))) if match else ()
