"""Backups by root in the folder of a user who would lead root elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

from chatsvc.backup.acting import acting_for
from chatsvc.backup.backup import back_up
from chatsvc.backup.restore import restore
from chatsvc.store import StoreError
from tests.stores.files import FileTestCase, said

NOW = 1_790_000_000.0
USER = 12345  # of the server, who has been broken into


class ActingTests(FileTestCase):
    def setUp(self) -> None:
        super().setUp()
        if os.geteuid() != 0:
            raise self.skipTest("only root can act as somebody")
        self.mine = self.folder / "mine"  # root's
        self.mine.mkdir(mode=0o700)
        self.theirs = self.folder / "theirs"
        self.theirs.mkdir(mode=0o700)
        self.folder.chmod(0o755)
        self.path = self.theirs / "chat.sqlite"
        file = self.opens()
        file.append([said(1, "one")])
        file.close()
        self.gives_away()

    def gives_away(self) -> None:
        for each in (self.theirs, *self.theirs.iterdir()):
            os.lchown(each, USER, USER)

    def links(self, name: str, to: Path) -> Path:
        link = self.theirs / name
        link.symlink_to(to)
        self.gives_away()
        return link

    def test_as_whom(self) -> None:
        elsewhere = self.folder / "link"
        elsewhere.symlink_to(self.theirs)
        for path, user in (
            (self.mine, 0),
            (self.theirs, USER),
            (self.theirs / "new", USER),
            (elsewhere, USER),
            (self.links("out", self.mine), USER),
            (self.theirs / "out" / "new", USER),
        ):
            with acting_for(path):
                self.assertEqual((os.geteuid(), os.getegid(), os.getgroups()[0]), (user,) * 3, path)
                with acting_for(self.mine):
                    self.assertEqual(os.geteuid(), 0)
                self.assertEqual(os.geteuid(), user)
            self.assertEqual(os.geteuid(), 0)

    def test_a_folder_that_leads_elsewhere(self) -> None:
        folder = self.links("backups", self.mine)
        with self.assertRaises(StoreError) as raised:
            back_up(self.path, folder, NOW, {})
        self.assertIn("cannot write to", str(raised.exception))
        self.assertEqual(list(self.mine.iterdir()), [])

    def test_a_file_beside_that_is_not_theirs(self) -> None:
        secret = self.mine / "secret"
        secret.write_text("secret")
        motd = self.links("motd", secret)
        with self.assertRaises(StoreError) as raised:
            back_up(self.path, self.theirs / "backups", NOW, {"motd": motd})
        self.assertIn("cannot read", str(raised.exception))

    def test_roots_own_folder_keeps_roots_backups(self) -> None:
        made = back_up(self.path, self.mine, NOW, {}).path
        self.assertEqual(made.stat().st_uid, 0)
        restored = restore(made, self.path, NOW, {}, "admin:root")
        self.assertEqual(restored.contents.messages, 1)
        self.assertEqual(self.path.stat().st_uid, USER)

    def test_a_store_that_leads_elsewhere_is_not_replaced(self) -> None:
        made = back_up(self.path, self.mine, NOW, {}).path
        other = self.mine / "other.sqlite"
        other.write_bytes(made.read_bytes())
        self.path.unlink()
        self.links("chat.sqlite", other)
        with self.assertRaises(StoreError):
            restore(made, self.path, NOW, {}, "admin:root")
        self.assertEqual(sorted(each.name for each in self.mine.iterdir()), [made.name, other.name])
