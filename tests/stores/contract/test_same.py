"""Every store finds the same."""

from __future__ import annotations

import random
import tempfile
from itertools import count
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.stores.memory import MemoryStore
from chatsvc.stores.sqlite import upkeep
from chatsvc.stores.sqlite.store import SqliteStore
from chatsvc.text.words import words as words_of
from tests.stores.keeper import Keeper, Turns

# Whatever people may say, and more of what stands together, or is another form of something.
TEXTS = st.text(
    st.sampled_from("ab1AééßﬁİıΣς +#_'　‍️")
    | st.sampled_from("東京かが゙ｶﾞ학학ㅠกำิ่हि्")
    | st.sampled_from("😀👍🏽🇩€½²ﷺ")
    | st.characters(exclude_categories=["Cs"]),
    max_size=20,
)


class SameTests(SynchronousTestCase):
    """Every store finds the same."""

    def opens(self) -> list[Keeper]:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.patch(upkeep, "INDEX_AFTER", 0.0)
        turns = Turns()
        path = str(Path(folder.name) / "chat.sqlite")
        keepers = [
            Keeper(MemoryStore(10_000, 2**30, turns.soon), turns),
            Keeper(SqliteStore(path, turns.from_thread), turns),
        ]
        for keeper in keepers:
            keeper.opens()
            self.addCleanup(keeper.closes)
        return keepers

    def test_same_is_found(self) -> None:
        keepers = self.opens()
        random.seed(1)
        letters = "ab\u00e9\u00d8 \u03a3-_'1 "
        texts = ["".join(random.choices(letters, k=random.randint(1, 12))) for _ in range(300)]
        for keeper in keepers:
            keeper.says("lobby", *texts)
            keeper.says("end", "marker")
            keeper.waits_for("marker", "end")
        for _ in range(300):
            words = "".join(random.choices(letters + "*", k=random.randint(1, 5)))
            one, other = (keeper.finds(words, "lobby", most=1000) for keeper in keepers)
            self.assertEqual(one, other, words)

    def test_what_is_within_a_text_is_found_by_all(self) -> None:
        keepers = self.opens()
        numbers = count()

        @settings(max_examples=150, deadline=None, database=None)
        @given(TEXTS, st.data())
        def whatever_is_said(text: str, data: st.DataObject) -> None:
            room, marker = f"room {next(numbers)}", f"marker{next(numbers)}"
            start = data.draw(st.integers(0, len(text)))
            end = data.draw(st.integers(start, len(text)))
            part = text[start:end]
            found = []
            for keeper in keepers:
                keeper.says(room, text)
                keeper.says("end", marker)
                keeper.waits_for(marker, "end")
                found.append(keeper.finds(part, room))
                self.assertEqual(keeper.finds(text, room), [text] if words_of(text) else [])
            self.assertEqual(found[0], found[1])
            if words_of(text[:start]) + words_of(part) + words_of(text[end:]) == words_of(text):
                self.assertEqual(found[0], [text] if words_of(part) else [], part)

        whatever_is_said()
