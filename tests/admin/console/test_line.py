"""The command line of chatsvc-admin."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Annotated, Literal
from unittest.mock import patch

import pytest

from chatsvc import __version__
from chatsvc.admin import command as commands
from chatsvc.admin.__main__ import main
from chatsvc.admin.answer import Item, Row
from chatsvc.admin.command import Text
from chatsvc.admin.console.asking import Console
from chatsvc.admin.console.finding import NoServer
from chatsvc.admin.place import short
from chatsvc.errors import ChatError, Misused
from tests.processes import FolderTestCase

NONE = Text("")


def cook(
    console: Console,
    what: Annotated[str, "the meal, 100% of it"],
    heat: Literal["low", "high"] = "low",
    note: Text = NONE,
    *,
    salt: int = 1,
    is_hot: bool = False,
) -> Iterator[Item]:
    """Cook a meal.

    It is served at once.
    """
    if what == "nothing":
        raise ChatError("There is\x1b[2J nothing.")
    if what == "wrong":
        raise Misused("That is no meal.")
    yield Row({"what": what, "heat": heat, "note": note, "salt": salt, "is_hot": is_hot})


class LineTests(FolderTestCase):
    @pytest.fixture(autouse=True)
    def _capture(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def setUp(self) -> None:
        super().setUp()
        for name, asks in (("cook", ""), ("kitchen close", "Close {what}?")):
            commands.command(name, asks=asks)(cook)
            self.addCleanup(commands.commands().pop, name)

    def run_line(self, *words: str) -> tuple[int, str, str]:
        """The status, the output and the errors of a command line."""
        try:
            status = main(words)
        except SystemExit as ending:
            status = int(ending.code or 0)
        return status, *self.capsys.readouterr()

    def test_arguments_and_options(self) -> None:
        status, out, err = self.run_line("cook", "soup", "high", "very", "slowly", "--salt", "2")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(out.splitlines()[1].split(), ["soup", "high", "very", "slowly", "2", "no"])
        for words in (
            ("--json", "cook", "soup", "--is-hot"),
            ("cook", "--is-hot", "soup", "--json"),
        ):
            self.assertIn('"note": "", "salt": 1, "is_hot": true}', self.run_line(*words)[1])

    def test_misuse(self) -> None:
        for words, why in (
            (("cook",), "required: WHAT\n"),  # and no text that may be left out
            (("cook", "soup", "hot"), "invalid choice: 'hot'"),
            (("cook", "soup", "--salt", "some"), "invalid int value"),
            (("cook", "wrong"), "chatsvc-admin: That is no meal.\n"),
            (("cook", "soup", "--is"), "unrecognized arguments: --is"),
            (("kitchen",), "required: COMMAND"),
            (("cok",), "invalid choice: 'cok'"),
        ):
            status, out, err = self.run_line(*words)
            self.assertEqual((status, out), (2, ""), words)
            self.assertIn(why, err)

    def test_refusal(self) -> None:
        self.assertEqual(
            self.run_line("cook", "nothing"), (1, "", "chatsvc-admin: There is nothing.\n")
        )

    def test_help(self) -> None:
        status, overview, _ = self.run_line()
        self.assertEqual(status, 0)
        self.assertIn(
            "usage: chatsvc-admin [-h] [--socket PATH] [--json] [--version] COMMAND ...", overview
        )
        self.assertRegex(overview, r"\n  kitchen close +Cook a meal\.\n")
        self.assertEqual(self.run_line("--help")[1], overview)
        self.assertEqual(self.run_line("help")[1], overview)
        status, group, _ = self.run_line("help", "kitchen")
        self.assertEqual(status, 0)
        self.assertIn("usage: chatsvc-admin kitchen [-h] COMMAND ...\n", group)
        self.assertIn("\n  kitchen close  Cook a meal.\n", group)
        self.assertEqual(self.run_line("kitchen", "--help")[1], group)
        explained = self.run_line("help", "kitchen", "close")[1]
        self.assertIn("usage: chatsvc-admin kitchen close [-h] ", explained)
        self.assertEqual(self.run_line("kitchen", "close", "--help")[1], explained)
        self.assertIn("Cook a meal.\n\nIt is served at once.\n", explained)
        self.assertIn("the meal, 100% of it", explained)
        self.assertIn("--yes", explained)
        cook = self.run_line("help", "cook")[1]
        self.assertIn("usage: chatsvc-admin cook [-h] ", cook)
        self.assertNotIn("--yes", cook)
        self.assertEqual(self.run_line("--version")[1], f"chatsvc-admin {__version__}\n")

    def test_questions_need_an_answer(self) -> None:
        status, out, err = self.run_line("kitchen", "close", "soup")
        self.assertEqual((status, out), (2, ""))
        self.assertIn("--yes", err)
        self.assertEqual(self.run_line("kitchen", "close", "soup", "--yes")[0], 0)

    def test_no_server(self) -> None:
        os.chdir(self.folder)
        self.addCleanup(os.chdir, "/")
        for words in ((), ("--socket", "there")):
            status, out, err = self.run_line(*words, "status")
            self.assertEqual((status, out), (3, ""))
            self.assertIn(str(self.folder), err)
        with patch.dict(os.environ, {"CHATSVC_ADMIN": "elsewhere"}):
            self.assertIn("there is no ", self.run_line("status")[2])
            self.assertIn("/elsewhere", self.run_line("status")[2])
        Path("file").touch()
        self.assertIn("is no server's socket", self.run_line("status", "--socket", "file")[2])

    def test_what_listens_there_is_no_server(self) -> None:
        path = self.folder / "socket"
        for answer, why in (
            (b"", "has ended meanwhile"),
            (b'{"line": "half', "does not answer like a chatsvc"),
            (b"HTTP/1.1 400 Bad Request\r\n", "does not answer like a chatsvc"),
            (b"3\n", "does not answer like a chatsvc"),
            (b'{"later": 1}\n', "does not answer like a chatsvc"),
            (b'{"row": null}\n', "does not answer like a chatsvc"),
            (b'{"line": 7, "values": {}}\n', "does not answer like a chatsvc"),
            (b"[]\n", "does not answer like a chatsvc"),
            (b"[" * 100_000 + b"\n", "does not answer like a chatsvc"),
        ):
            with socket.socket(socket.AF_UNIX) as listener, short(path) as name:
                listener.bind(name)
                listener.listen()
                thread = Thread(target=_answer_once, args=(listener, answer))
                thread.start()
                with self.assertRaisesRegex(NoServer, why):
                    list(Console(str(path)).ask("status"))
                thread.join()
            path.unlink()


def _answer_once(listener: socket.socket, answer: bytes) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(answer)
