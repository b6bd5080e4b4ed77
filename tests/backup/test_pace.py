"""A store is read with pauses."""

from __future__ import annotations

from contextlib import closing

from chatsvc.backup import check, pace
from chatsvc.doctor.files.reading import reading
from chatsvc.stores.sqlite.connection import connect
from tests.stores.files import FileTestCase, said


class PaceTests(FileTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.pauses: list[float] = []
        self.patch(pace, "sleep", self.pauses.append)
        file = self.opens()
        file.append([said(number) for number in range(1, 2001)])
        file.close()

    def test_pauses_come_again_and_again(self) -> None:
        self.patch(pace, "STEPS", 100)
        with closing(connect(str(self.path))) as db:
            db.execute("PRAGMA quick_check").fetchall()
            self.assertEqual(self.pauses, [])
            pace.go_gently(db)
            self.assertEqual(db.execute("PRAGMA quick_check").fetchall(), [("ok",)])
        self.assertGreater(len(self.pauses), 100)
        self.assertEqual(set(self.pauses), {pace.PAUSE})

    def test_backups_and_the_doctor_make_them(self) -> None:
        check.checked(self.path)
        self.assertTrue(self.pauses)
        self.pauses.clear()
        with reading(self.path) as db:
            db.execute("PRAGMA quick_check").fetchall()
        self.assertTrue(self.pauses)
