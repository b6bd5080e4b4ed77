"""Firefox, driven by WebDriver BiDi, which it speaks over a WebSocket of its own.

See https://www.w3.org/TR/webdriver-bidi/.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import RejectConnection, Request, TextMessage

from tests.patience import PATIENCE
from tests.processes import Caller, free_port

FIREFOX = next(filter(None, map(shutil.which, ("firefox", "firefox-esr"))), None)
IN_VIEW = "document.querySelector({}).getBoundingClientRect().toJSON()"


class Firefox:
    """A Firefox of somebody.

    folder: what it keeps goes there.
    faults: errors that its pages have told the console.
    """

    def __init__(self, folder: Path) -> None:
        self.faults: list[str] = []
        port = free_port()
        how = f"--headless --no-remote --profile {folder} --remote-debugging-port={port}".split()
        self._process = subprocess.Popen(
            [FIREFOX or "firefox", *how],
            env=os.environ | {"HOME": str(folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wire = WSConnection(ConnectionType.CLIENT)
        self._last = 0
        try:
            self._calls(port)
        except BaseException:
            self._process.kill()
            self._process.wait(PATIENCE)
            raise

    def _calls(self, port: int) -> None:
        """Begin to drive it, as soon as it listens."""
        self._socket = Caller(port).socket
        self._socket.sendall(self._wire.send(Request(f"127.0.0.1:{port}", "/session")))
        while self._wire.state is ConnectionState.CONNECTING:
            self._wire.receive_data(self._socket.recv(65536))
        self._asks("session.new", capabilities={})
        self._asks("session.subscribe", events=["log.entryAdded"])

    def begins(self) -> None:
        """Have no pages, nor cookies; what is opened from now on, `forgets` closes."""
        self._own = self._asks("browser.createUserContext")

    def forgets(self) -> None:
        """Close all pages, and forget what they have kept."""
        self._asks("browser.removeUserContext", **self._own)
        self.faults.clear()

    def close(self) -> None:
        """Have it end, and all that it has started."""
        try:
            self._asks("browser.close")
            while self._socket.recv(65536):
                pass
        finally:
            self._socket.close()
            self._process.kill()
            self._process.wait(PATIENCE)

    def _asks(self, method: str, **params: Any) -> Any:
        """The result of a command."""
        self._last += 1
        asked = {"id": self._last, "method": method, "params": params}
        self._socket.sendall(self._wire.send(TextMessage(json.dumps(asked))))
        while (told := self._hears()).get("id") != self._last:
            entry = told.get("params", {})
            if told.get("method") == "log.entryAdded" and entry["level"] in ("error", "warn"):
                self.faults.append(entry["text"])
        assert told["type"] == "success", told
        return told["result"]

    def _hears(self) -> dict[str, Any]:
        """The next message."""
        text = ""
        while True:
            for event in self._wire.events():
                assert not isinstance(event, RejectConnection), event
                if isinstance(event, TextMessage):
                    text += event.data
                    if event.message_finished:
                        found: dict[str, Any] = json.loads(text)
                        return found
            data = self._socket.recv(65536)
            assert data, "Firefox has ended"
            self._wire.receive_data(data)

    def opens(self, url: str, size: tuple[int, int]) -> None:
        """Open a page of so many pixels, and turn to it."""
        self._page = self._asks("browsingContext.create", type="tab", **self._own)
        self._asks("browsingContext.activate", **self._page)
        viewport = dict(zip(("width", "height"), size, strict=True))
        self._asks("browsingContext.setViewport", **self._page, viewport=viewport)
        self._asks("browsingContext.navigate", **self._page, url=url, wait="complete")

    def reloads(self) -> None:
        """Load the page anew."""
        self._asks("browsingContext.reload", **self._page, wait="complete")

    def evaluates(self, script: str) -> Any:
        """What an expression is, as JSON."""
        asked = {"expression": f"JSON.stringify({script})", "awaitPromise": True}
        found = self._asks("script.evaluate", **asked, target=self._page)
        assert found["type"] == "success", found
        return json.loads(found["result"].get("value", "null"))

    def taps(self, selector: str) -> None:
        """Touch the middle of an element, with a finger."""
        box = self.evaluates(IN_VIEW.format(json.dumps(selector)))
        place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        self._acts(
            {"type": "pointer", "id": "finger", "parameters": {"pointerType": "touch"}},
            {"type": "pointerMove", **{name: round(each) for name, each in place.items()}},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        )

    def types(self, keys: str, held: str = "") -> None:
        """Press keys, one after the other, while some are held."""
        pressed = [(way, key) for key in keys for way in ("keyDown", "keyUp")]
        pressed = [("keyDown", key) for key in held] + pressed + [("keyUp", key) for key in held]
        actions = [{"type": way, "value": key} for way, key in pressed]
        self._acts({"type": "key", "id": "keyboard"}, *actions)

    def _acts(self, source: dict[str, Any], *actions: dict[str, Any]) -> None:
        self._asks("input.performActions", **self._page, actions=[{**source, "actions": actions}])
