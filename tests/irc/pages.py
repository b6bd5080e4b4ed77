"""IRC clients in a browser, each on a page of its own in Chromium."""

from __future__ import annotations

import json
import mimetypes
import os
import re
import shutil
import subprocess
import uuid
from functools import cache
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from tests.browser.browsing import CHROMIUM
from tests.irc.programs import PASSWORD, ROOM, SAID, Program
from tests.irc.waiting import PATIENCE, wait_for_port
from tests.processes import free_port

# Gamja's page seems to come from elsewhere than from this machine, and connects to it.
FLAGS = ["--disable-dev-shm-usage", "--disable-features=LocalNetworkAccessChecks"]


@cache
def chromium() -> Any:
    """The browser; None if it cannot be had here."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    if CHROMIUM is None:
        return None
    driver = sync_playwright().start()
    return driver.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=False, args=FLAGS)


class Page(Program):
    """A client that is used on a page.

    messages: the selector of the messages in the room.
    box: that of the box to write in.
    """

    messages: str
    box: str
    page: Any = None

    def types(self, line: str) -> None:
        self.page.fill(self.box, line)
        self.page.press(self.box, "Enter")

    def seen(self) -> list[str]:
        if self.page is None:
            return []
        told = self.page.locator(self.messages).all_text_contents()
        return [line for each in told for line in SAID.findall(each)]

    def opens(self, address: str) -> None:
        """Open the page."""
        self.page.set_default_timeout(PATIENCE * 1000)
        self.page.goto(address)

    def come_back(self) -> None:
        """Wait: it connects again by itself."""

    def end(self) -> None:
        if self.page is not None:
            self.page.close()


class Gamja(Page):
    """gamja, as the server's own port would serve it; its files lie in the folder $GAMJA."""

    name = "gamja"
    messages = "#buffer .logline"
    box = "#composer input"
    folder: ClassVar[Path]

    @classmethod
    def version(cls) -> str:
        cls.folder = Path(os.environ.get("GAMJA") or "/nonexistent").resolve()
        is_here = (cls.folder / "node_modules" / "preact").exists()
        return "installed" if is_here and chromium() is not None else ""

    def _serve(self, route: Any) -> None:
        path = urlsplit(route.request.url).path.removeprefix("/gamja/")
        if path == "config.json":
            route.fulfill(body=json.dumps({"server": {"url": "/ws", "autojoin": [ROOM]}}))
            return
        file = self.folder / path
        if file.is_file():
            kind = mimetypes.guess_type(file.name)[0]
            route.fulfill(body=file.read_bytes(), content_type=kind or "text/plain")
        else:
            route.fulfill(status=404)

    def start(self) -> None:
        address = f"http://127.0.0.1:{self.port}/gamja/"
        self.page = chromium().new_page()
        self.page.route(f"{address}**", self._serve)
        self.opens(f"{address}index.html")
        self.page.fill("input[name=nick]", self.name)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("form button")

    def is_in(self) -> bool:
        return bool(self.page.title().startswith(ROOM))


class Lounge(Page):
    """The Lounge, which connects over TCP, and is looked at by a browser."""

    name = "lounge"
    needs = "npm"
    messages = ".chat-view .msg[data-type=message] .content"
    box = "#input"
    place: ClassVar[Path]
    process: subprocess.Popen[bytes]

    @classmethod
    def install(cls, folder: Path) -> None:
        cls.place = folder / "thelounge"
        if shutil.which(cls.needs) is None or chromium() is None:
            return
        cls.place.mkdir()
        # It needs a newer Node than many have; its library is to come from the registry, too.
        overrides = {"overrides": {"irc-framework": "^4.14.0"}}
        (cls.place / "package.json").write_text(json.dumps(overrides), "utf-8")
        command = ["npm", "install", "--prefix", str(cls.place), "node@22", "thelounge@4"]
        subprocess.run(command, check=False, capture_output=True)

    @classmethod
    def version(cls) -> str:
        package = cls.place / "node_modules" / "thelounge" / "package.json"
        found = re.search(r'"version": "(.*)"', package.read_text()) if package.exists() else None
        return found[1] if found is not None and chromium() is not None else ""

    def prepare(self) -> None:
        self._web = free_port()
        config = {"public": False, "host": "127.0.0.1", "port": self._web}
        (self.home / "config.js").write_text(f"module.exports = {json.dumps(config)};", "utf-8")
        network = {
            "uuid": str(uuid.uuid4()),
            "name": "chat",
            "host": "127.0.0.1",
            "port": self.port,
            "tls": False,
            "nick": self.name,
            "username": self.name,
            "realname": "The Lounge",
            "sasl": "plain",
            "saslAccount": self.name,
            "saslPassword": PASSWORD,
            "channels": [{"name": ROOM}],
        }
        (self.home / "users").mkdir()
        self._runs("add", self.name, "--password", PASSWORD, "--save-logs")
        user = self.home / "users" / f"{self.name}.json"
        user.write_text(json.dumps(json.loads(user.read_text()) | {"networks": [network]}), "utf-8")

    def _command(self, *words: str) -> tuple[list[str], dict[str, str]]:
        modules = self.place / "node_modules"
        node = str(modules / ".bin" / "node")
        return [node, str(modules / "thelounge" / "index.js"), *words], os.environ | {
            "THELOUNGE_HOME": str(self.home)
        }

    def _runs(self, *words: str) -> None:
        command, environment = self._command(*words)
        subprocess.run(command, env=environment, check=True, capture_output=True)

    def start(self) -> None:
        command, environment = self._command("start")
        self.process = subprocess.Popen(
            command,
            env=environment,
            cwd=self.home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for_port(self._web)
        self.page = chromium().new_page()
        self.opens(f"http://127.0.0.1:{self._web}/")
        self.page.fill("#signin-username", self.name)
        self.page.fill("#signin-password", PASSWORD)
        self.page.click("#sign-in button[type=submit]")

    def is_in(self) -> bool:
        joined = ".channel-list-item:not(.parted-channel, .not-connected)"
        if not self.page.locator(f"{joined}[data-name='{ROOM}']").count():
            return False
        self.page.click(f"{joined}[data-name='{ROOM}']")
        return bool(self.page.locator(f".userlist [data-name={self.name}]").count())

    def end(self) -> None:
        super().end()
        self.process.kill()


KINDS: tuple[type[Program], ...] = (Gamja, Lounge)
