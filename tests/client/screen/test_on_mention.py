"""The user's own command for each mention, really run."""

from __future__ import annotations

import time

from chatsvc.client.notices.on_mention import MOST
from tests.client.terminal import SeatTestCase
from tests.patience import PATIENCE
from tests.processes import free_port


class OnMentionTests(SeatTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.port = free_port()
        self.serves("--port", self.port, "--interface=127.0.0.1", "--store=memory:")
        self.ann = self.calls(self.port)
        self.ann.sees_some("Welcome")
        self.told = self.folder / "told"

    def sits_with(self, command: str) -> None:
        settings = self.folder / "client.toml"
        settings.write_text(f"on-mention = '''{command}'''\n")
        self.bob = self.sits_down("127.0.0.1", str(self.port), "--settings", str(settings))
        self.bob.sees("Welcome, you are client2.")

    def waits_for(self, lines: list[str]) -> None:
        self.bob.until(
            lambda: self.told.exists() and self.told.read_text().splitlines() == lines,
            lambda: lines,
        )

    def test_it_is_told_what_was_said(self) -> None:
        where = "$CHATSVC_SERVER|$CHATSVC_WHERE"
        self.sits_with(f'echo noise; echo "$CHATSVC_FROM|{where}|$CHATSVC_TEXT" >> "{self.told}"')
        server = f"127.0.0.1:{self.port}"
        text = 'client2: $(touch pwned) "; touch pwned; `touch pwned`'
        self.ann.types("to nobody", text)
        self.waits_for([f"client1|{server}|#lobby|{text}"])
        self.ann.types("/dm client2 psst")
        self.waits_for([f"client1|{server}|#lobby|{text}", f"client1|{server}|@client1|psst"])
        self.assertNotIn(b"noise", self.bob.sent)
        self.assertFalse((self.folder / "pwned").exists())

    def test_there_are_only_a_few_at_once(self) -> None:
        go = self.folder / "go"
        self.sits_with(f'echo x >> "{self.told}"; while ! test -e "{go}"; do sleep 0.05; done')
        for number in range(MOST + 3):
            self.ann.types(f"client2: {number}")
        self.bob.sees(f"client2: {MOST + 2}")
        self.waits_for(["x"] * MOST)
        go.touch()
        deadline = time.monotonic() + PATIENCE
        while len(self.told.read_text().splitlines()) == MOST:  # until one has ended
            self.assertLess(time.monotonic(), deadline)
            self.ann.types("client2: again")
            self.bob.watch(0.1)
