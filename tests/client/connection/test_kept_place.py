"""Places that outlive the client are had by one client at a time."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client.connection.kept_place import MOST_KEPT, KeptPlace


class KeptPlaceTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory())) / "places"

    def place(self, *whose: str) -> KeptPlace:
        place = KeptPlace(self.folder, *(whose or ("localhost:5000", "ann")))
        self.addCleanup(place.close)
        return place

    def test_who_was_killed_goes_on(self) -> None:
        first = self.place()
        self.assertIsNone(first.seen)
        first.seen = 812
        first.keep()
        [file] = self.folder.iterdir()
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        first.close()
        second = self.place()
        self.assertEqual((second.token, second.seen), (first.token, 812))
        self.assertNotEqual(self.place("localhost:5000", "bob").token, first.token)

    def test_two_at_once_have_two_places(self) -> None:
        first = self.place()
        first.seen = 812
        first.keep()
        second = self.place()
        self.assertIsNone(second.seen)
        second.keep()
        second.end()
        first.close()
        self.assertEqual(self.place().token, first.token)

    def test_who_has_left_is_new(self) -> None:
        first = self.place()
        first.seen = 812
        first.keep()
        first.end()
        first.close()
        self.assertIsNone(self.place().seen)

    def test_what_cannot_be_read_is_no_place(self) -> None:
        for text in (
            "",
            "{",
            "[]",
            '{"token": "x"}',
            '{"token": "x", "seen": null}',
            "\xff" * 9000,
        ):
            place = self.place()
            assert place._file is not None
            os.pwrite(place._file, text.encode(), 0)
            os.ftruncate(place._file, len(text.encode()))
            place.close()
            again = self.place()
            self.assertIsNone(again.seen)
            self.assertEqual(len(again.token), 43)
            again.close()

    def test_few_are_kept(self) -> None:
        first = self.place("localhost:5000", "first")
        [used] = self.folder.iterdir()
        for number in range(MOST_KEPT + 10):
            self.place("localhost:5000", f"ann{number}").close()
        self.assertTrue(used.exists())  # somebody has it
        first.close()
        self.place("localhost:5000", "another").close()
        self.assertEqual(len(list(self.folder.iterdir())), MOST_KEPT)

    def test_without_a_folder(self) -> None:
        place = KeptPlace(None)
        place.seen = 1
        place.keep()
        place.end()
        blocked = Path(self.enterContext(tempfile.TemporaryDirectory()), "file")
        blocked.write_text("")
        KeptPlace(blocked, "localhost:5000").keep()
