"""The full screen, without a terminal and without a server."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client.history import History
from chatsvc.client.interface import MOST_BYTES, MOST_LINES, MOST_TYPED, Interface
from chatsvc.client.settings import Settings
from chatsvc.client.windows import MOST, MOST_PEOPLE
from chatsvc.forms import forms
from chatsvc.link import MOST_WAITING
from chatsvc.terminal.keys import Keys, Paste, Text
from tests.terminal.emulator import Emulator
from tests.terminal.hostile import TEXTS

AT = "2026-11-23T08:15:00.000Z"


class Link:
    """Notes what is asked for."""

    def __init__(self) -> None:
        self.lag = 0.0
        self.waiting = 0
        self.asked: list[dict[str, Any]] = []

    def ask(self, do: str, **arguments: Any) -> str:
        assert self.waiting < MOST_WAITING
        self.asked.append({"do": do, **arguments})
        return str(len(self.asked))


class InterfaceTestCase(SynchronousTestCase):
    """Bob has just come."""

    def setUp(self) -> None:
        self.begins()

    def begins(self, size: tuple[int, int] = (80, 24), **options: Any) -> None:
        self.link = Link()
        self.has_left = False
        self.interface = Interface(
            self.link,
            "chat.example.org:5000",
            Settings(host="chat.example.org", **options),
            "secret",
            size,
            History(None),
            self.leaves,
        )
        self.emulator = Emulator(*size)
        self.emulator.feed(self.interface.windows.current.screen.start())
        self.told("welcome", name="bob", others=2, rooms=["#lobby"])
        self.interface.status(True)
        self.told("resumable", token="t", seen=0)
        self.told("listed", names=["ann", "bob", "cat"], where="in #lobby", room="#lobby", more=0)
        self.link.asked.clear()

    def leaves(self) -> None:
        self.has_left = True

    def told(self, event: str, **fields: Any) -> None:
        self.interface.hear({"event": event, "at": AT, **fields})

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

    def draws(self) -> None:
        self.emulator.feed(self.interface.render())

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
        self.assertEqual(self.enters("/users"), [{"do": "type", "line": "/users"}])
        self.assertEqual(self.enters("/me waves"), [])
        self.assertIn("/me is for rooms.", self.screen)

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
        path.write_text(path.read_text() + "no JSON\n")
        self.assertEqual(History(path).texts, [])

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
        self.said("#lobby", "ann", "new one")
        self.assertIn("below]", self.status)
        self.assertNotIn("new one", self.screen)
        self.types("\x1b[6~\x1b[6~")
        self.assertIn("new one", self.screen)

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
        names = [f"x{n}" for n in range(60)]
        self.told("listed", names=names, where="in #lobby", room="#lobby", more=7)
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
        self.told("notice", text="You are away.")
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
        asked = [(each["do"], each.get("room")) for each in self.interface.begin()]
        rooms = [("join", "#a"), ("join", "#ops")]
        self.assertEqual(asked, [("nick", None), *rooms])

    def test_logging_in(self) -> None:
        self.begins(login="bob")
        first, *_ = self.interface.begin()
        self.assertEqual(first, {"do": "login", "name": "bob", "password": "secret"})

    def test_joining_looks_at_the_room(self) -> None:
        self.enters("/join #ops")
        self.told("admitted", room="#ops", text="You are in #ops.")
        self.assertIn("[2 #ops", self.status)
        self.told("admitted", room="#other", text="You are in #other.")
        self.assertIn("[2 #ops", self.status)
        self.told("dismissed", room="#ops", text="You have left #ops.")
        self.assertIn("[1 #lobby", self.status)
        self.assertIn("You have left #ops.", self.screen)
        self.assertNotIn("#ops ", self.status)

    def test_put_off_the_server(self) -> None:
        self.told("dismissed", room="#lobby", text="You were kicked.")
        self.assertTrue(self.has_left)
        self.assertEqual(self.interface.farewell, "You were kicked.")

    def test_bounds(self) -> None:
        for number in range(MOST + 10):
            self.told("direct", **{"from": f"p{number}", "to": "bob", "text": "hi"})
        self.assertEqual(len(self.interface.windows.all()), MOST)
        self.assertEqual(self.interface.windows.all()[0].name, "#lobby")
        for number in range(MOST_PEOPLE + 5):
            self.told("joined", name=f"q{number}")
        self.assertEqual(len(self.interface.windows.lobby.people), MOST_PEOPLE)
        self.assertIn(f", {MOST_PEOPLE + 8} here", self.status)


texts = TEXTS | st.just("bob") | st.just("#lobby") | st.just("#ops")
told = st.fixed_dictionaries(
    {"event": st.sampled_from([form.name for form in forms().values()]), "at": texts | st.just(AT)},
    optional={
        **{
            name: texts | st.integers(-5, 10**6) | st.lists(texts, max_size=3)
            for form in forms().values()
            for name in form.names.values()
        },
        "id": st.integers(),
        "nonce": texts,  # the link sees to that
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
    @settings(max_examples=50, deadline=None)
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
