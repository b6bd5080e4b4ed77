"""The wire of WebSockets: what Autobahn's cases do not ask for; see test_autobahn.py."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from unittest.mock import patch

from twisted.trial.unittest import SynchronousTestCase
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage
from wsproto.frame_protocol import CloseReason

from chatsvc.doors.web.websocket import wire
from chatsvc.doors.web.websocket.wire import AT_ONCE, Closing, Part, Pinged, Received, Whole, Wire

LONGEST = 1000


def pieces(wire: Wire, data: bytes) -> Iterator[Received]:
    """All pieces that have come with some data."""
    wire.feed(data)
    while True:
        if texts := wire.next_texts():
            yield from [Whole(text, True) for text in texts]
        elif (piece := wire.next()) is not None:
            yield piece
        else:
            return


class ReceivedTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.client = Connection(ConnectionType.CLIENT)
        self.wire = Wire(LONGEST)

    def received(self, data: bytes) -> list[Received]:
        return [*pieces(self.wire, data)]

    def test_messages(self) -> None:
        data = self.client.send(TextMessage("h\u00e9")) + self.client.send(BytesMessage(b"\xff"))
        expected = [Whole("h\u00e9".encode(), True), Whole(b"\xff", False)]
        self.assertEqual(self.received(data), expected)

    def test_a_byte_at_a_time(self) -> None:
        data = self.client.send(TextMessage("h\u00e9llo"))
        found = [piece for byte in data for piece in self.received(bytes([byte]))]
        self.assertEqual([each for each in found if each != Part()], [Whole(data_of(data), True)])

    def test_whole_texts_are_taken_at_once(self) -> None:
        texts = ["h\u00e9" * size for size in (0, 1, 41, 42, 333)]
        frames = [self.client.send(TextMessage(text)) for text in texts]
        pong = self.client.send(Pong(b"x"))
        wsproto = self.wire._connection
        with patch.object(wsproto, "receive_data", side_effect=wsproto.receive_data) as receive:
            for text, frame in zip(texts, frames, strict=True):
                self.assertEqual(self.received(frame), [Whole(text.encode(), True)])
            receive.assert_not_called()
            self.assertEqual(len(self.received(pong + b"".join(frames) + pong)), 7)
            self.received(frames[3][:9])
            self.assertEqual(self.received(frames[3][9:])[-1], Whole(texts[3].encode(), True))
            self.received(frames[4])
        given = b"".join([call.args[0] for call in receive.call_args_list])
        self.assertEqual(given, pong * 2 + frames[3])  # which was not all there at first

    def test_a_few_texts_are_taken_together(self) -> None:
        texts = [b"%d" % number for number in range(AT_ONCE + 2)]
        frames = [self.client.send(TextMessage(text.decode())) for text in texts]
        self.wire.feed(b"".join(frames) + self.client.send(Ping(b"?")) + frames[0])
        found = self.wire.next_texts()
        self.assertEqual(found, texts[:AT_ONCE])
        self.wire.put_back(found[3:])
        self.assertEqual(self.wire.next_texts(), texts[3 : AT_ONCE + 2])
        self.assertEqual(self.wire.next_texts(), [])
        self.assertEqual(self.wire.next(), Pinged(b"?"))
        self.assertEqual(self.wire.next_texts(), texts[:1])

    def test_texts_that_are_wrong(self) -> None:
        key = b"\0\0\0\0"
        for data, code in [
            (b"\x81\xfe\x00\x7d" + key + b"x" * 125, 1002),  # its length would fit into a byte
            (b"\x81\x03abc" + key, 1002),  # it is not masked
            (b"\xc1\x83" + key + b"abc", 1002),  # a bit that is reserved
            (b"\x81\x82" + key + b"\xc3\x28", 1007),
            (b"\x81\x81" + key + b"\xc3", 1007),
        ]:
            self.setUp()
            [closing] = self.received(data)
            assert isinstance(closing, Closing)
            self.assertEqual(closing.code, code)

    def test_a_text_during_a_message_is_wrong(self) -> None:
        self.received(self.client.send(TextMessage("a", message_finished=False)))
        [closing] = self.received(Connection(ConnectionType.CLIENT).send(TextMessage("b")))
        assert isinstance(closing, Closing)
        self.assertEqual(closing.code, 1002)

    def test_fragments_with_pings_between_them(self) -> None:
        data = b""
        for letter in "hello":
            data += self.client.send(TextMessage(letter, message_finished=False))
            data += self.client.send(Ping(b"?"))
        data += self.client.send(TextMessage(""))
        found = self.received(data)
        self.assertEqual(found[-1], Whole(b"hello", True))
        self.assertEqual(found.count(Pinged(b"?")), 5)

    def test_the_longest_message(self) -> None:
        longest = self.client.send(TextMessage("x" * LONGEST))
        self.assertEqual(len(self.received(longest)), 1)
        [*_, closing] = self.received(self.client.send(TextMessage("\u00e9" * (LONGEST // 2 + 1))))
        self.assertEqual(closing, Closing(1009, "a message is longer than 1000 bytes"))

    def test_many_fragments_are_too_long_together(self) -> None:
        piece = self.client.send(TextMessage("x" * 100, message_finished=False))
        for _ in range(10):
            self.assertEqual(self.received(piece), [Part()])
            piece = self.client.send(TextMessage("x" * 100, message_finished=False))
        self.assertIsInstance(self.received(piece)[0], Closing)

    def test_fragments_without_anything_take_no_memory(self) -> None:
        self.received(self.client.send(TextMessage("", message_finished=False)))
        empty = self.client.send(TextMessage("", message_finished=False))
        before = sys.getsizeof(self.wire._message)
        for _ in range(1000):
            self.assertEqual(self.received(empty), [Part()])
        self.assertEqual(sys.getsizeof(self.wire._message), before)

    def test_the_end(self) -> None:
        for sent, code in [
            (CloseConnection(1001, "bye"), 1001),
            (CloseConnection(CloseReason.NO_STATUS_RCVD), None),
        ]:
            self.setUp()
            data = self.client.send(sent)
            self.assertEqual(self.received(data + b"rubbish"), [Closing(code, "")])
            self.assertEqual(self.received(b"more"), [])

    def test_mistakes(self) -> None:
        for data, code in [
            (b"\x81\x01x", 1002),  # not masked
            (b"\xc1\x81\0\0\0\0x", 1002),  # a bit that nobody has agreed on
            (b"\x83\x80\0\0\0\0", 1002),  # no such opcode
            (b"\x80\x80\0\0\0\0", 1002),  # goes on with nothing
            (b"\x89\xfe\0\x7e\0\0\0\0", 1002),  # a long ping
            (b"\x81\x81\0\0\0\0\xff", 1007),  # no UTF-8
            (b"GET / HTTP/1.1\r\n\r\n", 1002),
        ]:
            self.setUp()
            [closing] = self.received(data)
            assert isinstance(closing, Closing)
            self.assertEqual(closing.code, code, data)
            self.assertTrue(closing.why)
            self.assertEqual(self.received(data), [])


def data_of(frame: bytes) -> bytes:
    """The payload of a short masked frame."""
    mask, payload = frame[2:6], frame[6:]
    return bytes([byte ^ mask[at % 4] for at, byte in enumerate(payload)])


class SentTests(SynchronousTestCase):
    def test_frames_of_all_lengths(self) -> None:
        for size in (0, 1, 125, 126, 65535, 65536, 100_000):
            client = Connection(ConnectionType.CLIENT)
            client.receive_data(wire.frame(b"x" * size, wire.TEXT))
            text = "".join([event.data for event in client.events()])  # type: ignore[attr-defined]  # messages
            self.assertEqual(text, "x" * size)

    def test_frames_of_lines(self) -> None:
        client = Connection(ConnectionType.CLIENT)
        client.receive_data(wire.frames_of_lines(b"one\r\ntwo\n\nfour\r\n", wire.BINARY))
        found = list(client.events())
        self.assertEqual(found, [BytesMessage(each) for each in (b"one", b"two", b"", b"four")])
        self.assertEqual(wire.frames_of_lines(b"", wire.TEXT), b"")

    def test_control_frames(self) -> None:
        client = Connection(ConnectionType.CLIENT)
        client.receive_data(wire.ping() + wire.pong(b"?") + wire.close(None))
        self.assertEqual(list(client.events()), [Ping(b""), Pong(b"?"), CloseConnection(1005, "")])
