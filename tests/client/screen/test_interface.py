"""The full screen, without a terminal and without a server."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client.connection.link import MOST_WAITING
from chatsvc.client.screen.interface import HINT, MOST_BYTES, MOST_LINES, MOST_TYPED, Interface
from chatsvc.client.screen.windows import MOST, MOST_PEOPLE
from chatsvc.client.settings import Settings
from chatsvc.client.typed import History
from chatsvc.events.forms import forms
from chatsvc.terminal.keys import Keys, Paste, Text
from tests.patience import much
from tests.terminal.emulator import Emulator
from tests.terminal.hostile import TEXTS

AT = "2026-11-23T08:15:00.000Z"


class Link:
    """Notes what is asked for."""

    def __init__(self) -> None:
        self.lag = 0.0
        self.waiting = 0
        self.asked: list[dict[str, Any]] = []
        self.forgotten: list[str] = []

    def ask(self, do: str, /, **arguments: Any) -> str:
        assert self.waiting < MOST_WAITING
        self.asked.append({"do": do, **arguments})
        return str(len(self.asked))

    ask_last = ask

    def forget(self, nonce: str) -> None:
        self.forgotten.append(nonce)


class InterfaceTestCase(SynchronousTestCase):
    """Bob has just come."""

    def setUp(self) -> None:
        self.begins()

    def begins(self, size: tuple[int, int] = (80, 24), **options: Any) -> None:
        self.link = Link()
        self.asked_first = 0
        self.has_left = False
        self.interface = Interface(
            self.link,
            "chat.example.org:5000",
            Settings(host="chat.example.org", **options),
            size,
            History(None),
            self.leaves,
        )
        self.emulator = Emulator(*size)
        self.emulator.feed(self.interface.windows.current.screen.start())
        self.told("welcome", name="bob", others=2, rooms=["#lobby"])
        self.interface.status(True)
        self.told("resumable", token="t", seen=0)
        self.lists("#lobby", "ann", "bob", "cat")
        self.link.asked.clear()

    def leaves(self) -> None:
        self.has_left = True

    def told(self, event: str, **fields: Any) -> None:
        self.interface.hear({"event": event, "at": AT, **fields})

    def lists(self, room: str, *names: str, more: int = 0) -> None:
        """The server answers what the client wants to know by itself."""
        facts = {"names": [*names], "where": f"in {room}", "room": room, "more": more}
        nonce = str(len(self.link.asked))
        self.told("listed", **facts, answers=nonce)
        self.told("done", nonce=nonce)

    def joins(self, room: str) -> None:
        """Bob joins a room, and looks at it."""
        self.enters(f"/join {room}")
        self.told("admitted", room=room, text=f"You are in {room}.", answers="1")
        self.told("done", nonce="1")

    def asks_first(self) -> list[tuple[str, str | None]]:
        """What is asked for at a new place."""
        asked: list[dict[str, Any]] = []

        def ask(do: str, /, **what: Any) -> str:
            asked.append({"do": do, **what})
            self.asked_first += 1
            return f"first{self.asked_first}"

        self.told("welcome", name="client9", others=2, rooms=["#lobby"])
        self.interface.begin(ask, "client9", ["#lobby"])
        return [(each["do"], each.get("room")) for each in asked]

    def said(self, room: str, speaker: str, text: str, **fields: Any) -> None:
        self.told("said", **{"room": room, "from": speaker, "text": text, "id": 9, **fields})

    def types(self, text: str) -> None:
        for press in Keys().feed(text.encode()):
            self.interface.press(press)

    def enters(self, text: str) -> list[dict[str, Any]]:
        """What is asked for when that is typed and entered."""
        self.link.asked.clear()
        self.types(text)
        self.types("\r")
        return self.link.asked

    def draws(self) -> bytes:
        data = self.interface.render()
        self.emulator.feed(data)
        return data

    @property
    def screen(self) -> str:
        self.emulator.feed(self.interface.render())
        return "\n".join(row.rstrip() for row in self.emulator.rows)

    @property
    def status(self) -> str:
        return self.screen.split("\n")[-2]


class TypingTests(InterfaceTestCase):
    def test_what_is_said_goes_where_one_looks(self) -> None:
        self.assertEqual(self.enters("hi"), [{"do": "say", "room": "#lobby", "text": "hi"}])
        self.assertEqual(self.enters("//x"), [{"do": "say", "room": "#lobby", "text": "/x"}])
        self.told("admitted", room="#ops", text="You are in #ops.")
        self.types("\x1b2")
        self.assertEqual(self.enters("hi"), [{"do": "say", "room": "#ops", "text": "hi"}])
        self.enters("/window cat")
        self.assertEqual(self.enters("hi"), [{"do": "dm", "username": "cat", "text": "hi"}])

    def test_commands_go_to_the_server(self) -> None:
        asked = {"do": "type", "line": "/away lunch", "room": "#lobby"}
        self.assertEqual(self.enters("/away lunch"), [asked])
        self.enters("/window cat")
        for line in ("/users", "/me waves", "/topic x", "/kick ann"):
            asked = {"do": "type", "line": line, "username": "cat"}
            self.assertEqual(self.enters(line), [asked])

    def test_what_is_nearly_a_command_is_not_said(self) -> None:
        for text in (".login bob secret", "／login bob secret", "login bob secret", "7dm cat hi"):
            self.assertEqual(self.enters(text), [])
            self.assertIn("!! That was not said: it looks like /", self.screen)
            self.assertNotIn("secret", self.screen)
            self.types("\x15")
        for text in ("  /login bob secret", "\u200b/login bob secret"):
            self.assertEqual(self.enters(text)[0]["do"], "type")
        self.interface.press(Paste("\n/login bob secret"))
        self.assertEqual(self.enters("")[0]["do"], "type")
        self.interface.press(Paste("hello\n/login bob secret"))
        self.assertEqual(self.enters(""), [])
        self.assertIn("!! That was not said: it looks like /login.", self.screen)
        self.assertEqual(self.interface._editor.history, [])

    def test_secrets_are_not_shown(self) -> None:
        for text, shown in {
            "/login bob secret": "/login bob ••••••",
            "/passwd old newer": "/passwd ••• •••••",
            "/REGISTER géheim": "/REGISTER ••••••",
            "/logni bob secret": "/logni bob ••••••",
            ".login bob secret": ".login bob ••••••",
            "/join #ops key": "/join #ops •••",
            "/topic #ops key": "/topic #ops key",
        }.items():
            self.types(f"{text}\x1b[D")
            self.draws()
            self.assertEqual(self.emulator.rows[-1].rstrip(), f"> {shown}")
            self.assertEqual(self.emulator.cursor.x, 2 + len(shown) - 1)
            self.types("\x05\x15")
        self.interface.press(Paste("one\n/login bob secret"))
        self.assertTrue(self.screen.endswith("> one\n/login bob ••••••"))
        self.types("\x15\x7f\x15")
        self.interface.press(Paste("/login bob\nsecret\nother"))
        self.assertTrue(self.screen.endswith("> /login bob\n••••••\n•••••"))

    def test_nothing_is_said_with_nothing(self) -> None:
        self.assertEqual(self.enters(""), [])
        self.assertEqual(self.enters("   "), [])

    def test_what_is_too_long_is_said_in_parts(self) -> None:
        lines = [f"line {number}" for number in range(120)]
        self.interface.press(Paste("\n".join(lines)))
        asked = self.enters("")
        self.assertEqual("\n".join(each["text"] for each in asked).split("\n"), lines)
        self.assertEqual([each["text"].count("\n") + 1 for each in asked], [MOST_LINES] * 2 + [20])
        self.interface.press(Paste("漢" * 5000))
        parts = [each["text"] for each in self.enters("")]
        self.assertEqual("".join(parts), "漢" * 5000)
        for part in parts:
            self.assertLessEqual(len(json.dumps(part, ensure_ascii=False).encode()), MOST_BYTES)

    def test_a_paste_that_is_too_long(self) -> None:
        self.interface.press(Paste("x" * 20_000))
        self.assertIn("That would be more than 16 KiB; it was not taken.", self.status)
        self.assertEqual(self.screen.split("\n")[-1], ">")

    def test_the_time_is_always_shown(self) -> None:
        self.assertEqual(self.enters("/time on"), [])
        self.assertIn("The time stands before each line here.", self.screen)

    def test_help(self) -> None:
        self.assertEqual(self.enters("/help")[0]["line"], "/help")
        self.assertIn("Of this client there are /close, /keys, /window", self.screen)
        self.assertEqual(self.enters("/window"), [])
        self.assertIn("Write it like this: /window bob", self.status)

    def test_where_no_more_may_wait_the_line_stays(self) -> None:
        self.link.waiting = MOST_TYPED
        self.assertEqual(self.enters("hi"), [])
        self.assertIn("lines are waiting already", self.status)
        self.assertIn("> hi", self.screen)
        rooms = [f"#room{number}" for number in range(MOST)]
        self.told("resumed", token="t", seen=8, name="bob", rooms=rooms, missing=0)
        self.assertLess(len(self.link.asked), MOST_WAITING - MOST_TYPED)

    def test_passwords_are_remembered_nowhere(self) -> None:
        for command in ("/login bob secret", "/REGISTER secret", "/passwd secret other"):
            self.assertEqual(self.enters(command)[0]["line"], command)
        self.assertEqual(self.interface._editor.history, [])

    def test_what_was_typed_is_kept_for_the_next_run(self) -> None:
        path = Path(self.enterContext(tempfile.TemporaryDirectory()), "file") / "state" / "history"
        self.interface._history = History(path)
        self.enters("one")
        self.enters("two\n lines")
        self.assertEqual(History(path).texts[0], "one")
        path.write_text(path.read_text() + "no JSON\n[1]\n" + "[" * 99_999 + '\n"three"\n')
        self.assertEqual(History(path).texts, ["one", "two", " lines", "three"])
        self.assertEqual(len(path.read_text().splitlines()), 4)

    def test_secrets_of_earlier_versions_are_removed(self) -> None:
        path = Path(self.enterContext(tempfile.TemporaryDirectory()), "file")
        kept = ["hello", "/dm ann hi", "/keys", "//nope said", "two\nlines"]
        secret = [
            *("/login ann horse", ".login ann horse", "login ann horse", "/regster horse"),
            *("/nope horse", "hello\n/passwd old horse", "/join #ops horse", "／login ann horse"),
        ]
        texts = [text for pair in zip([*kept, "x", "y", "z"], secret, strict=True) for text in pair]
        path.write_text("".join(f"{json.dumps(text)}\n" for text in texts))
        path.chmod(0o600)
        self.assertEqual(History(path).texts, [*kept, "x", "y", "z"])
        self.assertNotIn("horse", path.read_text())
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        before = path.stat()
        self.assertEqual(History(path).texts[:5], kept)
        self.assertEqual(path.stat().st_mtime_ns, before.st_mtime_ns)

    def test_history_is_bounded(self) -> None:
        path = Path(self.enterContext(tempfile.TemporaryDirectory()), "file")
        path.write_text("".join(f'"{n}"\n' for n in range(3000)))
        self.assertEqual(len(History(path).texts), 1000)
        self.assertEqual(len(path.read_text().splitlines()), 1000)


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
        self.assertIn("alt-1 to alt-9, ctrl-n, ctrl-p:", self.screen)


class HearingTests(InterfaceTestCase):
    def test_who_is_here(self) -> None:
        self.assertIn(", 3 here", self.status)
        self.told("joined", name="dan")
        self.told("quit", name="ann")
        self.told("renamed", name="cat", new="catherine")
        self.told("lost", name="dan")
        self.told("joined", name="eve")
        self.assertIn(", 3 here", self.status)
        self.types("c\t")
        self.assertIn("> catherine:", self.screen)

    def test_a_crowd_is_looked_at_once(self) -> None:
        self.told("crowd-joined", name="x1", others=30)
        self.told("crowd-joined", name="x2", others=30)
        self.assertEqual(self.link.asked, [{"do": "who", "room": "#lobby"}])
        self.lists("#lobby", *[f"x{n}" for n in range(60)], more=7)
        self.assertIn(", 67 here", self.status)
        self.assertNotIn("67 users are", self.screen)
        self.told("listed", names=["ann"], where="in #lobby", room="#lobby", more=0)
        self.assertIn("1 user is in #lobby: ann", self.screen)

    def test_my_own_name_changes(self) -> None:
        self.told("renamed", name="bob", new="robert")
        self.assertIn("robert@chat.example.org", self.status)
        self.told("logged-in", name="bobby", rooms=["#lobby", "#ops"])
        self.assertIn("bobby@chat.example.org", self.status)
        self.assertIn("2 #ops", self.status)

    def rows_with(self, text: str) -> list[str]:
        return [row for row in self.screen.split("\n") if text in row]

    def test_what_is_typed_shows_at_once_and_then_in_its_place(self) -> None:
        self.enters("hello")
        self.assertRegex(self.draws(), rb"\x1b\[0;2m\d\d:\d\d bob: hello\x1b\[m")
        self.said("#lobby", "ann", "before that")
        self.assertEqual(self.screen.split("\n")[-3][6:], "bob: hello")
        self.said("#lobby", "bob", "hello", nonce="1")
        self.said("#lobby", "ann", "after that")
        rows = [row[6:] for row in self.screen.split("\n")[-5:-2]]
        self.assertEqual(rows, ["ann: before that", "bob: hello", "ann: after that"])
        self.assertEqual(len(self.rows_with("bob: hello")), 1)

    def test_what_is_typed_waits_until_there_is_a_connection(self) -> None:
        self.interface.status(False)
        self.enters("one\x1b\rtwo")
        self.assertEqual(self.screen.split("\n")[-4:-2][1], " " * 8 + "two")
        self.told("resumed", token="t", seen=8, name="bob", rooms=["#lobby"], missing=0)
        self.interface.status(True)
        self.said("#lobby", "bob", "one\ntwo", nonce="1")
        self.assertEqual(len(self.rows_with("bob: one")), 1)

    def test_what_is_refused_stays_and_is_marked(self) -> None:
        self.enters("hello")
        self.interface.hear({"error": {"code": "refused", "text": "You are mute.", "nonce": "1"}})
        *_, typed, why, _, _ = self.screen.split("\n")
        self.assertRegex(typed, r"^\d\d:\d\d !! bob: hello$")
        self.assertRegex(why, r"^\d\d:\d\d !! You are mute\.$")

    def test_commands_show_until_they_are_done_without_their_secrets(self) -> None:
        self.enters("/login bob correcthorse")
        self.assertEqual(len(self.rows_with("/login")), 1)
        self.assertNotIn("correcthorse", self.screen)
        self.told("done", nonce="1")
        self.assertEqual(self.rows_with("/login"), [])

    def test_what_is_typed_shows_the_newest(self) -> None:
        for number in range(100):
            self.said("#lobby", "ann", f"line {number}")
        self.types("\x1b[5~")
        self.assertNotIn("line 99", self.screen)
        self.enters("hello")
        self.assertIn("line 99", self.screen)
        self.assertIn("bob: hello", self.screen)

    def test_what_is_removed_is_shown_no_longer(self) -> None:
        self.said("#lobby", "ann", "something rude\nand more", id=12)
        self.said("#lobby", "ann", "something rude\nand more", id=12, recalled=True)
        self.said("#lobby", "ann", "harmless", id=13)
        act = {"room": "#lobby", "name": "ann", "actor": "bob", "act": 1, "why": "", "id": 14}
        self.told("redaction", **act, entry=12, span="")
        self.assertNotIn("rude", self.screen)
        self.assertNotIn("and more", self.screen)
        self.assertEqual(len(self.rows_with(" -- What ann said was removed by bob.")), 2)
        self.assertIn("ann: harmless", self.screen)

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

    def test_what_was_removed_is_told_with_its_id_once(self) -> None:
        self.told(
            "redacted",
            **{"room": "#lobby", "from": "ann", "text": "bob", "id": 12, "recalled": True},
        )
        self.assertIn(" [12] -- What ann said was removed by bob.", self.screen)

    def test_nobody_writes_a_line_of_somebody_else(self) -> None:
        for size in ((80, 24), (40, 12), (12, 6)):
            self.begins(size)
            forged = "12:00 cat: I am a thief"
            self.said("#lobby", "ann", f"hi\n{forged}\n-- {forged}")
            for width in range(1, 30):
                self.said("#lobby", "ann", "x" * (size[0] - width) + f" {forged}")
                rows = self.screen.split("\n")[: size[1] - 2]
                for row in rows:
                    self.assertRegex(row, r"^$| |^\d\d:\d\d ann|^\d\d:\d\d$|^———|^—* *\w+,")
                    self.assertNotRegex(row, "^12:00 cat|^--")

    def test_days(self) -> None:
        self.told(
            "said", **{"room": "#lobby", "from": "ann", "text": "1", "at": "2026-11-20T12:00Z"}
        )
        self.said("#lobby", "ann", "2")
        self.assertIn("——— Friday, 20 November 2026 ———", self.screen)
        self.assertIn("——— Monday, 23 November 2026 ———", self.screen)

    def test_unread(self) -> None:
        self.told("admitted", room="#ops", text="You are in #ops.")
        self.said("#ops", "ann", "first")
        self.said("#ops", "ann", "second", recalled=True)
        self.said("#ops", "bob", "my own, elsewhere")
        self.assertIn("2 #ops +1", self.status)
        self.said("#ops", "ann", "hello Bob!")
        self.assertIn("2 #ops !2", self.status)
        self.types("\x0e")
        rows = self.screen.split("\n")
        self.assertTrue(rows[rows.index("——— new ———") + 1].endswith("ann: first"))
        self.assertIn("[2 #ops", self.status)
        self.types("\x0e\x0e")
        self.assertNotIn("——— new ———", self.screen)

    def test_being_spoken_to(self) -> None:
        self.draws()
        for text, rings in {"hello bobby": 0, "hello bob": 1, "BOB!": 2, "my bob": 3}.items():
            self.said("#lobby", "ann", text)
            self.draws()
            self.assertEqual(self.emulator.rang, rings, text)
        self.said("#lobby", "bob", "I, bob")
        self.told("direct", **{"from": "ann", "to": "bob", "text": "psst"})
        self.draws()
        self.assertEqual(self.emulator.rang, 4)

    def test_quietly(self) -> None:
        self.begins(notices="off")
        self.said("#lobby", "ann", "hello bob")
        self.draws()
        self.assertEqual(self.emulator.rang, 0)

    def test_notices_on_the_desktop(self) -> None:
        self.begins(notices="osc9")
        self.said("#lobby", "ann", "hello bob\x07\x1b]0;x\x07")
        self.assertTrue(self.interface.render().startswith(b"\x1b]9;ann: hello bob"))

    def test_errors(self) -> None:
        self.enters("/topic x")
        self.told("admitted", room="#ops", text="You are in #ops.")
        self.types("\x0e")
        self.interface.hear({"error": {"code": "refused", "text": "You may not.", "nonce": "1"}})
        self.assertNotIn("You may not.", self.screen)
        self.types("\x1b1")
        self.assertIn("!! You may not.", self.screen)

    def test_answers_stand_where_it_was_asked(self) -> None:
        self.told("admitted", room="#ops", text="You are in #ops.")
        self.enters("/away")
        self.types("\x0e")
        self.told("notice", text="You are away.", answers="1")
        self.told("done", nonce="1")
        self.told("notice", text="The server needs a rest.")
        self.assertNotIn("You are away.", self.screen)
        self.assertIn("The server needs a rest.", self.screen)
        self.types("\x0e")
        self.assertIn("You are away.", self.screen)

    def test_answers_to_a_window_that_is_closed(self) -> None:
        self.enters("/window cat")
        self.enters("hi")
        self.types("/close\r")
        self.interface.hear({"error": {"code": "refused", "text": "Cat is gone.", "nonce": "1"}})
        self.assertIn("!! Cat is gone.", self.screen)

    def test_without_colours(self) -> None:
        self.begins(colours="off")
        self.said("#lobby", "ann", "hello bob")
        self.assertNotIn(b"38;5", self.interface.render())

    def test_colours_for_the_background_of_the_terminal(self) -> None:
        self.assertTrue(self.interface.start().endswith(b"\x1b]11;?\x1b\\"))
        self.said("#lobby", "ann", "hello bob")
        self.assertIn(b"38;5;131;1m", self.interface.render())
        self.types("\x1b7\x1b]11;rgb:ffff/ffff/ffff\x07")
        self.assertIn(b"38;5;160;1m", self.interface.render())
        self.types("\x1b]11;rgb:00/00/00\x1b\\")
        self.assertIn(b"38;5;196;1m", self.interface.render())
        self.begins(colours="off")
        self.assertNotIn(b"\x1b]11", self.interface.start())
        self.types("\x1b]11;rgb:00/00/00\x1b\\")
        self.said("#lobby", "ann", "hello bob")
        self.assertNotIn(b"38;5", self.interface.render())

    def test_a_lost_connection(self) -> None:
        self.link.waiting = 2
        self.interface.status(False)
        self.assertIn("no connection, trying again, 2 waiting", self.status)
        self.told("resumed", token="t", seen=8, name="bob", rooms=["#lobby", "#ops"], missing=0)
        self.interface.status(True)
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
        self.interface.hear({"error": {"code": "refused", "text": "No key.", "nonce": "first2"}})
        self.assertNotIn("No key.", self.screen)
        self.enters("/window #d")
        self.assertIn("!! No key.", self.screen)
        self.assertEqual(self.enters("hi"), [])
        self.assertIn("you are not in #d.", self.screen)

    def test_joining_looks_at_the_room(self) -> None:
        self.joins("#ops")
        self.assertIn("[2 #ops", self.status)
        self.told("admitted", room="#other", text="You are in #other.")
        self.assertIn("[2 #ops", self.status)

    def test_bounds(self) -> None:
        for number in range(MOST + 10):
            self.told("direct", **{"from": f"p{number}", "to": "bob", "text": "hi"})
        self.assertEqual(len(self.interface.windows.all()), MOST)
        self.assertEqual(self.interface.windows.all()[0].name, "#lobby")
        for number in range(MOST_PEOPLE + 5):
            self.told("joined", name=f"q{number}")
        self.assertEqual(len(self.interface.windows.lobby.people), MOST_PEOPLE)
        self.assertIn(f", {MOST_PEOPLE + 8} here", self.status)


class WindowTests(InterfaceTestCase):
    """What is typed in a window goes where that window leads, or nowhere."""

    def refuses(self, text: str, why: str) -> None:
        """It is not said, and stays as it is typed."""
        self.assertEqual(self.enters(text), [])
        self.assertIn(f"!! That was not said: {why}", self.screen)
        self.assertTrue(self.screen.endswith(f"> {text}"), self.screen)
        self.types("\x15")

    def test_each_window_has_what_is_typed_there(self) -> None:
        self.joins("#ops")
        self.types("half a li\x1b[D")
        self.types("\x1b1")
        self.assertTrue(self.screen.endswith(">"))
        self.types("other")
        self.types("\x1b2")
        self.assertTrue(self.screen.endswith("> half a li"))
        self.types("X\x1f")
        self.assertTrue(self.screen.endswith("> half a li"))
        self.types("\x1f")
        self.assertTrue(self.screen.endswith(">"))
        self.types("\x1b1")
        self.assertEqual(self.enters(""), [{"do": "say", "room": "#lobby", "text": "other"}])

    def test_a_search_ends_where_one_goes_elsewhere(self) -> None:
        self.enters("something old")
        self.joins("#ops")
        self.types("\x12some")
        self.types("\x1b1x")
        self.assertTrue(self.screen.endswith("> x"))
        self.types("\x1b2y")
        self.assertTrue(self.screen.endswith("> something oldy"))

    def test_being_kicked_while_typing(self) -> None:
        self.joins("#ops")
        self.types("for ops on")
        self.told("kicked", room="#ops", name="bob", actor="ann", act=1, span="", why="enough")
        told = 'You were kicked out of #ops, by ann (act 1): "enough".'
        self.told("dismissed", room="#ops", text=told)
        self.assertIn("[2 #ops, you are not there]", self.status)
        self.assertIn(told, self.screen)
        self.assertEqual(self.enters("ly"), [])
        why = "!! That was not said: you are not in #ops. To come back: /join #ops"
        self.assertIn(why, self.screen)
        self.assertIn("ctrl-u takes it away", self.status)
        self.assertTrue(self.screen.endswith("> for ops only"))
        self.types("\x15/join #ops\r")
        self.told("admitted", room="#ops", text="You are in #ops.", answers="1")
        self.types("\x19")
        self.assertEqual(self.enters(""), [{"do": "say", "room": "#ops", "text": "for ops only"}])

    def test_being_put_out_elsewhere(self) -> None:
        self.joins("#ops")
        self.types("\x1b1half")
        self.told("dismissed", room="#ops", text="You have left #ops.")  # on another connection
        self.assertIn("[1 #lobby", self.status)
        self.assertIn(" 2 #ops !1", self.status)
        self.assertTrue(self.screen.endswith("> half"))
        self.types("\x0e")
        self.assertIn("You have left #ops.", self.screen)
        self.refuses("hi", "you are not in #ops")
        self.told("admitted", room="#ops", text="You are in #ops.")  # again there
        self.assertEqual(self.enters("hi"), [{"do": "say", "room": "#ops", "text": "hi"}])

    def test_leaving_closes_the_window_at_once(self) -> None:
        for command in ("/part", "/close", "/leave", "/part #ops", "/close #OPS"):
            self.joins("#ops")
            self.assertEqual(self.enters(command), [{"do": "part", "room": "#ops"}])
            self.assertIn("[1 #lobby", self.status)
            self.types("half a line")
            self.said("#ops", "ann", "said meanwhile")
            self.told("parted", room="#ops", name="bob")
            text = "You have left #ops. What you type is said to everyone again."
            self.told("dismissed", room="#ops", text=text, answers="1")
            self.told("done", nonce="1")
            self.assertIn("You have left #ops.", self.screen)
            self.assertNotIn("said meanwhile", self.screen)
            self.assertNotIn("said to everyone", self.screen)
            self.assertNotIn("#ops", self.status)
            self.assertTrue(self.screen.endswith("> half a line"))
            self.types("\x15")

    def test_leaving_without_a_connection(self) -> None:
        self.joins("#ops")
        self.interface.status(False)
        self.enters("/part")
        rooms = ["#lobby", "#ops"]
        self.told("resumed", token="t", seen=8, name="bob", rooms=rooms, missing=0)
        self.told("dismissed", room="#ops", text="You have left #ops.", answers="1")
        self.assertEqual(len(self.interface.windows.all()), 1)

    def test_what_is_asked_is_bounded(self) -> None:
        for number in range(30):
            self.told("admitted", room=f"#r{number}", text="You are in it.")
        self.link.asked.clear()
        for _ in range(100):
            self.asks_first()
        self.assertLessEqual(len(self.interface._asked), MOST_WAITING)

    def test_leaving_and_joining_again(self) -> None:
        self.joins("#ops")
        self.enters("/part")
        self.types("/join #ops\r")
        self.told("dismissed", room="#ops", text="You have left #ops.", answers="1")
        self.told("admitted", room="#ops", text="You are in #ops.", answers="2")
        self.assertIn("[2 #ops", self.status)
        self.assertEqual(self.enters("hi"), [{"do": "say", "room": "#ops", "text": "hi"}])

    def test_a_window_of_a_room_in_which_one_is_not(self) -> None:
        self.joins("#ops")
        self.told("dismissed", room="#ops", text="You were kicked out of #ops.")
        self.assertEqual(self.enters("/part"), [])
        self.assertIn("[1 #lobby", self.status)
        self.assertNotIn("#ops", self.status)
        self.enters("/window #ops")
        self.assertIn("You are not in #ops. /join #ops", self.status)

    def test_the_lobby_stays(self) -> None:
        self.assertEqual(self.enters("/part"), [{"do": "part", "room": "#lobby"}])
        self.interface.hear({"error": {"code": "refused", "text": "Everyone is.", "nonce": "1"}})
        self.assertIn("!! Everyone is.", self.screen)
        self.assertEqual(self.enters("hi"), [{"do": "say", "room": "#lobby", "text": "hi"}])

    def test_joining_that_is_refused(self) -> None:
        self.enters("/join #ops wrong")
        self.types("hi\r")
        refusal = {"code": "refused", "text": "That is not the key of #ops.", "nonce": "1"}
        self.interface.hear({"error": refusal})
        self.assertIn("!! That is not the key of #ops.", self.screen)
        self.assertIn("[2 #ops", self.status)
        self.refuses("hi", "you are not in #ops")

    def test_what_is_typed_behind_a_join_is_for_that_room(self) -> None:
        self.enters("/join #ops")
        self.types("hi\r")
        self.assertEqual(self.link.asked[-1], {"do": "say", "room": "#ops", "text": "hi"})

    def test_joining_what_is_no_room(self) -> None:
        for text in ("/join", "/join ops", "/join #", f"/join #{'x' * 50}"):
            self.enters(text)
            self.assertEqual(self.link.asked[-1]["line"], text)
            self.assertEqual(len(self.interface.windows.all()), 1)

    def test_a_room_is_called_as_the_server_has_it(self) -> None:
        self.enters("/join #OPS")
        self.told("admitted", room="#ops", text="You are in #ops.", answers="1")
        self.assertIn("[2 #ops", self.status)

    def test_joining_by_a_name_that_looks_alike(self) -> None:
        self.told("admitted", room="#ops", text="You are in #ops.")
        self.enters("/join #0ps")
        self.told("admitted", room="#ops", text="You are in #ops.", answers="1")
        self.told("notice", text="The topic of #ops: x", room="#ops", answers="1")
        self.assertIn("[2 #ops", self.status)
        self.assertIn("The topic of #ops", self.screen)
        self.assertNotIn("#0ps", self.status)

    def test_what_belongs_to_a_room_that_is_joined(self) -> None:
        """Its topic and what was said last stand there, whoever has joined it."""
        for number, answers in enumerate(({"answers": "1"}, {})):
            self.begins()
            if number == 0:
                self.enters("/join #ops")
            self.told("admitted", room="#ops", text="You are in #ops.", **answers)
            self.told("notice", room="#ops", text="Said last in #ops:", **answers)
            self.said("#ops", "ann", "earlier", recalled=True, **answers)
            self.types("\x1b1")
            self.assertNotIn("earlier", self.screen)
            self.assertNotIn("Said last", self.screen)
            self.types("\x1b2")
            self.assertIn("[9] ann: earlier", self.screen)
            self.assertIn("Said last in #ops:", self.screen)

    def test_what_is_asked_of_another_room_is_answered_here(self) -> None:
        self.joins("#ops")
        self.types("\x1b1")
        self.enters("/history #ops")
        self.said("#ops", "ann", "earlier", recalled=True, answers="1")
        self.told("done", nonce="1")
        self.assertIn("#ops [9] ann: earlier", self.screen)
        self.enters("/who #ops")
        facts = {"names": ["ann"], "where": "in #ops", "room": "#ops", "more": 0}
        self.told("listed", **facts, answers="1")
        self.assertIn("1 user is in #ops: ann", self.screen)

    def test_coming_back_where_one_is_no_longer(self) -> None:
        self.joins("#ops")
        self.types("half a line")
        self.told("resumed", token="t", seen=8, name="bob", rooms=["#lobby"], missing=0)
        self.assertIn("You are no longer in #ops.", self.screen)
        self.assertTrue(self.screen.endswith("> half a line"))
        self.assertEqual(self.enters(""), [])
        self.told("logged-in", name="bob", rooms=["#lobby", "#ops"])
        self.assertEqual(self.enters(""), [{"do": "say", "room": "#ops", "text": "half a line"}])
        self.told("logged-out", name="client7", rooms=["#lobby"])
        self.refuses("x", "you are not in #ops")
        self.types("y")
        self.assertIn("client7@", self.status)

    def test_a_person_who_goes_and_comes(self) -> None:
        self.enters("/window CAT")
        self.assertIn("[2 @cat", self.status)
        self.types("half")
        self.told("quit", name="cat")
        self.assertIn("cat has quit.", self.screen)
        self.assertIn("[2 @cat, not here]", self.status)
        self.draws()
        self.types("\x1b1")
        self.assertIn(b"\x1b[0;2;7m2 @cat", self.interface.render())
        self.types("\x1b2")
        self.assertTrue(self.screen.endswith("> half"))
        self.assertEqual(self.enters(""), [])
        why = "!! That was not said: cat has left, and others can take that name."
        self.assertIn(why, self.screen)
        self.assertTrue(self.screen.endswith("> half"))
        self.assertEqual(self.enters(""), [{"do": "dm", "username": "cat", "text": "half"}])
        text = 'User "cat" is not connected to the server.'
        self.interface.hear({"error": {"code": "no-such-user", "text": text, "nonce": "1"}})
        self.assertIn(f"!! {text}", self.screen)
        windows = self.interface.windows
        self.assertTrue(windows.leads_nowhere(windows.current))
        self.told("joined", name="cat")
        self.assertIn("cat has joined.", self.screen)
        self.assertFalse(windows.leads_nowhere(windows.current))

    def test_a_person_with_another_name(self) -> None:
        self.enters("/window cat")
        self.told("renamed", name="cat", new="Kate")
        self.assertIn("cat is now known as Kate.", self.screen)
        self.assertEqual(self.enters("hi"), [{"do": "dm", "username": "Kate", "text": "hi"}])
        self.told("renamed", name="Kate", new="kate")
        self.assertEqual(self.enters("hi"), [{"do": "dm", "username": "kate", "text": "hi"}])

    def test_a_person_with_the_name_of_another(self) -> None:
        self.told("direct", **{"from": "dan", "to": "bob", "text": "hi"})
        self.told("quit", name="dan")
        self.enters("/window cat")
        self.told("renamed", name="cat", new="dan")
        self.refuses("for cat", "cat is dan now: /window dan")
        self.told("renamed", name="eve", new="cat")
        self.refuses("for cat", "this may be another cat than before.")
        self.assertEqual(self.enters("hi"), [])
        self.assertEqual(self.enters(""), [{"do": "dm", "username": "cat", "text": "hi"}])
        self.assertEqual(self.enters("ho"), [{"do": "dm", "username": "cat", "text": "ho"}])

    def test_a_stranger_takes_the_name_of_somebody_who_has_left(self) -> None:
        for goes, comes in (
            (("quit", {"name": "cat"}), ("renamed", {"name": "eve", "new": "Cat"})),
            (("lost", {"name": "cat"}), ("joined", {"name": "cat"})),
            (("quit", {"name": "cat"}), ("crowd-joined", {"name": "x1", "others": 30})),
            (
                ("welcome", {"name": "bob", "others": 2, "rooms": ["#lobby"]}),
                ("joined", {"name": "x"}),
            ),
        ):
            for text in ("for cat", "/me waves"):
                self.begins()
                self.enters("/window cat")
                self.types(text)
                for event, fields in (goes, comes):
                    self.told(event, **fields)
                self.told("direct", **{"from": "cat", "to": "bob", "text": "hi, it's me"})
                self.assertEqual(self.enters(""), [])
                self.assertIn("!! That was not said:", self.screen)
                self.assertTrue(self.screen.endswith(f"> {text}"))
                self.assertEqual(self.enters("!"), [])  # it is another line
                self.assertEqual(len(self.enters("")), 1)
                self.assertEqual(len(self.enters(text)), 1)

    def test_who_has_come_between_two_enters_is_told_first(self) -> None:
        self.enters("/window cat")
        self.told("quit", name="cat")
        self.assertEqual(self.enters("hi"), [])
        self.told("renamed", name="eve", new="cat")
        self.assertEqual(self.enters(""), [])
        self.assertIn("!! That was not said: this may be another cat than before.", self.screen)
        self.assertEqual(self.enters(""), [{"do": "dm", "username": "cat", "text": "hi"}])

    def test_what_waits_for_somebody_is_not_said_at_another_place(self) -> None:
        self.enters("/window cat")
        self.interface.status(False)
        self.link.asked.clear()
        self.types("hi cat\r/me waves\r/dm cat by name\r\x1b1for all\r")
        self.assertEqual(len(self.link.asked), 4)
        self.asks_first()
        self.assertEqual(self.link.forgotten, ["1", "2"])
        self.types("\x1b2")
        self.assertIn("!! bob: hi cat", self.screen)
        self.assertIn("!! That may not have been said: this may be another cat", self.screen)

    def test_who_writes_to_a_name_means_it(self) -> None:
        self.enters("/window cat")
        self.told("quit", name="cat")
        self.told("joined", name="cat")
        self.enters("/dm cat is it you?")
        self.told("direct", **{"from": "bob", "to": "cat", "text": "is it you?"}, nonce="1", id=10)
        self.assertEqual(self.enters("hi"), [{"do": "dm", "username": "cat", "text": "hi"}])

    def test_after_a_long_time_without_a_connection_names_may_be_those_of_others(self) -> None:
        self.enters("/window cat")
        self.told("resumed", token="t", seen=8, name="bob", rooms=["#lobby"], missing=0)
        self.assertEqual(len(self.enters("hi")), 1)
        self.told("resumed", token="t", seen=8, name="bob", rooms=["#lobby"], missing=1)
        self.refuses("hi", "this may be another cat than before.")

    def test_windows_of_nobody(self) -> None:
        for name in ("@", "two words", "x" * 40, "@\u200b"):
            self.enters(f"/window {name}")
            self.assertIn("Nobody has such a name.", self.status)
            self.assertEqual(len(self.interface.windows.all()), 1)

    def test_windows_of_no_number(self) -> None:
        for number in ("0", "7", "9" * 5000):
            self.enters(f"/window {number}")
            self.assertIn(f"There is no window {number[:20]}", self.screen)

    def test_writing_to_somebody_from_elsewhere(self) -> None:
        self.enters("/dm cat psst")
        self.told("direct", **{"from": "bob", "to": "cat", "text": "psst"}, nonce="1", id=10)
        self.assertIn("[1 #lobby", self.status)
        self.assertIn(" 2 @cat +1", self.status)
        self.assertNotIn("psst", self.screen)
        self.types("\x0e")
        self.assertIn("bob: psst", self.screen)
        self.enters("/dm nobody psst")
        self.interface.hear({"error": {"code": "no-such-user", "text": "No.", "nonce": "1"}})
        self.assertIn("!! No.", self.screen)

    def test_acts_to_one_person(self) -> None:
        self.told("directly-acted", **{"from": "cat", "to": "bob", "text": "waves"})
        self.types("\x0e")
        self.assertIn("[2 @cat", self.status)
        self.assertIn("* cat waves", self.screen)

    def test_what_waits_for_somebody(self) -> None:
        self.enters("/dm dan hi")
        self.told("queued", **{"from": "bob", "to": "dan", "text": "hi"}, answers="1")
        self.told("done", nonce="1")
        self.assertIn(" 2 @dan +1", self.status)
        self.types("\x0e")
        self.assertIn("bob: (waits) hi", self.screen)

    def test_what_is_typed_is_not_closed_first(self) -> None:
        self.enters("/window p0")
        self.types("a draft\x1b1")
        for number in range(1, MOST + 10):
            self.told("direct", **{"from": f"p{number}", "to": "bob", "text": "hi"})
        self.assertEqual(len(self.interface.windows.all()), MOST)
        self.types("\x1b2")
        self.assertTrue(self.screen.endswith("> a draft"))


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
    @settings(max_examples=much(12, 50), deadline=None)
    @given(st.lists(likely | told | errors, max_size=6), st.sampled_from(["bell", "osc9"]))
    def test_whatever_is_told_the_screen_is_ours(
        self, things: list[dict[str, Any]], notices: str
    ) -> None:
        """Nobody moves the cursor, sets a title, or writes outside the messages."""
        self.begins((60, 12), notices=notices)
        self.types("half a line")
        for thing in things:
            self.interface.hear(thing)
            self.emulator.feed(self.interface.render())
            screen = self.interface.windows.current.screen
            self.emulator.shows(self, screen)
            self.assertEqual(self.emulator.rows[-1].rstrip(), "> half a line")
            self.assertEqual((self.emulator.cursor.y, self.emulator.cursor.x), (11, 13))
        for number in range(1, 5):
            self.interface.press(Text(""))
            self.types(f"\x1b{number}")
            self.emulator.feed(self.interface.render())
            self.emulator.shows(self, self.interface.windows.current.screen)
