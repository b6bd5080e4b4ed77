"""A disk that fails, or a file that is locked: speakers are told, nobody else notices anything."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from chatsvc.doors.web.health import GOOD_FOR
from tests.patience import PATIENCE
from tests.processes import FIRST, TWISTD, ProcessTestCase, free_port

FSYNC = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int sync_with(const char *name, int fd)
{
    const char *broken = getenv("BROKEN");
    if (broken && access(broken, F_OK) == 0) {
        errno = EIO;
        return -1;
    }
    int (*next)(int) = (int (*)(int)) dlsym(RTLD_NEXT, name);
    return next(fd);
}

int fsync(int fd) { return sync_with("fsync", fd); }
int fdatasync(int fd) { return sync_with("fdatasync", fd); }
"""
LINE = "x" * 3000  # behind a number; enough of them fill what the file has free
NOPE = 'server: There is no command "/nope". Did you mean /op?'


class FaultTestCase(ProcessTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.port = free_port()
        self.said = 0
        self.seen: list[int] = []

    def runs(self, folder: Path, **environment: str) -> None:
        """The server is run; Ann and Bob come, and Bob only listens."""
        self.store = folder / "chat.sqlite"
        command = ["-n", "--pidfile=", "chatsvc", "--port", str(self.port), "--throttle=off"]
        self.forks(TWISTD, *command, f"--store=sqlite:{self.store}", **environment)
        self.ann = self.calls(self.port)
        self.ann.sees(FIRST)
        self.bob = self.calls(self.port)
        self.ann.sees("server: client2 has joined.")
        self.bob.types("/nope")
        self.bob.sees(NOPE)

    def is_said(self) -> None:
        """Ann says something, and sees it."""
        self.assertEqual(self.says(), "")

    def is_refused(self, reason: str) -> None:
        """Ann says something, and is told why nobody will see it."""
        self.assertEqual(self.says(), reason)

    def says(self) -> str:
        """Why what Ann says now is not said; empty if it is."""
        self.said += 1
        line = f"client1: {self.said} {LINE}"
        self.ann.types(f"{self.said} {LINE}")
        self.ann.types("/nope")
        text = self.ann.sees(NOPE)
        if text == f"{line}\n":
            self.seen.append(self.said)
            return ""
        found = re.fullmatch(rf"server: Not said, as (.+): {line}\n", text)
        assert found is not None, text[:200]
        return found[1]

    def bob_noticed_nothing(self) -> None:
        """Bob has seen what Ann has seen said, and nothing else; the same is kept."""
        self.is_said()
        text = self.bob.sees(f"client1: {self.said} {LINE}")
        heard = [int(number) for number in re.findall(r"^client1: (\d+) x+$", text, re.MULTILINE)]
        self.assertEqual([*heard, self.said], self.seen)
        self.assertEqual(text.count("\n"), len(heard))
        with sqlite3.connect(f"file:{self.store}?mode=ro", uri=True) as store:
            kept = store.execute("SELECT text FROM said ORDER BY id")
            self.assertEqual([int(text.split()[0]) for (text,) in kept], self.seen)


class FullDiskTests(FaultTestCase):
    def test_a_full_disk(self) -> None:
        disk = self.folder / "disk"
        disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
        if subprocess.run(mount, capture_output=True).returncode:
            self.skipTest("only root may mount a small disk")
        self.addCleanup(lambda: subprocess.run(["umount", "--lazy", disk], check=True))
        self.runs(disk)
        self.is_said()
        filling = disk / "filling"
        with self.assertRaises(OSError), filling.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        for _ in range(1000):  # the file may have something free yet
            if self.says():
                break
        for _ in range(3):
            self.is_refused("the disk is full")
        filling.unlink()
        for _ in range(3):
            self.is_said()
        self.bob_noticed_nothing()


class GoneTests(FaultTestCase):
    def test_a_folder_that_is_moved_away_and_put_back(self) -> None:
        folder = self.folder / "store"
        folder.mkdir()
        self.runs(folder)
        self.is_said()
        self.assertEqual((self.health("healthz"), self.health("readyz")), ("ok", "ok"))
        folder.rename(self.folder / "elsewhere")
        gone = "the file was moved, removed or replaced"
        deadline = time.monotonic() + PATIENCE
        while not self.says():  # it is noticed after some seconds
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
        self.is_refused(gone)
        for page in ("healthz", "readyz"):
            self.assertEqual(self.health(page), f"The server does not work: {gone}.")
        (self.folder / "elsewhere").rename(folder)
        self.is_said()
        self.bob_noticed_nothing()
        time.sleep(GOOD_FOR)
        self.assertEqual((self.health("healthz"), self.health("readyz")), ("ok", "ok"))

    def health(self, page: str) -> str:
        """What a page says of the server's health; without an error, its whole text."""
        url = f"http://127.0.0.1:{self.port}/{page}"
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
                return str(answer.read().decode().strip())
        except urllib.error.HTTPError as error:
            with error:
                self.assertEqual(error.code, 503)
                return str(json.load(error)["error"]["text"])


class LockTests(FaultTestCase):
    def test_a_file_that_another_process_has_locked(self) -> None:
        self.runs(self.folder)
        self.is_said()
        other = sqlite3.connect(self.store, isolation_level=None, check_same_thread=False)
        self.addCleanup(other.close)
        other.execute("BEGIN EXCLUSIVE")
        for _ in range(2):
            self.is_refused("another process has locked the file")
        other.execute("ROLLBACK")
        reason = "not tried"
        for _ in range(10):  # a short lock is waited for, which on a busy machine may become long
            if not reason:
                break
            other.execute("BEGIN EXCLUSIVE")
            release = threading.Timer(0.5, other.execute, ["ROLLBACK"])
            release.start()
            reason = self.says()
            release.join()
        self.assertEqual(reason, "")
        self.bob_noticed_nothing()


class DiskErrorTests(FaultTestCase):
    def test_a_disk_that_cannot_write(self) -> None:
        compiler = shutil.which("cc")
        if compiler is None:
            self.skipTest("there is no C compiler")
        source, library, broken = (self.folder / name for name in ("sync.c", "sync.so", "broken"))
        source.write_text(FSYNC)
        subprocess.run(
            [compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"],
            check=True,
            capture_output=True,
        )
        self.runs(self.folder, LD_PRELOAD=str(library), BROKEN=str(broken))
        self.is_said()
        broken.touch()
        for _ in range(3):
            self.is_refused("the disk has an error")
        broken.unlink()
        for _ in range(3):
            self.is_said()
        self.bob_noticed_nothing()
