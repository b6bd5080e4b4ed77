"""The page in Chromium: how soon it can be used, how it scrolls, and how typing does in a flood."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.processes import TWISTD, Caller, free_port

CHROMIUM = shutil.which("chromium") or "chromium"
# 3G as the developer tools of Chromium emulate it: "Fast 3G", which is now called "Slow 4G".
LATENCY, DOWN, UP = 562.5, 1_474_560 / 8, 675_000 / 8  # milliseconds, bytes a second
MANY = 10_000  # messages
A_SECOND = 2_000  # lines, in the flood
SECONDS = 15
LONGEST = 50  # milliseconds that a frame may take

# Notes how long each frame took, and how long it was from each key to the next frame drawn.
WATCH = """() => {
  window.frames_ = [];
  window.paints = [];
  let before = performance.now();
  const tick = (now) => { frames_.push(now - before); before = now; requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
  document.getElementById("text").addEventListener("keydown", (event) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => paints.push(performance.now() - event.timeStamp);
    requestAnimationFrame(() => channel.port2.postMessage(0));  // right after that frame
  });
}"""
HEAP = "() => performance.memory.usedJSHeapSize / 1048576"
ROWS = "() => document.querySelectorAll('#rows > *').length"
STEP = "() => { const log = document.getElementById('log'); log.scrollTop -= 300; }"
FIRST = "() => document.querySelector('#rows .said .body')?.textContent ?? ''"
TRACED = ["-*", "toplevel", "devtools.timeline"]  # categories of Chromium's tracing
TASK, LAYOUT = "ThreadControllerImpl::RunTask", ("UpdateLayoutTree", "Layout")
PAINT = ("PrePaint", "Paint", "Layerize")
FRAME = "FireAnimationFrame"  # once in each frame, by WATCH
PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
IS_UP = "() => document.body?.dataset.state === 'up' && performance.now()"


class House:
    """A server, and a browser."""

    def __init__(self, closing: ExitStack) -> None:
        self.port, self.web = free_port(), free_port()
        folder = closing.enter_context(tempfile.TemporaryDirectory())
        web = f"tcp:{self.web}:interface=127.0.0.1"
        options = ["--port", str(self.port), "--web", web, "--throttle", "off"]
        self.server = subprocess.Popen(
            [TWISTD, "-n", "--pidfile=", "chatsvc", *options],
            cwd=Path(folder),
            stdout=subprocess.DEVNULL,
        )
        closing.callback(self.server.wait)
        closing.callback(self.server.kill)
        self.cat = Caller(self.port)
        closing.callback(self.cat.socket.close)
        driver = closing.enter_context(sync_playwright())
        self.browser = driver.chromium.launch(
            executable_path=CHROMIUM,
            chromium_sandbox=False,
            args=["--enable-precise-memory-info", "--js-flags=--expose-gc"],
        )
        closing.callback(self.browser.close)

    def page(self) -> Any:
        """A page in a browser of its own, without a cache."""
        return self.browser.new_context(viewport={"width": 1280, "height": 800}).new_page()

    def opened(self) -> Any:
        """The same, when it is connected."""
        page = self.page()
        page.goto(f"http://127.0.0.1:{self.web}/")
        until(page, IS_UP)
        return page

    def fill(self, number: int) -> None:
        """Have many lines said."""
        for start in range(0, number, 500):
            self.cat.types(*[f"line {each}: {'word ' * 12}" for each in range(start, start + 500)])
            self.cat.sees_some(f"line {start + 499}: ")


def until(page: Any, script: str) -> Any:
    """Wait until a script says something; what it says."""
    while not (found := page.evaluate(script)):
        page.wait_for_timeout(10)
    return found


def p95(times: list[float]) -> float:
    """What 95 of a hundred stay below."""
    return sorted(times)[int(len(times) * 0.95)]


def lengths(frames: list[float]) -> str:
    """How long frames were, by the clock."""
    above = sum([each > LONGEST for each in frames])
    return (
        f"{len(frames)} frames, p95 {p95(frames):.0f} ms, longest {max(frames):.0f} ms, "
        f"{above} above {LONGEST}"
    )


@contextmanager
def traced(house: House, page: Any) -> Iterator[None]:
    """Print what is done meanwhile takes the page's own thread, in CPU time.

    That is what the page is to answer for: how long a frame is also depends on what else the
    machine does, and on how its pixels are drawn, here by software and in other processes. What
    all threads take together for a frame is how long it is on one processor with nothing else.
    """
    house.browser.start_tracing(page=page, categories=TRACED)
    yield
    events = json.loads(house.browser.stop_tracing())["traceEvents"]
    timed = [each for each in events if each.get("ph") == "X" and "tdur" in each]
    threads = [(each["pid"], each["tid"]) for each in timed if each["name"] == FRAME]
    thread = max(set(threads), key=threads.count)
    own = [each for each in timed if (each["pid"], each["tid"]) == thread]
    tasks = [each for each in own if each["name"] == TASK]
    longest = max(tasks, key=lambda each: each["tdur"])
    begun, ended = longest["ts"], longest["ts"] + longest["dur"]
    within = [each for each in own if begun <= each["ts"] < ended]
    parts = [
        sum(each["tdur"] for each in within if each["name"] in names) / 1000
        for names in (LAYOUT, PAINT)
    ]
    frames = sorted(each["ts"] for each in own if each["name"] == FRAME)
    all_threads = [0.0] * (len(frames) + 1)
    for each in timed:
        if each["name"] == TASK:
            all_threads[bisect_right(frames, each["ts"])] += each["tdur"] / 1000
    seconds = (max(each["ts"] for each in tasks) - min(each["ts"] for each in tasks)) / 1e6
    busy = sum(each["tdur"] for each in tasks) / 1e6
    print(
        f"  the page's thread: longest task {longest['tdur'] / 1000:.0f} ms of CPU (style and "
        f"layout {parts[0]:.0f}, painting {parts[1]:.0f}, the rest scripts); "
        f"{busy:.1f} s of {seconds:.1f} s; all threads of Chromium in the costliest frame: "
        f"{max(all_threads[1:-1]):.0f} ms of CPU"
    )


def start(house: House) -> None:
    """Print how long it takes on 3G until one can write, and what of it is the network's."""
    for name, network in (("no emulation", None), ("3G", (LATENCY, DOWN, UP))):
        page = house.page()
        tools = page.context.new_cdp_session(page)
        tools.send("Network.enable")
        if network:
            latency, down, up = network
            tools.send(
                "Network.emulateNetworkConditions",
                {
                    "offline": False,
                    "latency": latency,
                    "downloadThroughput": down,
                    "uploadThroughput": up,
                },
            )
        began = time.monotonic()
        page.goto(f"http://127.0.0.1:{house.web}/", wait_until="commit")
        up_at = until(page, IS_UP)
        whole = time.monotonic() - began
        entries = page.evaluate(
            "() => performance.getEntries().filter((each) => each.transferSize)"
            ".map(({ name, responseEnd, transferSize }) => [name, responseEnd, transferSize])"
        )
        paint = until(page, PAINTED)
        size = sum(each[2] for each in entries)
        last = max(each[1] for each in entries)
        print(
            f"{name}: painted, and one can begin to write, at {paint:.0f} ms; "
            f"all {size / 1024:.0f} KiB there at {last:.0f} ms, "
            f"connected at {up_at:.0f} ms ({1000 * whole:.0f} ms by the clock)"
        )
        page.context.close()


def scroll(house: House) -> int:
    """Print what scrolling back through many messages takes; in how many steps."""
    page = house.opened()
    page.wait_for_timeout(1000)
    page.evaluate("() => gc()")
    heap = page.evaluate(HEAP)
    page.evaluate(WATCH)
    most = steps = 0
    with traced(house, page):
        while not page.evaluate(FIRST).startswith("line 0:"):
            page.evaluate(STEP)
            page.wait_for_timeout(16)
            most = max(most, page.evaluate(ROWS))
            steps += 1
    frames = page.evaluate("() => frames_")
    page.evaluate("() => gc()")
    print(
        f"{MANY} messages scrolled: heap {heap:.1f} -> {page.evaluate(HEAP):.1f} MiB, "
        f"at most {most} rows; {lengths(frames)}"
    )
    page.context.close()
    return steps


def scroll_text(house: House, steps: int) -> None:
    """Print how long frames are while a page of text alone is scrolled, with nothing to load."""
    page = house.page()
    lines = "word word\n" * 20 * steps  # at least 300 pixels a step
    page.set_content(f"<div id=log><pre id=text>{lines}</pre></div>")
    page.add_style_tag(content="#log { height: 100vh; overflow: auto }")
    page.evaluate("() => { const log = document.getElementById('log'); log.scrollTop = 1e9; }")
    page.wait_for_timeout(1000)
    page.evaluate(WATCH)
    with traced(house, page):
        for _ in range(steps):
            page.evaluate(STEP)
            page.wait_for_timeout(16)
            page.evaluate(ROWS)
            page.evaluate(FIRST)
    print(f"beside it, as much text without a chat: {lengths(page.evaluate('() => frames_'))}")
    page.context.close()


def flood(house: House) -> None:
    """Print how typing does while very much is said."""
    page = house.opened()
    page.evaluate(WATCH)
    is_over = threading.Event()

    def speak() -> None:
        speaker = Caller(house.port)
        speaker.socket.settimeout(None)
        threading.Thread(target=drain, args=(speaker.socket,), daemon=True).start()
        began, said = time.monotonic(), 0
        while not is_over.is_set():
            due = int((time.monotonic() - began) * A_SECOND)
            if due > said:
                speaker.types(*[f"flood {each} {'word ' * 8}" for each in range(said, due)])
            said = due
            time.sleep(0.02)
        print(f"  {said / (time.monotonic() - began):.0f} lines a second were said")
        speaker.socket.close()

    thread = threading.Thread(target=speak)
    thread.start()
    page.wait_for_timeout(2000)
    page.focus("#text")
    most, until_ = 0, time.monotonic() + SECONDS
    with traced(house, page):
        while time.monotonic() < until_:
            page.keyboard.press("a")
            page.wait_for_timeout(60)
            most = max(most, page.evaluate(ROWS))
    typed = page.evaluate("() => document.getElementById('text').value.length")
    paints = page.evaluate("() => paints")
    last = page.evaluate("() => [...document.querySelectorAll('.said')].at(-1).textContent")
    is_over.set()
    thread.join()
    print(
        f"{A_SECOND} lines a second: key to paint p50 {sorted(paints)[len(paints) // 2]:.0f} ms, "
        f"p95 {p95(paints):.0f} ms, longest {max(paints):.0f} ms, of {typed} keys; "
        f"at most {most} rows; last seen: {last[:40]}"
    )
    page.context.close()


def drain(connection: socket.socket) -> None:
    """Read what comes until the end."""
    try:
        while connection.recv(1 << 20):
            pass
    except OSError:
        pass


def main() -> None:
    """Measure one after the other, on a server that has a history."""
    with ExitStack() as closing:
        house = House(closing)
        threading.Thread(target=drain, args=(Caller(house.port).socket,), daemon=True).start()
        start(house)
        house.fill(MANY)
        scroll_text(house, scroll(house))
        threading.Thread(target=drain, args=(house.cat.socket,), daemon=True).start()
        flood(house)


if __name__ == "__main__":
    main()
