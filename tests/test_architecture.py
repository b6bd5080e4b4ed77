"""Who may import what: the layers of the server, read from its source."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from collections import Counter
from collections.abc import Container, Iterator
from functools import cache
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

import chatsvc

PACKAGE = Path(chatsvc.__file__).parent
PLUGIN = PACKAGE.parent / "twisted" / "plugins" / "chatsvc_plugin.py"

# What each part may import of the others. Nothing climbs: tap, service, doors, dialects,
# command(s), chat, store; and service, stores, store.
GROUND = {"clock", "errors", "events", "histogram", "journal", "store", "text", "throttle"}
LAYERS: dict[str, set[str]] = {
    "__init__": set(),
    "clock": set(),
    "errors": set(),
    "throttle": set(),
    "journal": set(),
    "line_receiver": set(),
    "histogram": set(),
    "store": {"histogram"},
    "text": {"errors"},
    "events": set(),
    "exchange": {"chat", "stores"} | GROUND,
    "chat": GROUND,
    "command": {"commands", "chat"} | GROUND,
    "commands": {"command", "chat", "dialects"} | GROUND,
    "bugs": set(),
    "passwords": {"errors"},
    "dialects": {"command", "chat"} | GROUND,
    "door": {"chat", "command", "bugs"} | GROUND,
    "doors": {"__version__", "chat", "command", "dialects", "door", "line_receiver", "bugs"}
    | {"passwords"}
    | GROUND,
    "stores": {"store", "text"},
    "backup": {"store", "stores"},
    "doctor": {"backup", "service", "settings", "store", "stores", "text", "tls"},
    "tls": set(),
    "settings": {"chat", "doors"} | GROUND,
    "service": {"__version__", "chat", "doors", "bugs", "settings", "stores", "tls"} | GROUND,
    "admin": {"__version__", "backup", "chat", "command", "commands", "doctor", "line_receiver"}
    | {"bugs", "exchange", "metrics", "service", "settings"}
    | GROUND,
    "metrics": {"__version__", "chat", "door", "doors", "bugs"} | GROUND,
    "server": set(),
    "tap": {"admin", "chat", "door", "doors", "bugs", "metrics", "passwords", "service", "settings"}
    | GROUND,
    "terminal": {"text"},
    "client": {"__version__", "command", "line_receiver", "terminal"} | GROUND,
}
# The subjects of the chat: each may import those before it, for types as well; and the limits.
TOWER = (
    "logs", "flow", "delivery", "keeping", "accounts", "people", "presence", "rooms", "direct",
    "history", "moderation", "identity", "programs", "administration",
)  # fmt: skip
LONGEST = 400  # lines of a file
MOST_FILES = 10  # of a folder
KERNEL = ("logs", "flow", "delivery")
MOST_LINES = 1000  # of one of those
# What the chat may use of the standard library: nothing that reaches the world outside.
PURE = sys.stdlib_module_names - {
    "asyncio", "ctypes", "fcntl", "http", "io", "logging", "mmap", "multiprocessing", "os",
    "pathlib", "random", "resource", "select", "selectors", "shelve", "shutil", "signal", "socket",
    "socketserver", "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "urllib",
}  # fmt: skip


@cache
def sources(part: str = "") -> dict[str, str]:
    """The source of each module of a part of the package, by its path in it."""
    return {
        str(path.relative_to(PACKAGE)): path.read_text("utf-8")
        for path in sorted((PACKAGE / part).rglob("*.py"))
    }


@cache
def modules(part: str = "") -> dict[str, ast.Module]:
    """The modules of a part of the package, by their paths in it."""
    return {path: ast.parse(source) for path, source in sources(part).items()}


@cache
def imported(tree: ast.AST) -> list[str]:
    """The full name of everything that is imported, wherever that stands."""
    return list(_imported(tree))


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide what they climb over"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def file_of(name: list[str], files: Container[str]) -> str | None:
    """The file in which something stands that is imported; None if it stands in no other."""
    for path in ("/".join(name), "/".join(name[:-1])):
        for file in (f"{path}.py", f"{path}/__init__.py"):
            if file in files:
                return file
    return None


def loaded_by(module: str) -> list[str]:
    """All modules that a fresh interpreter has loaded once it has imported this one."""
    program = f"import sys, {module}; print(*sys.modules)"
    return subprocess.check_output([sys.executable, "-c", program], text=True).split()


class ArchitectureTests(SynchronousTestCase):
    def test_no_import_climbs(self) -> None:
        for path, tree in modules().items():
            part = Path(path).parts[0].removesuffix(".py")
            for name in imported(tree):
                package, _, inside = name.partition(".")
                if package == "chatsvc":
                    allowed = {part} | LAYERS[part]
                    self.assertIn(inside.partition(".")[0], allowed, f"{path} imports {name}")

    def test_each_subject_of_the_chat_knows_only_those_below_it(self) -> None:
        for path, tree in modules("chat").items():
            _, subject, *_ = Path(path).parts
            if subject not in TOWER:
                continue
            below = ("limits", *TOWER[: TOWER.index(subject) + 1])
            for name in imported(tree):
                if name.startswith("chatsvc.chat."):
                    self.assertIn(name.split(".")[2], below, f"{path} imports {name}")

    def test_no_file_imports_one_that_imports_it(self) -> None:
        found = modules()
        files: dict[str, set[str]] = {}
        for path, tree in found.items():
            names = [name.split(".")[1:] for name in imported(tree) if name.startswith("chatsvc.")]
            files[path] = {file for name in names if (file := file_of(name, found)) is not None}
        graphlib.TopologicalSorter(files).prepare()  # raises CycleError, with the circle

    def test_no_file_is_too_long(self) -> None:
        lines = {path: len(source.splitlines()) for path, source in sources().items()}
        self.assertEqual({path for path, number in lines.items() if number > LONGEST}, set())

    def test_each_folder_of_the_chat_has_its_place_among_the_subjects(self) -> None:
        folders = {Path(path).parts[1] for path in sources("chat") if len(Path(path).parts) > 2}
        self.assertEqual(folders, set(TOWER))

    def test_no_folder_has_too_many_files(self) -> None:
        files = [Path(path) for path in sources() if not path.endswith("__init__.py")]
        for folder, number in Counter(path.parent for path in files).items():
            self.assertLessEqual(number, MOST_FILES, folder)

    def test_each_part_of_the_kernel_can_be_read_in_one_sitting(self) -> None:
        for part in KERNEL:
            lines = sum(len(source.splitlines()) for source in sources(f"chat/{part}").values())
            self.assertLess(lines, MOST_LINES, part)

    def test_the_chat_knows_nothing_of_the_world_outside(self) -> None:
        for path, tree in modules("chat").items():
            packages = {name.partition(".")[0] for name in imported(tree)}
            self.assertLessEqual(packages, PURE | {"chatsvc"}, path)

    def test_the_plugin_imports_nothing_of_the_service(self) -> None:
        plugin = ast.parse(PLUGIN.read_text("utf-8"))
        wanted = ["gc", "typing.Any", "twisted.application.service.ServiceMaker"]
        self.assertEqual(imported(plugin), wanted)

    def test_the_reactor_is_imported_only_inside_functions_that_start_something(self) -> None:
        reactor = "twisted.internet.reactor"
        starting = (
            *("admin/server/port.py", "service/loading.py", "service/ports.py"),
            *("service/service.py", "tap.py"),
        )
        for path, tree in modules().items():
            functions = ast.walk(tree) if path in starting else ()
            allowed = sum(
                imported(each).count(reactor)
                for each in functions
                if isinstance(each, ast.FunctionDef)
            )
            self.assertEqual(imported(tree).count(reactor), allowed, path)

    def test_loading_the_service_installs_no_reactor(self) -> None:
        loaded = loaded_by("chatsvc.tap")
        self.assertIn("chatsvc.doors.line", loaded)
        self.assertNotIn("twisted.internet.reactor", loaded)

    def test_every_module_says_in_its_first_line_what_it_is_for(self) -> None:
        for path, tree in modules().items():
            first = (ast.get_docstring(tree) or "").partition("\n")[0]
            self.assertTrue(first.endswith("."), f"{path}: {first!r}")
