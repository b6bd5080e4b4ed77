"""What is made of the command lines: man pages, and completion as shells do it."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import shlex
import shutil
import subprocess
import time
from pathlib import Path
from typing import ClassVar
from unittest import SkipTest

import chatsvc
from tests.patience import PATIENCE
from tests.processes import FolderTestCase

CONTRIB = Path(chatsvc.__file__).parents[1] / "contrib"
COMPLETION = shlex.quote(str(CONTRIB / "completion"))
PROGRAMS = ("chatsvc", "chatsvc-admin", "chatsvc-server")
# What is typed, with a Tab at the end, and what the last words are by then. In the folder are files
# a.pem and "b c.pem".
COMPLETED = [
    ("chatsvc --fing", ["--fingerprint"]),
    ("chatsvc --notices osc9", ["--notices", "osc9"]),
    ("chatsvc --colours of", ["--colours", "off"]),
    ("chatsvc --tls --pass", ["--tls", "--password-file"]),
    ("chatsvc --ca a.p", ["--ca", "a.pem"]),
    ("chatsvc --ca b", ["--ca", "b c.pem"]),
    ("chatsvc-admin stat", ["status"]),
    ("chatsvc-admin status --js", ["status", "--json"]),
    ("chatsvc-admin --socket a", ["--socket", "a.pem"]),
    ("chatsvc-admin room d", ["room", "delete"]),
    ("chatsvc-admin backup a", ["backup", "a.pem"]),
    ("chatsvc-admin export all --format=te", ["export", "all", "--format=text"]),
    ("chatsvc-admin export all --output b", ["export", "all", "--output", "b c.pem"]),
    ("chatsvc-server --max-p", ["--max-per-address"]),
    ("chatsvc-server --log-format js", ["--log-format", "json"]),
    ("chatsvc-server --port 5000 --certificate a", ["--port", "5000", "--certificate", "a.pem"]),
    ("chatsvc-server --public-archive of", ["--public-archive", "off"]),
]


def needs(program: str) -> None:
    if shutil.which(program) is None:
        raise SkipTest(f"needs {program}")
    if not CONTRIB.exists():
        raise SkipTest("needs the repository")


class Terminal:
    """A shell at a terminal."""

    def __init__(self, folder: Path, *command: str) -> None:
        self._pid, self._file = pty.fork()
        if not self._pid:
            os.chdir(folder)
            os.environ |= {"TERM": "dumb", "PS1": "> ", "INPUTRC": "/dev/null"}
            os.execvp(command[0], command)

    def types(self, text: str) -> None:
        """Type something."""
        os.write(self._file, text.encode())

    def sees(self, pattern: str) -> str:
        """Read up to what matches; the match."""
        seen, deadline = "", time.monotonic() + PATIENCE
        while (found := re.search(pattern, seen)) is None:
            readable, _, _ = select.select([self._file], [], [], deadline - time.monotonic())
            assert readable, f"{pattern}? There was only {seen!r}"
            seen += os.read(self._file, 4096).decode("utf-8", "replace")
        return found[0]

    def close(self) -> None:
        """End the shell."""
        with contextlib.suppress(OSError):
            os.write(self._file, b"\x03exit\n")
        os.close(self._file)
        os.waitpid(self._pid, 0)


class CompletionTests(FolderTestCase):
    def setUp(self) -> None:
        super().setUp()
        for name in ("a.pem", "b c.pem"):
            (self.folder / name).touch()

    def check(self, *command: str, begin: str) -> None:
        """Have a shell complete what is typed.

        begin: what makes it complete; the programs are functions that show their arguments.
        """
        needs(command[0])
        shell = Terminal(self.folder, *command)
        self.addCleanup(shell.close)
        for name in PROGRAMS:
            begin += f"; {name}() {{ printf '<%s>' \"$@\"; echo ' do''ne'; }}"
        shell.types(f"{begin}; echo rea''dy\n")
        shell.sees("ready")
        for typed, words in COMPLETED:
            shell.types(f"{typed}\t\n")
            shown = shell.sees(r"(<[^<>\r\n]*>)+ done")
            self.assertEqual(shown, "".join(f"<{word}>" for word in words) + " done", typed)

    def test_bash(self) -> None:
        sources = "; ".join(f"source {COMPLETION}/{name}.bash" for name in PROGRAMS)
        self.check("bash", "--norc", "--noprofile", "-i", begin=sources)

    def test_zsh(self) -> None:
        begin = f"PS1='> '; fpath=({COMPLETION} $fpath); autoload compinit; compinit -u -D"
        self.check("zsh", "-f", "-i", begin=begin)

    def test_fish(self) -> None:
        needs("fish")
        for typed, words in COMPLETED:
            program = typed.partition(" ")[0]
            script = f"source {COMPLETION}/{program}.fish; complete -C '{typed}'"
            printed = subprocess.run(
                ["fish", "--no-config", "-c", script],
                cwd=self.folder, env=os.environ | {"HOME": str(self.folder)}, text=True,
                capture_output=True, check=True,
            ).stdout  # fmt: skip
            first = printed.splitlines()[0].partition("\t")[0] if printed else ""
            self.assertEqual(first.replace("\\ ", " "), words[-1], typed)


class ManTests(FolderTestCase):
    pages: ClassVar[list[Path]] = sorted((CONTRIB / "man").glob("*"))

    def test_mandoc_has_nothing_to_say(self) -> None:
        needs("mandoc")
        for page in self.pages:
            self.says_nothing("mandoc", "-T", "lint", page)

    def test_groff_has_nothing_to_say(self) -> None:
        needs("groff")
        for page in self.pages:
            self.says_nothing("groff", "-man", "-ww", "-z", "-T", "utf8", page)

    def says_nothing(self, *command: str | Path) -> None:
        done = subprocess.run(command, text=True, capture_output=True)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))
