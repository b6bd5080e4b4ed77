"""Where the password comes from with which somebody logs in."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client import password as module
from chatsvc.client.password import password, question
from chatsvc.client.settings.values import Settings, Wrong

ANN = Settings(host="chat.example.org", login="ann")


class PasswordTests(SynchronousTestCase):
    def keyring(self, found: Any) -> Any:
        """A keyring that is asked, and what it is asked for."""
        self.asked: list[tuple[str, str]] = []

        def get_password(service: str, name: str) -> Any:
            self.asked.append((service, name))
            if isinstance(found, Exception):
                raise found
            return found

        return patch.dict(sys.modules, keyring=SimpleNamespace(get_password=get_password))

    def test_a_file(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "password")
            file.write_text("correct horse\nsomething else\n")
            settings = Settings(login="ann", password_file=str(file))
            self.assertEqual(password(settings), "correct horse")
            file.write_text("correct horse", "utf-16")  # [By Windows' Notepad.]
            self.assertRaisesRegex(Wrong, "not text in UTF-8", password, settings)
            file.unlink()
            self.assertRaises(Wrong, password, settings)

    def test_the_keyring(self) -> None:
        with self.keyring("correct horse"):
            self.assertEqual(password(ANN), "correct horse")
        self.assertEqual(self.asked, [("chatsvc:chat.example.org:5000", "ann")])

    def test_a_keyring_that_has_nothing_or_fails(self) -> None:
        for found in (None, RuntimeError("locked")):
            with (
                self.keyring(found),
                patch.object(sys, "stdin", SimpleNamespace(isatty=lambda: True)),
                patch.object(module, "getpass", lambda prompt: f"typed behind {prompt!r}"),
            ):
                self.assertEqual(password(ANN), "typed behind 'Password of ann: '")

    def test_the_question_says_at_which_server(self) -> None:
        self.assertEqual(question(ANN), "Password of ann: ")
        work = Settings(servers={"work": {"host": "work.example", "login": "bob"}}).at("work")
        self.assertEqual(question(work), "Password of bob at work: ")
