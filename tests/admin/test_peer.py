"""The process at the other end of a unix socket is known."""

from __future__ import annotations

import os
import socket

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.admin.peer import Peer, peer_of


class PeerTests(SynchronousTestCase):
    def test_the_peer_of_a_pair_is_this_process(self) -> None:
        one, other = socket.socketpair(socket.AF_UNIX)
        self.addCleanup(one.close)
        self.addCleanup(other.close)
        self.assertEqual(peer_of(one), Peer(os.getpid(), os.geteuid()))

    def test_where_the_system_does_not_say_there_is_none(self) -> None:
        one, other = socket.socketpair(socket.AF_UNIX)
        self.addCleanup(one.close)
        self.addCleanup(other.close)
        with_it = socket.SO_PEERCRED
        self.addCleanup(setattr, socket, "SO_PEERCRED", with_it)
        del socket.SO_PEERCRED
        self.assertIsNone(peer_of(one))
