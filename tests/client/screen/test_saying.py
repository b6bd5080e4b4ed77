"""What is typed, sent to the server."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from chatsvc.client.connection.queue import MOST_WAITING
from chatsvc.client.own_commands import OWN
from chatsvc.client.screen.talking.saying import MOST_TYPED
from chatsvc.client.screen.windows.windows import MOST_WINDOWS
from chatsvc.client.screen.writing.pieces import MOST_BYTES, MOST_LINES
from chatsvc.client.typed import History
from chatsvc.terminal.keys import Paste
from tests.client.screen.sitting import InterfaceTestCase


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
        for line in ("/users", "/me waves", "/topic x", "/kick ann", "/part", "/leave"):
            asked = {"do": "type", "line": line, "username": "cat"}
            self.assertEqual(self.enters(line), [asked])

    def test_a_login_asks_for_its_password(self) -> None:
        self.assertEqual(self.enters("/login ann"), [])
        self.types("correcthorse")
        self.assertTrue(self.screen.endswith("Password of ann: ••••••••••••"), self.screen)
        asked = {"do": "type", "line": "/login ann correcthorse", "room": "#lobby"}
        self.assertEqual(self.enters(""), [asked])
        self.assertIn("/login ann ••••••••••••", self.screen)
        self.enters("/login ann")
        self.assertEqual(self.enters(""), [], "no password")
        self.assertEqual(self.enters("hi"), [{"do": "say", "room": "#lobby", "text": "hi"}])

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
            self.assertEqual(self.emulator.rows[-1].rstrip(), f"#lobby> {shown}")
            self.assertEqual(self.emulator.cursor.x, 8 + len(shown) - 1)
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
        self.assertEqual(self.screen.split("\n")[-1], "#lobby>")

    def test_the_time_is_always_shown(self) -> None:
        self.assertEqual(self.enters("/time on"), [])
        self.assertIn("The time stands before each line here.", self.screen)

    def test_a_query(self) -> None:
        self.assertEqual(self.enters("/query ann"), [])
        self.assertIn("[2 @ann]", self.status)
        self.types("\x1b1")
        said = {"do": "dm", "username": "cat", "text": "hello there"}
        self.assertEqual(self.enters("/query @cat hello there"), [said])
        self.assertIn("[3 @cat]", self.status)
        self.assertEqual(self.enters("/query"), [])
        self.assertIn("Write it like this: /query bob", self.status)
        self.assertEqual(self.enters("/query #ops hello"), [])
        self.assertIn("Nobody has such a name.", self.status)

    def test_what_other_clients_call_it(self) -> None:
        self.enters("/query ann")
        for typed, number in {"/win 1": 1, "/buffer ann": 2, "/wc": 1}.items():
            self.assertEqual(self.enters(typed), [])
            self.assertTrue(self.status.startswith(f"[{number} "), typed)
        self.assertEqual(self.enters("/names")[0]["line"], "/who")
        self.assertEqual(
            self.enters("/lastlog two words"), [{"do": "search", "words": "two words"}]
        )
        self.begins(aliases={"win": "/me has won"})
        self.assertEqual(self.enters("/win")[0]["line"], "/me has won")

    def test_answers_are_seen_by_somebody_who_has_scrolled_back(self) -> None:
        for number in range(50):
            self.said("#lobby", "ann", f"line {number}", id=number)
        for typed, told in {
            "/help keys": "/keys  List the keys.",
            "/set mouse": "mouse = on",
            "/presence all": "All comings and goings",
        }.items():
            self.draws()
            self.types("\x1b[5~")
            self.assertIn("scrolled back", self.status)
            self.enters(typed)
            self.assertNotIn("scrolled back", self.status)
            self.assertIn(told, self.screen)

    def test_help(self) -> None:
        self.assertEqual(self.enters("/help")[0]["line"], "/help")
        self.assertIn("The client has the commands /alias, /bind, /close,", self.screen)
        self.assertEqual(self.enters("/help dm")[0]["line"], "/help dm")
        for name in OWN:
            self.assertEqual(self.enters(f"/help {name}"), [])
            self.assertIn(f"-- /{name} ", self.screen)
        self.assertEqual(self.enters("/window"), [])
        self.assertIn("Write it like this: /window bob", self.status)

    def test_where_no_more_may_wait_the_line_stays(self) -> None:
        self.link.waiting = MOST_TYPED
        self.assertEqual(self.enters("hi"), [])
        self.assertIn("lines are waiting already", self.status)
        self.assertIn("> hi", self.screen)
        rooms = [f"#room{number}" for number in range(MOST_WINDOWS)]
        self.told("resumed", token="t", seen=8, name="bob", rooms=rooms, missing=0)
        self.assertLess(len(self.link.asked), MOST_WAITING - MOST_TYPED)

    def test_passwords_are_remembered_nowhere(self) -> None:
        for command in ("/login bob secret", "/REGISTER secret", "/passwd secret other"):
            self.assertEqual(self.enters(command)[0]["line"], command)
        self.assertEqual(self.interface._editor.history, [])

    def test_what_was_typed_is_kept_for_the_next_run(self) -> None:
        path = Path(self.enterContext(tempfile.TemporaryDirectory()), "file") / "state" / "history"
        self.history = History(path)
        self.begins()
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
