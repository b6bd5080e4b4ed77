"""What aliases stand for."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client.settings.aliases import LONGEST_LINE, expanded


class AliasTests(SynchronousTestCase):
    def test_words_are_put_in(self) -> None:
        for alias, typed, meant in (
            ("/join #$1", "/j ops", "/join #ops"),
            ("/join #$1", "/j", "/join #"),
            ("/dm $2 $1: $*", "/x a b c", "/dm b a: a b c"),
            ("/me pays $$$1", "/x 5", "/me pays $5"),
            ("/me pays $$5", "/x now", "/me pays $5 now"),
            ("shrugs", "/shrug", "shrugs"),
            ("/me", "/x  waves  twice ", "/me waves  twice"),
            ("$*", "/x $1 two", "$1 two"),
            ("$*", "/x one\ntwo", "one\ntwo"),
        ):
            self.assertEqual(expanded(typed, alias), meant, (alias, typed))

    def test_what_would_be_too_long_is_nothing(self) -> None:
        self.assertEqual(expanded(f"/x {'a' * LONGEST_LINE}", "$*$*"), "")
