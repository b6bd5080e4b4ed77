"""Lines for people who read them, as a screen reader speaks them: yasr, with a real server."""

from __future__ import annotations

import re
import shutil
from functools import partial
from pathlib import Path
from unittest import skipIf

from tests.client.plain.lines import LinesTestCase
from tests.patience import only_long

# What it knows of an Emacspeak server: a program that reads commands, of which q speaks a text.
_SETTINGS = """\
[options]
synthesizer=emacspeak server
synthesizer port=|{program}
key echo=off
[emacspeak server]
punctuation=some
[dict]
*=star
"""


@only_long
@skipIf(not shutil.which("yasr"), "yasr is not installed")
class ScreenReaderTests(LinesTestCase):
    def test_each_event_is_spoken_once_and_whole(self) -> None:
        self.bob = bob = self.sits_down(
            "127.0.0.1",
            str(self.port),
            "--plain",
            run=("yasr", "--"),
            HOME=str(self.has_synthesizer()),
        )
        self.hears("server: Welcome, you are client2. 1 other person is here.")
        bob.types("/join #ops\n")
        self.hears("You are in ops, which belongs to you. Nobody else is in it.")
        self.ann.types("/join #ops")
        self.hears("server: client1 has joined ops.")
        self.ann.types("client2: are you there?")
        self.hears("ops client1: client2: are you there?")
        self.ann.types("/dm client2 psst", "/me waves")
        self.hears("client1 (to client2 only): psst", "ops star client1 waves")
        bob.types("yes, I am\n")
        self.hears("ops client2: yes, I am")
        bob.types("/nope\n")
        self.hears("server: There is no command")
        bob.types("/mentions\n")
        self.hears("/mentions", "client1: client2: are you there?", "only): psst")
        bob.types("/history 1\n")
        self.hears("/history 1", "ops client2: yes, I am")
        self.server.kill()
        self.hears("chatsvc: The connection was lost; trying again.")
        self.assertEqual(self.spoken.count("has joined"), 1)
        self.assertEqual(self.spoken.count("waves"), 1)

    def has_synthesizer(self) -> Path:
        """The home of somebody whose synthesizer notes what it is told."""
        program = self.folder / "synthesizer"
        program.write_text(f"#!/bin/sh\nexec cat >> {self.folder}/told\n")
        program.chmod(0o700)
        (self.folder / ".yasr.conf").write_text(_SETTINGS.format(program=program))
        self._heard = 0
        return self.folder

    @property
    def spoken(self) -> str:
        """All that was spoken."""
        file = self.folder / "told"
        told = file.read_text("utf-8", "replace") if file.exists() else ""
        return re.sub(r"\s+", " ", " ".join(re.findall(r"^q \{(.*)\}$", told, re.MULTILINE)))

    def hears(self, *texts: str) -> None:
        """Wait until these are spoken in turn, after what was heard before."""
        for text in texts:
            self.bob.until(partial(self.is_heard, text), lambda: f"{texts} in {self.spoken!r}")

    def is_heard(self, text: str) -> bool:
        at = self.spoken.find(text, self._heard)
        if at >= 0:
            self._heard = at + len(text)
        return at >= 0
