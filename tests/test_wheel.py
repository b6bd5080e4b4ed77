"""The built packages: the wheel that is made of the other serves where there is no repository."""

from __future__ import annotations

import shutil
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

from chatsvc import __version__
from chatsvc.doors.web.files import TYPES
from tests.patience import only_long
from tests.processes import FIRST, ProcessTestCase, free_port

ROOT = Path(__file__).parent.parent
PARTS = ["pyproject.toml", "setup.cfg", "README.md", "LICENSE", "chatsvc", "contrib", "twisted"]
SHARED = {
    f"{folder}/{name}"
    for program, section in (("chatsvc", 1), ("chatsvc-admin", 1), ("chatsvc-server", 8))
    for folder, name in (
        ("bash-completion/completions", f"{program}.bash"),
        ("fish/vendor_completions.d", f"{program}.fish"),
        (f"man/man{section}", f"{program}.{section}"),
        ("zsh/site-functions", f"_{program}"),
    )
}
TWISTD = "from twisted.scripts.twistd import run; run()"


@only_long
class WheelTests(ProcessTestCase):
    def test_the_wheel_serves(self) -> None:
        wheel = self.builds()
        with zipfile.ZipFile(wheel) as archive:
            names = set(archive.namelist())
        kinds = (".py", ".sql", *TYPES)
        paths = [path for path in (ROOT / "chatsvc").rglob("*") if path.suffix in kinds]
        sources = {str(path.relative_to(ROOT)) for path in paths}
        packed = {name for name in names if name.endswith(kinds)}
        self.assertEqual(packed, sources | {"twisted/plugins/chatsvc_plugin.py"})
        shared = {name.partition(".data/data/share/")[2] for name in names} - {""}
        self.assertEqual(shared, SHARED)

        python = self.installs(wheel)
        origin = self.runs(python, "-I", "-c", "import chatsvc; print(chatsvc.__file__)")
        self.assertTrue(Path(origin.strip()).is_relative_to(self.folder), origin)
        port = free_port()
        self.starts(
            python, "-I", "-c", TWISTD, "-n", "--pidfile=", "chatsvc", "--interface=127.0.0.1",
            f"--port={port}",
        )  # fmt: skip
        ann = self.calls(port)
        ann.types('/bc "hi"', "/quit")
        self.assertTrue(ann.sees_the_end().endswith("\nclient1: hi\n"))

        for program in ("chatsvc", "chatsvc-admin", "chatsvc-server"):
            version = self.runs(python.with_name(program), "--version")
            self.assertEqual(version.split()[-1], __version__)
        about = self.runs(python.with_name("chatsvc-server"), "--help")
        self.assertEqual(about.splitlines()[0], "Usage: chatsvc-server [options]")
        port = free_port()
        self.starts(
            python.with_name("chatsvc-server"), "--interface=127.0.0.1", f"--port={port}",
            "--store=memory:",
        )  # fmt: skip
        self.calls(port).sees(FIRST)

    def builds(self) -> Path:
        source = self.folder / "source"  # a copy, as the build writes into it
        source.mkdir()
        for name in PARTS:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
            copy(ROOT / name, source / name)
        self.runs(sys.executable, "-m", "build", "--no-isolation", source)
        [wheel] = source.glob("dist/*.whl")
        return wheel

    def installs(self, wheel: Path) -> Path:
        """Install it into a new environment; the Python of that."""
        home = self.folder / "home"
        venv.create(home, symlinks=True)
        python = home / "bin" / "python"
        install = ["install", "--quiet", "--no-index", "--no-deps", "--disable-pip-version-check"]
        self.runs(sys.executable, "-m", "pip", "--python", python, *install, wheel)
        # What it depends on is found where this test has it, behind its own; what that place
        # itself refers to, such as this repository, is not.
        paths = sysconfig.get_paths(vars={"base": str(home), "platbase": str(home)})
        (Path(paths["purelib"]) / "more.pth").write_text(sysconfig.get_path("purelib"))
        return python

    def runs(self, *command: object) -> str:
        """What a program prints that should succeed."""
        status, out, err = self.ends(self.starts(*command))
        self.assertEqual(status, 0, out + err)
        return out
