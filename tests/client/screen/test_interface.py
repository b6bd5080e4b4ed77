"""The full screen: keys that are pressed, and pictures that are drawn."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatsvc.client.screen.showing.status_line import HINT
from chatsvc.client.settings.themes import Theme
from chatsvc.client.settings.values import Settings
from chatsvc.events.forms import forms
from chatsvc.terminal.keys import Text
from tests.client.screen.sitting import AT, InterfaceTestCase
from tests.patience import much
from tests.terminal.hostile import TEXTS

DIM = rb"\x1b\[(0;)?2[;m]"


class KeyTests(InterfaceTestCase):
    def test_going_from_window_to_window(self) -> None:
        for name in ("ann", "cat"):
            self.told("direct", **{"from": name, "to": "bob", "text": "hi"})
        self.types("\x0e")
        self.assertIn("[2 @ann", self.status)
        self.types("\x10\x10")
        self.assertIn("[3 @cat", self.status)
        self.types("\x1b1")
        self.assertIn("[1 #lobby", self.status)
        self.types("\x1b7")
        self.assertIn("There is no window 7.", self.status)
        self.types("x")
        self.assertIn("[1 #lobby", self.status)

    def test_other_keys(self) -> None:
        self.begins(keys={**Settings().keys, "next": "alt-n"})
        self.told("direct", **{"from": "ann", "to": "bob", "text": "hi"})
        self.types("\x0e")
        self.assertIn("[1 #lobby", self.status)
        self.types("\x1bn")
        self.assertIn("[2 @ann", self.status)

    def test_leaving(self) -> None:
        self.types("x\x03")
        self.types("\x03")
        self.assertIn("ctrl-c once more leaves", self.status)
        self.types("y")
        self.types("\x7f\x03")
        self.assertFalse(self.has_left)
        self.types("\x03")
        self.assertTrue(self.has_left)

    def test_scrolling_back(self) -> None:
        for number in range(100):
            self.said("#lobby", "ann", f"line {number}")
        self.types("\x1b[5~")
        self.assertNotIn("line 99", self.screen)
        self.assertIn("[1 #lobby, 3 here]  scrolled back (end)", self.status)
        self.said("#lobby", "ann", "new one")
        self.assertIn("[1 #lobby, 3 here]  1 new below (end)", self.status)
        self.assertNotIn("new one", self.screen)
        self.types("\x1b[6~\x1b[6~")
        self.assertIn("new one", self.screen)
        self.assertNotIn("(end)", self.status)

    def test_the_wheel_scrolls(self) -> None:
        for number in range(100):
            self.said("#lobby", "ann", f"line {number}")
        self.assertIn(b"\x1b[?1000h\x1b[?1006h", self.draws())
        self.types("\x1b[<64;5;5M")
        self.assertIn("line 96", self.screen)
        self.assertNotIn("line 97", self.screen)
        self.types("\x1b[<65;5;5M")
        self.assertIn("line 99", self.screen)

    def test_a_click_gives_the_mouse_to_the_terminal(self) -> None:
        self.draws()
        self.types("\x1b[<0;5;5M\x1b[<0;5;5m")
        self.assertTrue(self.draws().startswith(b"\x1b[?1006l\x1b[?1000l"))
        self.assertIn("The mouse selects text now, and scrolls after the next key.", self.status)
        self.types("x")
        self.assertTrue(self.draws().startswith(b"\x1b[?1000h\x1b[?1006h"))
        self.begins(mouse=False)
        self.assertNotIn(b"\x1b[?1000h", self.draws())

    def test_the_way_back_from_scrolling(self) -> None:
        for number in range(100):
            self.said("#lobby", "ann", f"line {number}")
        self.types("ab\x01\x1b[5~\x1b[5~\x1b[F")
        self.assertIn("line 99", self.screen)
        self.types("X\x1b[FY")
        self.assertIn("> XabY", self.screen)

    def test_help_with_the_keys(self) -> None:
        self.assertEqual(self.enters("/keys"), [])
        self.assertRegex(self.screen, "alt-1 to alt-9 +to that window\n")


class PictureTests(InterfaceTestCase):
    def test_a_hint_goes_away(self) -> None:
        self.told("admitted", room="#ops", text="You are in #ops.")
        self.said("#ops", "ann", "hello Bob!")
        self.types("\x1b7")
        self.assertIn("[1 #lobby]  2 #ops !1  There is no window 7.", self.status)
        for _ in range(HINT):
            self.interface.tick()
        self.assertIn("There is no window 7.", self.status)
        self.interface.tick()
        self.assertNotIn("There is no window 7.", self.status)
        self.types("\x1b7x")
        self.assertNotIn("There is no window 7.", self.status)

    def test_a_hint_is_whole_on_a_narrow_screen(self) -> None:
        for columns in (40, 60, 80):
            self.begins((columns, 12))
            self.said("#lobby", "ann", "hello")
            self.enters("/window")
            words = " ".join(self.screen.split())
            self.assertIn("Write it like this: /window bob, /window #ops or /window 2", words)
            self.assertIn("[1 #lobby", self.status)
            self.types("x")
            self.assertNotIn("Write it", self.screen)
            self.assertTrue(self.screen.split("\n")[-3].endswith("ann: hello"))

    def test_without_colours(self) -> None:
        self.begins(colours="off")
        self.said("#lobby", "ann", "hello bob")
        self.assertNotIn(b"38;5", self.interface.render())

    def test_colours_for_the_background_of_the_terminal(self) -> None:
        self.assertTrue(self.interface.start().endswith(b"\x1b]11;?\x1b\\"))
        self.said("#lobby", "ann", "hello bob")
        self.assertIn(b"38;5;131;1m", self.interface.render())
        self.types("\x1b7\x1b]11;rgb:ffff/ffff/ffff\x07")
        self.assertIn(b"38;5;124;1m", self.interface.render())
        self.types("\x1b]11;rgb:00/00/00\x1b\\")
        self.assertIn(b"38;5;203;1m", self.interface.render())
        self.begins(colours="off")
        self.assertNotIn(b"\x1b]11", self.interface.start())
        self.types("\x1b]11;rgb:00/00/00\x1b\\")
        self.said("#lobby", "ann", "hello bob")
        self.assertNotIn(b"38;5", self.interface.render())

    def test_themes(self) -> None:
        mine = Theme((0, 0, 0), (80,), mention=203, faint=246)
        self.begins(theme="mine", themes={"mine": mine})
        self.assertNotIn(b"\x1b]11", self.interface.start())
        self.said("#lobby", "ann", "hello bob")
        drawn = self.interface.render()
        for sequence in (b"[0;38;5;80;1m", b"[38;5;203;1m", b"[38;5;246m"):
            self.assertIn(b"\x1b" + sequence, drawn)
        self.assertNotRegex(drawn, DIM)
        self.enters("/set theme light")
        drawn = self.interface.render()
        self.assertIn(b"38;5;160;1m", drawn)
        self.assertNotIn(b"\x1b]11", drawn)
        self.enters("/set colours off")
        self.assertNotIn(b"38;5", self.interface.render())
        self.enters("/set theme contrast")
        drawn = self.interface.render()
        self.assertIn(b"\x1b[1;7mhello bob", drawn)
        self.assertNotIn(b"38;5", drawn)
        self.assertNotRegex(drawn, DIM)
        self.enters("/set colours on")
        self.enters("/set theme auto")
        self.assertIn(b"\x1b]11;?", self.interface.render())
        self.enters("/set theme pink")
        self.assertIn("theme is one of auto, dark, light, contrast, mine.", self.screen)

    def test_a_lost_connection(self) -> None:
        self.link.waiting = 2
        self.interface.here.status(False)
        self.assertIn("no connection, trying again, 2 waiting", self.status)
        self.told("resumed", token="t", seen=8, name="bob", rooms=["#lobby", "#ops"], missing=0)
        self.interface.here.status(True)
        self.assertNotIn("no connection", self.status)
        self.assertIn("The connection is back.", self.screen)
        self.assertIn("2 #ops", self.status)
        self.link.lag = 1.5
        self.assertIn("lag 1.5 s", self.status)

    def test_a_place_that_was_lost(self) -> None:
        self.begins(name="bob", rooms=("#a",))
        self.told("admitted", room="#ops", text="You are in #ops.")
        self.told("admitted", room="#a", text="You are in #a.")
        rooms = [("join", "#a"), ("join", "#ops")]
        self.assertEqual(self.asks_first(), [("nick", None), *rooms])

    def test_a_place_that_was_lost_has_no_rooms_that_were_left(self) -> None:
        self.begins(rooms=("#a", "#b", "#c"))
        for room in ("#a", "#b", "#c", "#d"):
            self.told("admitted", room=room, text=f"You are in {room}.")
        self.told("dismissed", room="#a", text="You were kicked out of #a.")
        self.enters("/part #b")
        self.assertEqual(self.asks_first(), [("join", "#c"), ("join", "#d")])
        self.interface.here.hear(
            {"error": {"code": "refused", "text": "No key.", "nonce": "first2"}}
        )
        self.assertNotIn("No key.", self.screen)
        self.enters("/window #d")
        self.assertIn("!! No key.", self.screen)
        self.assertEqual(self.enters("hi"), [])
        self.assertIn("you are not in #d.", self.screen)


texts = TEXTS | st.just("bob") | st.just("#lobby") | st.just("#ops")
told = st.fixed_dictionaries(
    {"event": st.sampled_from([form.name for form in forms().values()]), "at": texts | st.just(AT)},
    optional={
        **{
            name: texts | st.integers(-5, 10**6) | st.lists(texts, max_size=3)
            for form in forms().values()
            for name in form.names.values()
            if name != "at"
        },
        "id": st.integers(),
        "nonce": texts,  # the link sees to that
        "answers": texts,  # the same
        "recalled": st.booleans(),
    },
)
likely = st.builds(
    lambda event, fields: {"event": event, "at": AT, **fields},
    st.sampled_from(["said", "acted", "direct", "notice", "joined", "renamed", "entered"]),
    st.fixed_dictionaries(
        {"from": texts, "to": texts, "text": texts, "name": texts, "new": texts, "room": texts}
    ),
)
errors = st.builds(lambda text: {"error": {"code": "x", "text": text}}, texts)


class HostileTests(InterfaceTestCase):
    @pytest.mark.long
    @settings(max_examples=much(6, 50), deadline=None)
    @given(st.lists(likely | told | errors, max_size=6), st.sampled_from(["bell", "osc9"]))
    def test_whatever_is_told_the_screen_is_ours(
        self, things: list[dict[str, Any]], notices: str
    ) -> None:
        """Nobody moves the cursor, sets a title, or writes outside the messages."""
        self.begins((60, 12), notices=notices)
        self.types("half a line")
        for thing in things:
            self.interface.here.hear(thing)
            self.emulator.feed(self.interface.render())
            screen = self.interface.screen
            self.emulator.shows(self, screen)
            self.assertEqual(self.emulator.rows[-1].rstrip(), "#lobby> half a line")
            self.assertEqual((self.emulator.cursor.y, self.emulator.cursor.x), (11, 19))
        for number in range(1, 5):
            self.interface.press(Text(""))
            self.types(f"\x1b{number}")
            self.emulator.feed(self.interface.render())
            self.emulator.shows(self, self.interface.screen)
