"""The administrators' socket: who may use it, and what a killed server leaves behind."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import stat
import unittest
from pathlib import Path

from chatsvc.admin.place import LONGEST, short
from chatsvc.admin.server.port import check
from tests.admin.processes import AdminProcessTestCase
from tests.processes import FIRST, NOBODY, TWISTD, FolderTestCase, can_run_this, free_port


class PortTests(AdminProcessTestCase):
    def test_it_is_beside_the_store_and_for_its_owner_whatever_the_umask(self) -> None:
        before = os.umask(0)
        try:
            self.opens("--store=sqlite:chat.sqlite")
        finally:
            os.umask(before)
        path = self.folder / "chat.admin"
        self.assertEqual(stat.filemode(path.stat().st_mode), "srw-------")
        self.works("--socket", path)

    def test_a_path_of_its_own(self) -> None:
        path = self.folder / "x" / "a socket:1"
        path.parent.mkdir()
        self.opens(f"--admin={path}", "--store=memory:")
        self.works("--socket", path)

    def test_none_if_nothing_is_kept_or_if_it_is_off(self) -> None:
        self.opens("--store=memory:")
        self.assertEqual(list(self.folder.iterdir()), [])
        self.port = free_port()
        self.opens("--admin=off")
        self.assertFalse((self.folder / "chatsvc.admin").exists())

    def test_whoever_keeps_the_folder_locked_does_not_keep_the_server_from_starting(self) -> None:
        folder = os.open(self.folder, os.O_RDONLY)  # [Any user who can read it may do so.]
        self.addCleanup(os.close, folder)
        fcntl.flock(folder, fcntl.LOCK_EX)
        self.opens()
        self.works("--socket", self.folder / "chatsvc.admin")

    def test_a_long_path(self) -> None:
        folder = self.folder / ("long" * 30) / ("longer" * 20)
        folder.mkdir(parents=True)
        server = self.serves("--port", self.port, f"--store=sqlite:{folder}/chatsvc.sqlite")
        self.calls(self.port).sees(FIRST)
        path = folder / "chatsvc.admin"
        self.assertEqual(stat.filemode(path.stat().st_mode), "srw-------")
        self.works("--socket", path)
        server.terminate()
        self.ends(server)
        self.assertFalse(path.exists())

    def test_a_killed_server_leaves_it_to_the_next(self) -> None:
        server = self.opens()
        server.kill()
        self.ends(server)
        path = self.folder / "chatsvc.admin"
        self.assertTrue(path.is_socket())
        status, _, err = self.admin("status")
        self.assertEqual(status, 3)
        self.assertIn(f"nobody listens at {path}: the server was killed.", err)
        self.port = free_port()
        self.opens()
        self.works()

    def test_a_server_that_stops_deletes_it(self) -> None:
        server = self.serves("--port", self.port)
        self.calls(self.port).sees(FIRST)
        server.terminate()
        self.ends(server)
        self.assertFalse((self.folder / "chatsvc.admin").exists())
        status, _, err = self.admin("status")
        self.assertEqual(status, 3)
        self.assertIn("no server's socket is at", err)

    def test_that_of_a_running_server_is_not_taken(self) -> None:
        self.opens("--store=sqlite:chat.one")
        path = self.folder / "chat.admin"
        asked = self.serves("--port", free_port(), f"--admin={path}", "--store=memory:")
        status, _, err = self.ends(asked)
        self.assertEqual(status, 1)
        self.assertEqual(
            err,
            f"chatsvc: --admin: cannot listen at {path}: another server listens there. Take another"
            " path, or off.\n",
        )
        # One that has not asked for it serves its people, and says what is missing.
        log = self.folder / "log"
        port = free_port()
        self.forks(
            *(TWISTD, "-n", "--pidfile=", "--logfile", log),
            *("chatsvc", "--port", port, "--store=sqlite:chat.two"),
        )
        self.calls(port).sees(FIRST)
        self.assertIn(f"no socket at {path}: another server listens there.", log.read_text())
        self.works("--socket", path)

    @unittest.skipUnless(os.geteuid() == 0, "only root can start a server as another user")
    def test_that_of_a_server_which_root_has_started_as_another_user(self) -> None:
        if not can_run_this():
            self.skipTest("the interpreter, or the code, is where nobody else may read")
        self.folder.chmod(0o777)
        before = os.umask(0)
        try:
            uid = ("--uid", str(NOBODY), "--gid", str(NOBODY))
            server = self.forks(
                *(TWISTD, "-n", "--pidfile=", *uid),
                *("chatsvc", "--port", self.port),
            )
        finally:
            os.umask(before)
        self.calls(self.port).sees(FIRST)
        found = (self.folder / "chatsvc.admin").stat()
        self.assertEqual(stat.filemode(found.st_mode), "srw-------")
        self.assertEqual((found.st_uid, found.st_gid), (NOBODY, NOBODY))
        self.works()
        server.terminate()
        self.ends(server)
        self.assertFalse((self.folder / "chatsvc.admin").exists())


class CheckTests(FolderTestCase):
    def test_only_sockets_that_nobody_listens_on_are_replaced(self) -> None:
        path = self.folder / "socket"
        check(path)
        with socket.socket(socket.AF_UNIX) as listener, short(path) as name:
            listener.bind(name)
            listener.listen(0)
            self.assertRaisesRegex(OSError, "another server listens there", check, path)
            with socket.socket(socket.AF_UNIX) as waiting:
                with contextlib.suppress(BlockingIOError):
                    waiting.setblocking(False)
                    waiting.connect(name)  # the queue of a server that hangs is full
                self.assertRaisesRegex(OSError, "another server listens there", check, path)
        check(path)
        path.unlink()
        path.write_text("data")
        self.assertRaisesRegex(OSError, "another file is there", check, path)
        self.assertEqual(path.read_text(), "data")
        path.unlink()
        path.symlink_to(self.folder / "elsewhere")
        self.assertRaisesRegex(OSError, "another file is there", check, path)
        self.assertRaisesRegex(OSError, "No such file", check, self.folder / "no" / "socket")

    def test_another_name_of_a_long_path(self) -> None:
        path = self.folder / ("x" * 100) / ("y" * 90)
        path.parent.mkdir()
        with short(path) as name:
            self.assertLessEqual(len(name), LONGEST)
            Path(name).write_text("data")
        self.assertEqual(path.read_text(), "data")
        with short(Path("/x")) as name:
            self.assertEqual(name, "/x")
