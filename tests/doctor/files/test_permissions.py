"""Files that too many may read or write, or that belong to somebody else."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from chatsvc.doctor.files import permissions
from chatsvc.doctor.finding import Level
from chatsvc.doctor.server import Server
from tests.doctor.examining import FAULT, OK, WARNING, DoctorTestCase


class PermissionTests(DoctorTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.keeps_something()
        self.certificate = self.folder / "chat.pem"
        self.log = self.folder / "chatsvc.log"
        self.settings = self.folder / "chatsvc.toml"
        for path, mode in ((self.certificate, 0o600), (self.log, 0o640), (self.settings, 0o644)):
            path.touch()
            path.chmod(mode)
        files = {"the log": self.log, "the settings": self.settings}
        self.server = Server(store=self.store, certificate=self.certificate, files=files)

    def finds_wrong(self, level: Level, words: str, mend: str) -> None:
        found = self.finds(permissions.check, self.server, level, words)
        self.assertEqual(found.mend, mend)

    def test_as_it_should_be(self) -> None:
        self.finds(permissions.check, self.server, OK, "only the right users")

    def test_a_store_that_others_may_read(self) -> None:
        for mode, who in ((0o604, "others than its owner"), (0o640, "its group")):
            self.store.chmod(mode)
            words = f"the store, can be read by {who} (mode {mode:o})"
            self.finds_wrong(FAULT, words, f"chmod 600 {self.store}")

    def test_a_key_that_others_may_read(self) -> None:
        for mode, level in ((0o644, FAULT), (0o640, WARNING)):
            self.certificate.chmod(mode)
            words = f"{self.certificate}, the certificate's key, can be read by"
            self.finds_wrong(level, words, f"chmod 600 {self.certificate}")

    def test_a_key_in_a_folder(self) -> None:
        folder = self.folder / "live"
        folder.mkdir()
        (folder / "cert.pem").write_text("-----BEGIN CERTIFICATE-----")
        key = folder / "privkey.pem"
        key.write_text("-----BEGIN PRIVATE KEY-----")
        key.chmod(0o644)
        self.server = Server(certificate=folder)
        self.finds_wrong(FAULT, f"{key}, the key privkey.pem", f"chmod 600 {key}")

    def test_a_log_that_everybody_may_read(self) -> None:
        self.log.chmod(0o644)
        self.finds_wrong(WARNING, "has names and addresses", f"chmod 640 {self.log}")

    def test_settings_that_everybody_may_write(self) -> None:
        self.settings.chmod(0o666)
        self.finds_wrong(FAULT, "everybody can write to", f"chmod o-w {self.settings}")

    def test_keys_of_rooms_that_everybody_may_read(self) -> None:
        self.settings.write_text('[rooms."#ops"]\nkey = "sesame"\n')
        found = self.finds(permissions.check, self.server, WARNING, "which has keys of rooms")
        self.assertIn(f"chmod 640 {self.settings}", found.mend)
        self.settings.chmod(0o640)
        self.finds(permissions.check, self.server, OK, "only the right users")

    def test_an_admin_socket_for_others(self) -> None:
        path = self.folder / "admin.sock"
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(path))
        path.chmod(0o660)
        self.server = Server(files={"the admin socket": path})
        self.finds_wrong(FAULT, "others than its owner can command", f"chmod 600 {path}")

    def test_a_folder_where_everybody_may_replace_files(self) -> None:
        self.folder.chmod(0o777)
        self.finds_wrong(FAULT, "everybody can replace the files in", f"chmod o-w {self.folder}")
        self.folder.chmod(0o1777)
        self.finds(permissions.check, self.server, OK, "only the right users")

    def gives(self, path: Path) -> None:
        if os.geteuid() != 0:
            raise self.skipTest("only root may give files away")
        os.chown(path, 54321, 54321)

    def test_a_log_of_root_beside_somebodys_store(self) -> None:
        wal = Path(f"{self.store}-wal")
        wal.touch(0o600)
        self.gives(self.store)
        self.gives(Path(f"{self.store}-lock"))
        self.gives(self.folder)
        words = f"{wal} belongs to root, and the store to 54321"
        self.finds_wrong(FAULT, words, f"chown 54321: {wal}")

    def test_a_folder_that_the_stores_owner_may_not_write_to(self) -> None:
        self.gives(self.store)
        self.gives(Path(f"{self.store}-lock"))
        self.folder.chmod(0o755)
        words = f"54321 cannot write to {self.folder}"
        self.finds_wrong(FAULT, words, f"chown 54321: {self.folder}")

    def test_a_store_that_is_not_the_running_servers(self) -> None:
        if os.geteuid() != 0:
            raise self.skipTest("only root may be somebody else")
        self.gives(self.store)
        locking = (
            "import fcntl, os, sys, time; lock = os.open(sys.argv[1], os.O_RDWR);"
            "fcntl.flock(lock, fcntl.LOCK_EX); os.setuid(12345); print(flush=True); time.sleep(999)"
        )
        process = self.starts(sys.executable, "-c", locking, f"{self.store}-lock")
        assert process.stdout is not None
        process.stdout.readline()
        self.assertEqual(self.server.process, process.pid)
        found = [each.what for each in permissions.check(self.server)]
        words = f"{self.store} belongs to 54321, and the server runs as 12345."
        self.assertIn(words, found)
