"""What was removed is not in the server's files any more."""

from __future__ import annotations

import re
import time

from tests.patience import PATIENCE
from tests.processes import ProcessTestCase, free_port

PASSWORD = "correct-horse"


class RedactionTests(ProcessTestCase):
    def test_nothing_of_it_is_on_the_disk(self) -> None:
        port = free_port()
        self.serves("--port", port, "--interface", "127.0.0.1", "--operator", "rooty")
        root = self.calls(port)
        root.types("/nick rooty", f"/register {PASSWORD}")
        root.sees(
            "server: The name rooty is yours. From elsewhere, type /login rooty and your password."
        )
        bob = self.calls(port)
        bob.types("the unspeakable secretword", "and more")
        bob.sees("client2: and more")
        self.assertTrue(self.waits_for(b"secretword", there=True))
        time.sleep(1)  # by now it is in the index, too
        bob.types("/search secretword", "/history 5", "/quit")
        found = re.search(r"\[(\d+) [^]]*\] client2: the unspeakable", bob.sees_the_end())
        assert found is not None
        root.types(f"/redact {found[1]} spam")
        root.sees(f'server: rooty has removed line {found[1]} of client2 in #lobby (act 1): "spam"')
        for word in (b"secretword", b"unspeakable"):
            self.assertFalse(self.waits_for(word, there=False), word)

    def waits_for(self, word: bytes, there: bool) -> bool:
        """Whether the word is in the files, once it is as it should be, or time is up."""
        deadline = time.monotonic() + PATIENCE
        while True:
            files = [file.read_bytes() for file in self.folder.glob("chatsvc.sqlite*")]
            is_there = any(word in data for data in files)
            if is_there == there or time.monotonic() > deadline:
                return is_there
            time.sleep(0.1)
