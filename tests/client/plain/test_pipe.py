"""The protocols of a client in a pipe, by themselves."""

from __future__ import annotations

import errno
from typing import Any

from twisted.internet import error
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client.plain.pipe import (
    PATIENCE,
    ChatClient,
    ChatClientFactory,
    Terminal,
    talk,
)
from chatsvc.client.settings.values import Settings


class Wire(StringTransport):
    """A transport that asks a pull producer for data at once, as a socket does."""

    producer: Any

    def registerProducer(self, producer, streaming):  # noqa: N802 (Twisted's name)
        super().registerProducer(producer, streaming)
        if not streaming:
            producer.resumeProducing()


class ProtocolTests(SynchronousTestCase):
    def setUp(self):
        self.clock = Clock()
        self.client = ChatClientFactory(self.clock).buildProtocol(None)
        self.wire = Wire(lenient=True)
        self.client.makeConnection(self.wire)
        self.screen = Wire(lenient=True)
        self.terminal = Terminal(self.client)
        self.terminal.makeConnection(self.screen)

    def server_welcomes(self):
        self.server_says(b"server: Welcome, you are ann.\n")
        self.screen.clear()

    def types(self, data):
        self.terminal.dataReceived(data)

    def server_says(self, data):
        self.client.dataReceived(data)

    def wire_drains(self):
        self.wire.producer.resumeProducing()

    def server_hears(self, data):
        self.assertEqual(self.wire.value(), data)
        self.wire.clear()

    def screen_shows(self, text):
        self.assertEqual(self.screen.value().decode(), text)
        self.screen.clear()

    def connection_ends(self, why=error.ConnectionDone):
        self.client.connectionLost(Failure(why()))

    def ended_with(self, why):
        self.assertEqual(self.successResultOf(self.client.ended), why)


class TypingTests(ProtocolTests):
    def test_lines_go_to_the_server_as_they_are(self):
        self.types('/bc "grüß"\n\n  \x1b[A\r\n'.encode() + b"\xff\xfe\n")
        self.server_hears('/bc "grüß"\n\n  \x1b[A\r\n'.encode() + b"\xff\xfe\n")

    def test_a_line_goes_when_it_is_whole(self):
        self.types(b"he")
        self.server_hears(b"")
        self.types(b"llo\nwor")
        self.server_hears(b"hello\n")

    def test_a_line_of_any_length_goes_whole(self):
        line = b"x" * 3_000_000 + b"\n"
        for start in range(0, len(line), 8192):
            self.types(line[start : start + 8192])
        self.types(b"next\n")
        self.server_hears(line + b"next\n")

    def test_the_end_of_input_sends_the_last_line_and_quits(self):
        self.types(b"one\ntwo")
        self.terminal.readConnectionLost()
        self.server_hears(b"one\ntwo\n/quit\n")

    def test_the_end_of_input_after_a_quit_adds_nothing(self):
        self.types(b"/quit\n")
        self.terminal.readConnectionLost()
        self.server_hears(b"/quit\n")

    def test_the_last_line_may_be_the_quit(self):
        self.types(b"/exit bye")
        self.terminal.readConnectionLost()
        self.server_hears(b"/exit bye\n")


class ShowingTests(ProtocolTests):
    def test_lines_are_shown_as_they_come(self):
        self.server_says("ann: grüß\nbo".encode())
        self.screen_shows("ann: grüß\n")
        self.server_says(b"b: hi\n\n")
        self.screen_shows("bob: hi\n\n")

    def test_a_carriage_return_before_the_end_is_no_part_of_the_line(self):
        self.server_says(b"ann: hi\r\n")
        self.screen_shows("ann: hi\n")

    def test_invalid_utf8_is_replaced(self):
        self.server_says(b"ann: \xff!\n")
        self.screen_shows("ann: \ufffd!\n")

    def test_a_server_cannot_act_on_the_terminal(self):
        self.server_says("a\x1b[2Jb\x1b]0;title\x07c\x07\x08\x9b1md\tä\u202eö\x7f\n".encode())
        self.screen_shows("abcd äö\n")

    def test_the_longest_line_is_shown(self):
        self.server_says(b"x" * ChatClient.MAX_LENGTH + b"\n")
        self.screen_shows("x" * ChatClient.MAX_LENGTH + "\n")

    def test_a_longer_line_ends_the_connection(self):
        self.server_says(b"x" * (ChatClient.MAX_LENGTH + 1))
        self.ended_with("the server sent a line of more than 1048576 bytes.")
        self.assertTrue(self.wire.disconnected)
        self.connection_ends(error.ConnectionAborted)
        self.screen_shows("")


class QuittingTests(ProtocolTests):
    def test_what_quits(self):
        for line in (b"/quit", b"/exit", b"/QuIt", b"/quit so long", b" /exit\t", b"/quit\r"):
            self.setUp()
            self.types(line + b"\nnot said\n")
            self.server_hears(line + b"\n")
            self.assertTrue(self.client.quitting, line)
            self.assertEqual(self.screen.producerState, "paused")

    def test_what_does_not_quit(self):
        for line in (b"/quitter", b"//quit", b"quit", b"say /quit", b"/q", b"", b"/"):
            self.setUp()
            self.types(line + b"\nsaid\n")
            self.server_hears(line + b"\nsaid\n")
            self.assertFalse(self.client.quitting, line)

    def test_the_server_has_the_last_word(self):
        self.server_welcomes()
        self.types(b"/quit\n")
        self.wire_drains()
        self.server_says(b"server: goodbye, ")
        self.server_says(b"ann\n")
        self.connection_ends()
        self.screen_shows("server: goodbye, ann\n")
        self.ended_with(None)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_a_silent_server_is_left(self):
        self.server_welcomes()
        self.types(b"/quit\n")
        self.wire_drains()
        self.clock.advance(PATIENCE - 0.1)
        self.assertNoResult(self.client.ended)
        self.clock.advance(0.1)
        self.ended_with(None)
        self.assertTrue(self.wire.disconnecting)
        self.server_says(b"too late\n")
        self.connection_ends()

    def test_a_server_that_still_speaks_is_waited_for(self):
        self.server_welcomes()
        self.types(b"/quit\n")
        self.wire_drains()
        for _ in range(10):
            self.clock.advance(PATIENCE - 0.1)
            self.server_says(b".")
        self.assertNoResult(self.client.ended)
        self.clock.advance(PATIENCE)
        self.ended_with(None)

    def test_a_server_that_still_reads_is_waited_for(self):
        self.server_welcomes()
        self.types(b"/quit\n")
        self.clock.advance(1000)
        self.assertNoResult(self.client.ended)
        self.wire_drains()
        self.clock.advance(PATIENCE)
        self.ended_with(None)

    def test_a_server_is_not_silent_while_standard_output_is_full(self):
        self.server_welcomes()
        self.types(b"/quit\n")
        self.wire_drains()
        self.screen.producer.pauseProducing()
        self.clock.advance(PATIENCE)
        self.clock.advance(PATIENCE)
        self.assertNoResult(self.client.ended)
        self.screen.producer.resumeProducing()
        self.clock.advance(PATIENCE)
        self.ended_with(None)

    def test_nothing_is_given_up_before_a_quit(self):
        self.server_says(b"hi\n")
        self.assertEqual(self.clock.getDelayedCalls(), [])


class EndingTests(ProtocolTests):
    def test_a_server_that_closes(self):
        self.server_says(b"server: The server is full.\nhalf a li")
        self.connection_ends()
        self.screen_shows("server: The server is full.\nhalf a li\n")
        self.ended_with("the server closed the connection.")

    def test_a_server_that_turns_us_away_while_we_quit(self):
        self.types(b"hi\n/quit\n")
        self.wire_drains()
        self.server_says(b"server: The server is full.\n")
        self.connection_ends()
        self.ended_with("the server closed the connection.")

    def test_a_server_that_goes_down_while_we_quit(self):
        self.server_welcomes()
        self.types(b"hi\n/quit\n")
        self.wire_drains()
        self.server_says(b"server: The server is shutting down.\n")
        self.connection_ends()
        self.ended_with("the server closed the connection.")

    def test_a_server_of_another_kind(self):
        self.types(b"hi\n/quit\n")
        self.wire_drains()
        self.server_says(b"HTTP/1.1 400 Bad Request\n")
        self.clock.advance(PATIENCE)
        self.ended_with("the server does not answer.")

    def test_a_server_that_speaks_tls(self):
        self.types(b"hi\n/quit\n")
        self.wire_drains()
        self.server_says(b"\x15\x03\x01\x00\x02\x02\x46")
        self.connection_ends()
        self.screen_shows("")
        self.ended_with(" speaks TLS: use --tls.")

    def test_a_connection_that_breaks(self):
        self.connection_ends(error.ConnectionLost)
        self.ended_with("the connection was lost.")

    def test_a_connection_that_breaks_after_a_quit(self):
        # A reset says that the server has not read everything.
        self.types(b"said?\n/quit\n")
        self.wire_drains()
        self.connection_ends(error.ConnectionLost)
        self.ended_with("the connection was lost.")

    def test_a_server_that_closes_before_it_could_be_told_everything(self):
        self.types(b"said?\n/quit\n")
        self.wire.producer.stopProducing()
        self.connection_ends()
        self.ended_with("the server closed the connection.")

    def test_finishing_waits_until_everything_is_written(self):
        done = self.terminal.finish()
        self.assertIsNone(self.screen.producer)
        self.assertTrue(self.screen.disconnecting)
        self.assertNoResult(done)
        self.terminal.connectionLost()
        self.successResultOf(done)


class FlowTests(ProtocolTests):
    def test_typing_waits_while_the_server_does_not_read(self):
        self.assertTrue(self.wire.streaming)
        self.wire.producer.pauseProducing()
        self.assertEqual(self.screen.producerState, "paused")
        self.types(b"wait\n")
        self.server_hears(b"")
        self.wire.producer.resumeProducing()
        self.assertEqual(self.screen.producerState, "producing")
        self.server_hears(b"wait\n")

    def test_the_server_waits_while_standard_output_is_full(self):
        self.assertTrue(self.screen.streaming)
        self.screen.producer.pauseProducing()
        self.assertEqual(self.wire.producerState, "paused")
        self.server_says(b"wait\n")
        self.screen_shows("")
        self.screen.producer.resumeProducing()
        self.assertEqual(self.wire.producerState, "producing")
        self.screen_shows("wait\n")

    def test_what_waits_when_the_connection_ends_is_shown(self):
        self.screen.producer.pauseProducing()
        self.server_says(b"one\ntwo\n")
        self.connection_ends()
        self.screen_shows("one\ntwo\n")

    def test_a_closed_standard_output_quits(self):
        self.screen.producer.pauseProducing()
        self.screen.producer.stopProducing()
        self.terminal.writeConnectionLost()
        self.server_hears(b"/quit\n")
        self.assertEqual(self.wire.producerState, "producing")
        self.successResultOf(self.terminal.finish())


class ConnectingTests(SynchronousTestCase):
    def fails(self, why):
        reactor = MemoryReactorClock()
        talking = Deferred.fromCoroutine(talk(reactor, Settings(host="192.0.2.1")))
        (_, _, factory, _, _) = reactor.tcpClients[0]
        factory.clientConnectionFailed(reactor.connectors[0], Failure(why))
        reactor.advance(1)
        return self.failureResultOf(talking, SystemExit).value.code

    def test_why_a_connection_failed(self):
        for why, text in {
            error.ConnectionRefusedError(errno.ECONNREFUSED, "..."): "connection refused",
            error.NoRouteError(errno.ENETUNREACH, "..."): "network is unreachable",
            error.TCPTimedOutError(errno.ETIMEDOUT, "..."): "connection timed out",
            error.TimeoutError(): "connection timed out",
        }.items():
            line = f"chatsvc: could not connect to 192.0.2.1 port 5000: {text}"
            self.assertEqual(self.fails(why), line)
