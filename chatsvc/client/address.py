"""The server's address, as people write it."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable
from ipaddress import ip_address
from typing import NamedTuple, TypeVar

_LABEL = r"(?!-)([^\W_]|-){1,63}(?<!-)"
# The last label of a host name is not all digits (RFC 3696, section 2): "300.1.1.1" is no name.
_NAME = re.compile(rf"(?=.{{1,253}}$)({_LABEL}\.)*(?![0-9]+\.?$){_LABEL}\.?")
_WITH_PORT = re.compile(r"(\[.*\]|[^:]*):([^:\]]*)")
BOM = "\ufeff"  # some editors and shells write it at the start of a text

T = TypeVar("T")


class Address(NamedTuple):
    """Where a server is.

    host: an IP address or a host name, or the path of a unix socket, which has a slash.
    port: None if it was not given.
    """

    host: str
    port: int | None


def valid_address(text: str) -> Address:
    """A host with an optional port, as host:port; or the path of a unix socket."""
    if text.startswith("unix:") or ("/" in text and "://" not in text):
        path = text.removeprefix("unix:")
        if not path or "\0" in path:
            raise argparse.ArgumentTypeError(f"{text!r} is not the path of a socket")
        return Address(os.path.abspath(path), None)
    if "://" not in text and (with_port := _WITH_PORT.fullmatch(text)):
        host, port = with_port.groups()
        return Address(valid_host(host), valid_port(port))
    return Address(valid_host(text), None)


def valid_host(text: str) -> str:
    """An IP address, without the brackets of ``[::1]``, or a host name.

    A link-local IPv6 address may name its interface: ``fe80::1%eth0`` (RFC 4007, section 11).
    """
    try:
        return str(ip_address(re.sub(r"^\[(.*)\]$", r"\1", text)))
    except ValueError:
        if _NAME.fullmatch(text):
            return text
        message = f"{text!r} is neither an IP address nor a host name"
        raise argparse.ArgumentTypeError(message) from None


def valid_port(text: str) -> int:
    """A TCP port."""
    if re.fullmatch("[0-9]{1,5}", text) and 1 <= int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port, a number from 1 to 65535")


def ask(question: str, default: str, check: Callable[[str], T]) -> T:
    """Ask until the answer passes ``check``; raises EOFError at the end of the input."""
    while True:
        print(f"{question} [{default}]: ", end="", file=sys.stderr, flush=True)
        answer = bytearray()
        # Byte by byte: a buffer would swallow the lines after the answer, which are for the server.
        while (byte := os.read(0, 1)) not in (b"\n", b""):
            answer += byte
        if not byte and not answer:
            raise EOFError
        try:
            return check(answer.decode(errors="replace").strip().removeprefix(BOM) or default)
        except argparse.ArgumentTypeError as error:
            print(f"chatsvc: {error}", file=sys.stderr)
