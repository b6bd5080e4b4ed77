"""Strict Transport Security: clients use TLS only (https://ircv3.net/specs/extensions/sts)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.doors.channel import LineChannel


class Sts(NamedTuple):
    """The policy that clients are told.

    host: the server's name, for clients that are to use TLS only.
    port: for TLS.
    seconds: how long they use TLS only, from each connection on; 0 to end an earlier policy.
    vouches_for: whether clients can trust the certificate that the server has for a host now.
    """

    host: str
    port: int
    seconds: int
    vouches_for: Callable[[str], bool]

    def value(self, channel: LineChannel) -> str:
        """The value of the capability for a connection; empty to leave it out.

        Without TLS it is the port, except on this machine, where nobody can read along. With TLS it
        is the duration, for clients that have connected by the host's name.
        """
        if not self.vouches_for(self.host):
            return ""
        if channel.is_encrypted:
            is_meant = channel.host_asked_for.lower() == self.host.lower()
            return f"duration={self.seconds}" if is_meant else ""
        return f"port={self.port}" if self.seconds and not channel.is_local else ""
