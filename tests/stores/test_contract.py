"""What every store does."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import normalize

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc import store as contract
from chatsvc.store import Conflict, Record, Store, StoreError, StoreState
from chatsvc.stores import memory
from chatsvc.stores.memory import MemoryStore
from chatsvc.stores.sqlite import file
from chatsvc.stores.sqlite.store import SqliteStore
from chatsvc.text.words import words as words_of
from tests.stores.keeper import Keeper, Turns

if TYPE_CHECKING:
    Case = SynchronousTestCase
else:
    Case = object

NEVER = float("inf")
# Whatever people may say, and more of what stands together, or is another form of something.
TEXTS = st.text(
    st.sampled_from("ab1AééßﬁİıΣς +#_'　‍️")
    | st.sampled_from("東京かが゙ｶﾞ학학ㅠกำิ่हि्")
    | st.sampled_from("😀👍🏽🇩€½²ﷺ")
    | st.characters(exclude_categories=["Cs"]),
    max_size=20,
)


class Contract(Case):
    """The tests; a store's own class says how to make one."""

    def makes(self) -> Store:
        """A store that holds nothing, or, when it lasts, what the last one held."""
        raise NotImplementedError

    def setUp(self) -> None:
        self.turns = Turns()
        self.keeper = self.opens()

    def opens(self) -> Keeper:
        keeper = Keeper(self.makes(), self.turns)
        keeper.opens()
        self.addCleanup(keeper.closes)
        return keeper

    # Reading

    def test_nothing(self) -> None:
        keeper = self.keeper
        store = keeper.store
        self.assertEqual(keeper.kept, StoreState(0, {}))
        self.assertEqual(keeper.gets(store.after("lobby", 0, 10)), [])
        self.assertEqual(keeper.gets(store.before("lobby", 10, 10)), [])
        self.assertIsNone(keeper.gets(store.find(1)))
        self.assertEqual(keeper.gets(store.position_at("lobby", NEVER)), 0)
        self.assertEqual(keeper.gets(store.search("hi", ["lobby"], most=10)), [])
        self.assertEqual(keeper.gets(store.forget(None, NEVER, 10)), 0)
        self.assertEqual(keeper.gets(store.records("")), {})

    def test_everything_comes_back_as_it_was_said(self) -> None:
        odd = 'it\'s "odd"; %s ? \\ \0 \U0001f469\u200d\U0001f680 e\u0301 --'
        said = self.keeper.says("caf\u00e9 #1", odd, "", speaker="o'Brien", at=1763848636.123456)
        self.assertEqual(self.keeper.gets(self.keeper.store.after("caf\u00e9 #1", 0, 10)), said)
        self.assertEqual(self.keeper.gets(self.keeper.store.find(said[0].id)), said[0])

    def test_append_nothing(self) -> None:
        self.keeper.gets(self.keeper.store.append([]))
        self.assertEqual(self.keeper.reads("lobby"), [])

    def test_what_was_appended_is_a_copy(self) -> None:
        said = self.keeper.makes("lobby", "a", "b")
        appending = self.keeper.begins(self.keeper.store.append(said))
        said.clear()
        self.keeper.result_of(appending)
        self.assertEqual(self.keeper.reads("lobby"), ["a", "b"])

    def test_after_and_before(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        said = []
        for number in range(10):
            said += keeper.says("lobby", f"{number}a", f"{number}b")
            keeper.says("other", "x")
        for position in (-1, 0, 1, 7, 19, 20, 21, 2**70):
            behind = [each for each in said if each.position > position]
            ahead = [each for each in said if each.position < position]
            for most in (0, 1, 3, 20, 5000):
                case = f"position {position}, most {most}"
                found = keeper.gets(store.after("lobby", position, most))
                self.assertEqual(found, behind[:most], case)
                found = keeper.gets(store.before("lobby", position, most))
                self.assertEqual(found, ahead[-most:] if most else [], case)
        self.assertEqual(keeper.gets(store.after("lobby", 0, -1)), [])
        self.assertEqual(keeper.gets(store.after("Lobby", 0, 10)), [])

    def test_much_at_once(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        said = keeper.says("lobby", *map(str, range(1234)))
        self.assertEqual(keeper.gets(store.after("lobby", 0, 10**9)), said[: contract.MOST_ROWS])
        self.assertEqual(keeper.gets(store.after("lobby", 34, 10**9)), said[34:1034])
        self.assertEqual(keeper.gets(store.after("lobby", 34, 1001)), said[34:1034])
        self.assertEqual(keeper.gets(store.before("lobby", 1200, 10**9)), said[199:1199])
        self.assertEqual(keeper.gets(store.before("lobby", 301, 10**9)), said[:300])
        self.assertEqual(keeper.gets(store.before("lobby", 300, 201)), said[98:299])

    def test_find(self) -> None:
        [first, second] = self.keeper.says("lobby", "a", "b")
        for entry_id, found in {0: None, 1: first, 2: second, 3: None, 2**70: None}.items():
            self.assertEqual(self.keeper.gets(self.keeper.store.find(entry_id)), found)

    def test_newest(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        said = keeper.says("lobby", *map(str, range(300))) + keeper.says("other", "x", "y")
        for below in (-1, 0, 1, 2, 250, 302, 303, 2**70):
            known = [each for each in said if each.id < below]
            for most in (0, 1, 201, 1000):
                found = keeper.gets(store.newest(below, most))
                self.assertEqual(found, known[-most:] if most else [], f"{below}, {most}")

    def test_a_nonce_is_kept(self) -> None:
        [plain, named] = self.keeper.makes("lobby", "a", "b")
        said = [plain, named._replace(nonce="n\u00f6nce")]
        self.keeper.gets(self.keeper.store.append(said))
        self.assertEqual(self.keeper.gets(self.keeper.store.after("lobby", 0, 10)), said)

    def test_position_of(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        self.assertEqual(keeper.gets(store.position_of("lobby", 7)), 0)
        said = []
        for number in range(20):
            keeper.says("other", *"x" * (number % 3))
            said += keeper.says("lobby", *"y" * (number % 4 + 1))
            keeper.kept.heads["lobby"] += number % 2  # [Somebody has joined.]
        for entry_id in (-1, *range(said[-1].id + 2), 2**70):
            position = max([each.position for each in said if each.id <= entry_id], default=0)
            self.assertEqual(keeper.gets(store.position_of("lobby", entry_id)), position, entry_id)

    def test_position_at(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        for at in (100.0, 100.0, 200.5):
            keeper.says("other", "x", "y", at=at)
            keeper.says("lobby", "x", at=at)
        cases = {0: 0, 100: 0, 100.1: 2, 200.5: 2, 200.75: 3, NEVER: 3, -NEVER: 0}
        for at, position in cases.items():
            self.assertEqual(keeper.gets(store.position_at("lobby", at)), position, at)

    def test_position_at_when_a_clock_was_put_right(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        for at in (*range(100, 200), *range(150, 160)):
            keeper.says("lobby", "x", at=float(at))
        for at, position in {
            100: 0,
            120: 20,
            150: 50,
            151: 101,
            155: 105,
            160: 110,
            300: 110,
        }.items():
            self.assertEqual(keeper.gets(store.position_at("lobby", at)), position, at)

    # Searching

    def says_much(self) -> None:
        keeper = self.keeper
        keeper.says("lobby", "Hello, World!", "the hello-world program", "helloworld")
        keeper.says("lobby", "Caf\u00e9 \u00dcBER \u039f\u0394\u039f\u03a3", "don't", speaker="Bob")
        keeper.says("dm:ann bob", "hello in private", "NEAR OR AND not text:", speaker="Zo\u00eb")
        keeper.says("end", "marker")
        keeper.waits_for("marker", "end")

    def test_search_for_words(self) -> None:
        self.says_much()
        hello, program, joined = "Hello, World!", "the hello-world program", "helloworld"
        greek = "Caf\u00e9 \u00dcBER \u039f\u0394\u039f\u03a3"
        cases = {
            "hello": [hello, program],
            "HELLO": [hello, program],
            "world  hello": [hello, program],
            "hello program": [program],
            "hello-world": [hello, program],
            "world-hello": [],
            "hell": [],
            "hell*": [hello, program, joined],
            "hello-wor*": [hello, program],
            "hel* prog*": [program],
            "\u00fc*": [greek],
            "cafe uber": [greek],
            "cafe\u0301 \u00dcber": [greek],
            "\u03bf\u03b4\u03bf\u03c3": [greek],
            "don't": ["don't"],
            "dont": [],
        }
        for words, found in cases.items():
            self.assertEqual(self.keeper.finds(words, "lobby"), found, words)

    def test_nothing_else_in_the_words_has_a_meaning(self) -> None:
        self.says_much()
        hello, program = "Hello, World!", "the hello-world program"
        same_as_hello = ['"hello"', "hello !!!", "(hello)", "-hello", "'hello"]
        same_as_hello += ["hello:", "hello;--", "{hello}", "* hello", "hello\0", "** hello"]
        same_as_hello += ['"" hello', 'hello"']
        for words in same_as_hello:
            self.assertEqual(self.keeper.finds(words, "lobby"), [hello, program], words)
        nothing = ["", " ", "*", "!!!", '"', "hello OR program", "NEAR(hello world)", "text:hello"]
        nothing += ["hello NOT world", "room:lobby", "hello AND world", 'text : "hello"', "\0"]
        for words in nothing:
            self.assertEqual(self.keeper.finds(words, "lobby"), [], words)
        odd = "NEAR OR AND not text:"
        self.assertEqual(self.keeper.finds("near or and not", "dm:ann bob"), [odd])

    def test_in_any_script(self) -> None:
        cases = [
            # Case, accents, width and ligatures do not count.
            ("ΒΟΡΡΆΣ άνεμος", "βορρας", True),
            ("Hauptstraße", "HAUPTSTRASSE", True),
            ("Hauptstrasse", "hauptstraße", True),
            ("ﬁne words", "fine", True),
            ("café", "cafe\u0301", True),
            ("cafe", "café", True),
            ("ИЖЕВСК", "ижевск", True),
            ("йод ёлка", "иод елка", True),
            ("İstanbul ışık", "istanbul isik", True),
            ("Łódź Ærø", "lodz aero", True),
            ("ＡＢＣ ｱｶﾞ", "abc アガ", True),
            ("m²", "m2", True),
            ("שָׁלוֹם", "שלום", True),
            ("مُحَمَّد", "محمد", True),
            ("soft\u00adhyphen", "softhyphen", True),
            # Scripts without blanks are found wherever it is.
            ("東京タワーへ行きました", "京", True),
            ("東京タワーへ行きました", "タワーへ", True),
            ("東京タワーへ行きました", "行き 東京", True),
            ("東京タワーへ行きました", "京東", False),
            (normalize("NFD", "がき"), "がき", True),
            ("がき", "か", False),
            ("iPhoneを買う", "iphone", True),
            ("我愛你。你呢？", "你呢", True),
            ("학교에서", "학교", True),
            (normalize("NFD", "학교에서"), "학교", True),
            ("학교에서", "하", False),
            ("슬퍼ㅠㅠ", "슬퍼 ㅠ", True),
            ("กำลังเรียน", "เรียน", True),
            ("ສະບາຍດີ", "ດີ", True),
            ("អរគុណ", "គុណ", True),
            ("မင်္ဂလာပါ", "ဂလာ", True),
            # Elsewhere only whole words are; marks that make another letter count.
            ("हिन्दी में", "हिन्दी", True),
            ("हिन्दी में", "हिन", False),
            ("हिन्दी में", "हि*", True),
            ("москва", "моск", False),
            # Symbols are found, and make a difference.
            ("party 😀 tonight", "😀", True),
            ("party tonight", "party 😀", False),
            ("party😀😀", "😀", True),
            ("👩\u200d🚀 up", "👩\u200d🚀", True),
            ("👩\u200d🚀 up", "🚀", True),
            ("❤\ufe0f", "❤", True),
            ("❤", "❤\ufe0f", True),
            ("👍🏽", "👍", True),
            ("👍", "👍🏽", False),
            ("🇩🇪", "🇩🇪", True),
            ("c++, or c#.", "c++", True),
            ("c++, or c#.", "C#", True),
            ("c++, or c#.", "c", True),
            ("c, or d", "c++", False),
            ("see #12!", "#12", True),
            ("see #123!", "#12", False),
            ("see #123!", "#12*", True),
            ("number 12", "#12", False),
            ("thank you, @ann", "@ann", True),
            ("ann", "@ann", False),
            ("50% off for 5€", "50% 5€", True),
            ("+1", "+1", True),
            ("1", "+1", False),
            ("hello", "+hello", False),
            ("foo_bar", "bar", True),
            ("foo_bar", "foo_bar", True),
            ("https://example.com/a?b=1#c", "example.com", True),
            ("https://example.com/a?b=1#c", "https://example.com/a?b=1#c", True),
            ("don\u2019t", "don't", True),
            # A word is as long as it is, up to a bound.
            ("x" * 150, "x" * 149, False),
            ("x" * 150, "x" * 149 + "*", True),
            ("x" * 250, "x" * 199, False),
            ("x" * 250, "x" * 201, True),
            ("x" * 8000, "x" * 7999, True),
        ]
        keeper = self.keeper
        for number, (text, _, _) in enumerate(cases):
            keeper.says(f"room {number}", text)
        keeper.says("end", "marker")
        keeper.waits_for("marker", "end")
        for number, (text, words, is_found) in enumerate(cases):
            found = keeper.finds(words, f"room {number}")
            self.assertEqual(found, [text] if is_found else [], f"{words} in {text}")

    def test_search_in_rooms(self) -> None:
        self.says_much()
        hello, program, private = "Hello, World!", "the hello-world program", "hello in private"
        cases = {
            ("lobby", "dm:ann bob"): [hello, program, private],
            ("dm:ann bob", "dm:ann bob"): [private],
            ("dm:ann",): [],
            ("ann bob",): [],
            ("LOBBY",): [],
            ("!!!", "lobby"): [hello, program],
            ("",): ["hello in a room without a name"],
            ("\u2603", ""): ["hello in a room without a name", "hello snowman"],
            (): [],
        }
        self.keeper.says("", "hello in a room without a name")
        self.keeper.says("\u2603", "hello snowman", speaker="\u2603")
        self.keeper.says("end", "sign")
        self.keeper.waits_for("sign", "end")
        self.assertEqual(self.keeper.finds("hello", "\u2603", speaker="\u2603"), ["hello snowman"])
        for rooms, found in cases.items():
            self.assertEqual(self.keeper.finds("hello", *rooms), found, rooms)
        many = [f"room {number}" for number in range(1000)]
        self.assertEqual(self.keeper.finds("hello", *many, "lobby"), [hello, program])

    def test_search_by_speaker(self) -> None:
        self.says_much()
        both = ("lobby", "dm:ann bob")
        for name in ("Bob", "bob", "BOB"):
            self.assertEqual(self.keeper.finds("don't", *both, speaker=name), ["don't"])
        for name in ("zO\u00cb", "Zoe\u0308"):
            private = self.keeper.finds("hello", *both, speaker=name)
            self.assertEqual(private, ["hello in private"], ascii(name))
        for name in ("zoe", "", "bo", "\u2603", "ann bob"):
            self.assertEqual(self.keeper.finds("hello", *both, speaker=name), [], name)

    def test_search_since_and_no_more_than_so_many(self) -> None:
        keeper = self.keeper
        keeper.says("lobby", *(f"word {number}" for number in range(1, 501)))
        keeper.waits_for("500", "lobby")
        texts = [f"word {number}" for number in range(1, 501)]
        self.assertEqual(keeper.finds("word", "lobby", most=3), texts[-3:])
        self.assertEqual(keeper.finds("word", "lobby", most=1000), texts)
        self.assertEqual(keeper.finds("word", "lobby", most=0), [])
        self.assertEqual(keeper.finds("word", "lobby", most=-1), [])
        self.assertEqual(keeper.finds("word", "lobby", most=500, since=400.0), texts[399:])
        self.assertEqual(keeper.finds("word", "lobby", most=2, since=400.0), texts[-2:])
        self.assertEqual(keeper.finds("word", "lobby", since=501.0), [])

    def test_search_until(self) -> None:
        keeper = self.keeper
        keeper.says("lobby", *(f"word {number}" for number in range(1, 501)))
        keeper.waits_for("500", "lobby")
        texts = [f"word {number}" for number in range(1, 501)]
        self.assertEqual(keeper.finds("word", "lobby", most=2, until=100.0), texts[98:100])
        self.assertEqual(keeper.finds("word", "lobby", until=0.5), [])
        found = keeper.finds("word", "lobby", since=99.0, until=101.5)
        self.assertEqual(found, texts[98:101])

    def test_search_for_any_words(self) -> None:
        self.says_much()
        both = ("lobby", "dm:ann bob")
        private = ["hello in private", "NEAR OR AND not text:"]
        self.assertEqual(self.keeper.finds(None, both[1]), private)
        self.assertEqual(self.keeper.finds(None, *both, speaker="zo\u00cb"), private)
        self.assertEqual(self.keeper.finds(None, *both, most=1), private[1:])
        many = [f"r{number}" for number in range(200)]
        self.assertEqual(self.keeper.finds(None, *many, *both, most=1), private[1:])
        self.assertEqual(self.keeper.finds(None), [])

    # Replacing

    def test_replace(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        [first, old, last] = keeper.says("lobby", "first", "a secret thing", "last", speaker="Bob")
        keeper.says("other", "a secret elsewhere")
        self.assertTrue(keeper.gets(store.replace(old.id, "redacted", "nothing to see")))
        new = old._replace(kind="redacted", text="nothing to see")
        self.assertEqual(keeper.gets(store.find(old.id)), new)
        self.assertEqual(keeper.gets(store.after("lobby", 0, 10)), [first, new, last])
        self.assertEqual(keeper.gets(store.before("lobby", 4, 10)), [first, new, last])
        self.assertEqual(keeper.gets(store.position_at("lobby", 3.0)), 2)
        self.assertEqual(keeper.reads("other"), ["a secret elsewhere"])

    def test_nothing_to_replace(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        keeper.says("lobby", "a", "b", "c")
        keeper.gets(store.forget("lobby", 2.0, 1))
        for entry_id in (-1, 0, 1, 4, 2**70):
            self.assertFalse(keeper.gets(store.replace(entry_id, "redacted", "x")), entry_id)
        self.assertEqual(keeper.reads("lobby"), ["b", "c"])

    def test_search_finds_what_was_put_in_its_place(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        [indexed] = keeper.says("lobby", "secret of old")
        keeper.says("end", "marker")
        keeper.waits_for("marker", "end")
        self.assertEqual(keeper.finds("secret", "lobby"), ["secret of old"])
        [fresh] = keeper.says("lobby", "secret of new")
        for each in (indexed, fresh):
            self.assertTrue(keeper.gets(store.replace(each.id, "said", f"{each.id} is of no use")))
        self.assertEqual(keeper.finds("secret", "lobby"), [])
        keeper.says("end", "signal")
        keeper.waits_for("signal", "end")
        self.assertEqual(keeper.finds("secret", "lobby"), [])
        self.assertEqual(keeper.finds("old", "lobby"), [])
        self.assertEqual(keeper.finds("of", "lobby"), ["1 is of no use", "3 is of no use"])
        self.assertTrue(keeper.gets(store.replace(indexed.id, "said", "secret again")))
        self.assertEqual(keeper.finds("secret", "lobby", speaker="ann"), ["secret again"])
        self.assertEqual(keeper.finds("use", "lobby"), ["3 is of no use"])

    # Forgetting

    def test_forget(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        for number in range(1, 6):
            keeper.says("lobby", f"lobby {number}")
            keeper.says("other", f"other {number}")
        keeper.waits_for("5", "other")
        self.assertEqual(keeper.gets(store.forget("lobby", 6.0, 2)), 2)
        self.assertEqual(keeper.reads("lobby"), ["lobby 3", "lobby 4", "lobby 5"])
        self.assertEqual(keeper.gets(store.forget("lobby", 6.0, 2)), 1)
        self.assertEqual(keeper.gets(store.forget("lobby", 6.0, 2)), 0)
        self.assertEqual(keeper.reads("lobby"), ["lobby 4", "lobby 5"])
        self.assertEqual(len(keeper.reads("other")), 5)
        self.assertEqual(keeper.gets(store.forget(None, 8.0, 100)), 4)
        self.assertEqual(keeper.reads("lobby"), ["lobby 5"])
        self.assertEqual(keeper.reads("other"), ["other 4", "other 5"])
        self.assertEqual(keeper.gets(store.forget(None, NEVER, 0)), 0)
        self.assertIsNone(keeper.gets(store.find(1)))
        self.assertEqual(keeper.finds("lobby", "lobby"), ["lobby 5"])
        self.assertEqual(keeper.finds("4", "lobby", "other"), ["other 4"])
        self.assertEqual(keeper.gets(store.position_at("lobby", 8.0)), 0)

    def test_forget_everything_and_go_on(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        keeper.says("lobby", *map(str, range(1000)))
        self.assertEqual(keeper.gets(store.forget(None, NEVER, 10**6)), 1000)
        self.assertEqual(keeper.reads("lobby"), [])
        [said] = keeper.says("lobby", "hi")
        self.assertEqual((said.id, said.position), (1001, 1001))
        self.assertEqual(keeper.gets(store.before("lobby", 2000, 10)), [said])
        keeper.waits_for("hi", "lobby")

    def test_delete(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        said = keeper.says("@a/b", *map(str, range(500))) + keeper.says("lobby", "500")
        keeper.gets(store.delete([each.id for each in said[1::2]]))
        self.assertEqual(keeper.reads("@a/b"), [*map(str, range(0, 500, 2))])
        keeper.gets(store.delete([]))
        keeper.gets(store.delete([1, 10**9]))
        self.assertEqual(keeper.reads("@a/b")[0], "2")
        self.assertEqual(keeper.reads("lobby"), ["500"])
        keeper.waits_for("500", "lobby")
        self.assertEqual(keeper.finds("1", "@a/b"), [])

    def test_last_ids(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        keeper.says("@a/b", "one", "two")
        keeper.says("lobby", "three")
        keeper.says("@b/c", "four")
        rooms = ["@a/b", "@b/c", *[f"@{number}" for number in range(500)]]
        self.assertEqual(keeper.gets(store.last_ids(rooms)), {"@a/b": 2, "@b/c": 4})
        self.assertEqual(keeper.gets(store.last_ids([])), {})

    # Records

    def test_records(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        for name in ("room/a", "room/b", "room", "rooms", "user/\u00e9"):
            keeper.gets(store.put(name, f"of {name}", 0))
        keeper.gets(store.put("room/b", "new\0", 1))
        found = keeper.gets(store.records("room/"))
        self.assertEqual(found, {"room/a": Record("of room/a", 1), "room/b": Record("new\0", 2)})
        self.assertEqual(set(keeper.gets(store.records("user/"))), {"user/\u00e9"})
        self.assertEqual(len(keeper.gets(store.records(""))), 5)
        self.assertEqual(keeper.gets(store.records("room/a/")), {})
        self.assertEqual(keeper.gets(store.record("room")), Record("of room", 1))
        self.assertIsNone(keeper.gets(store.record("roo")))
        keeper.gets(store.put("room/b", None, 2))
        self.assertEqual(set(keeper.gets(store.records("room/"))), {"room/a"})
        keeper.gets(store.put("room/b", "again", 0))
        self.assertEqual(keeper.gets(store.records("room/b")), {"room/b": Record("again", 1)})
        keeper.gets(store.put("never there", None, 0))

    def test_many_records(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        for number in range(450):
            keeper.gets(store.put(f"{number:03}", str(number), 0))
        found = keeper.gets(store.records(""))
        values = {name: record.value for name, record in found.items()}
        self.assertEqual(values, {f"{number:03}": str(number) for number in range(450)})
        self.assertEqual(len(keeper.gets(store.records("3"))), 100)

    def test_conflict(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        keeper.gets(store.put("a", "1", 0))
        for name, value, version in [("a", "2", 0), ("a", "2", 2), ("a", None, 0), ("b", "2", 1)]:
            with self.assertRaises(Conflict):
                keeper.gets(store.put(name, value, version))
        self.assertEqual(keeper.gets(store.records("")), {"a": Record("1", 1)})

    def test_too_long_or_too_many_records(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        for module in (memory, file):
            self.patch(module, "RECORDS", 2)
        longest = "\u00e9" * (contract.VALUE_BYTES // 2)
        keeper.gets(store.put("a", longest, 0))
        with self.assertRaisesRegex(StoreError, "too long"):
            keeper.gets(store.put("b", longest + "x", 0))
        with self.assertRaisesRegex(StoreError, "no text"):
            keeper.gets(store.put("b", "half of a surrogate pair: \ud800", 0))
        keeper.gets(store.put("b", "", 0))
        with self.assertRaisesRegex(StoreError, "too many"):
            keeper.gets(store.put("c", "", 0))
        keeper.gets(store.put("a", "short", 1))
        keeper.gets(store.put("b", None, 1))
        keeper.gets(store.put("c", "", 0))
        self.assertEqual(set(keeper.gets(store.records(""))), {"a", "c"})


class Lasting(Contract):
    """And what those do that outlive the server."""

    def test_something_that_cannot_be_kept(self) -> None:
        keeper, store = self.keeper, self.keeper.store
        good, bad, other = keeper.makes("lobby", "a", "b", "c")
        for spoilt in (
            bad._replace(text="half of a surrogate pair: \ud800"),
            bad._replace(position=2**64),
            bad._replace(position=good.position),
        ):
            with self.assertRaises((ValueError, OverflowError, sqlite3.Error)):
                keeper.gets(store.append([good, spoilt, other]))
            self.assertEqual(keeper.reads("lobby"), [])
        keeper.gets(store.append([good]))
        keeper.gets(store.append([other]))
        self.assertEqual(keeper.reads("lobby"), ["a", "c"])
        keeper.closes()
        self.assertEqual(self.opens().kept, StoreState(3, {"lobby": 3}))

    def test_everything_is_there_again(self) -> None:
        keeper = self.keeper
        said = keeper.says("lobby", "a", "b") + keeper.says("other", "c")
        keeper.gets(keeper.store.put("name", "value", 0))
        keeper.closes()
        keeper = self.opens()
        self.assertEqual(keeper.kept, StoreState(3, {"lobby": 2, "other": 1}))
        self.assertEqual([keeper.gets(keeper.store.find(each.id)) for each in said], said)
        self.assertEqual(keeper.gets(keeper.store.records("")), {"name": Record("value", 1)})
        keeper.waits_for("c", "other")
        self.assertEqual(keeper.finds("a", "lobby"), ["a"])
        keeper.says("lobby", "d")
        self.assertEqual(keeper.reads("lobby"), ["a", "b", "d"])

    def test_what_was_replaced_stays_so(self) -> None:
        keeper = self.keeper
        [old] = keeper.says("lobby", "secret")
        keeper.gets(keeper.store.replace(old.id, "redacted", "gone"))
        keeper.closes()
        keeper = self.opens()
        new = old._replace(kind="redacted", text="gone")
        self.assertEqual(keeper.gets(keeper.store.find(old.id)), new)
        keeper.says("lobby", "marker")
        keeper.waits_for("marker", "lobby")
        self.assertEqual(keeper.finds("gone", "lobby"), ["gone"])
        self.assertEqual(keeper.finds("secret", "lobby"), [])

    def test_no_id_and_no_position_comes_again(self) -> None:
        keeper = self.keeper
        keeper.says("lobby", "a", "b")
        keeper.gets(keeper.store.forget(None, NEVER, 10))
        keeper.closes()
        self.assertEqual(self.opens().kept, StoreState(2, {"lobby": 2}))

    def test_nothing_is_left_of_a_room_that_has_ended(self) -> None:
        keeper = self.keeper
        keeper.says("lobby", "a")
        keeper.says("other", "b", "c")
        self.assertEqual(keeper.gets(keeper.store.forget("other", NEVER, 2)), 2)
        self.assertEqual(keeper.gets(keeper.store.forget("other", NEVER, 2)), 0)
        keeper.closes()
        self.assertEqual(self.opens().kept, StoreState(3, {"lobby": 1}))

    def test_heads_are_those_of_rooms_that_people_join(self) -> None:
        keeper = self.keeper
        for room in ("", "#a", "#z", "@a/b", "@z/z", "A", "lobby"):
            keeper.says(room, "a", "b")
        keeper.gets(keeper.store.forget("@a/b", NEVER, 1))
        keeper.closes()
        heads = dict.fromkeys(["", "#a", "#z", "A", "lobby"], 2)
        self.assertEqual(self.opens().kept, StoreState(14, heads))

    def test_the_end_waits_for_what_was_asked_for(self) -> None:
        keeper = self.keeper
        said = keeper.says("lobby", *map(str, range(1000)))
        appending = keeper.begins(keeper.store.append(keeper.makes("lobby", "last")))
        reading = keeper.begins(keeper.store.after("lobby", 600, 300))
        forgetting = keeper.begins(keeper.store.forget("lobby", 500.5, 1000))
        closing = keeper.begins(keeper.store.close())
        with self.assertRaisesRegex(StoreError, "closed"):
            keeper.gets(keeper.store.find(1))
        keeper.result_of(closing)
        self.assertTrue(appending.called)
        self.assertTrue(reading.called)
        self.assertTrue(forgetting.called)
        self.assertEqual(keeper.result_of(reading), said[600:900])
        self.assertEqual(keeper.result_of(forgetting), 500)
        keeper = self.opens()
        found = keeper.gets(keeper.store.after("lobby", 0, 1000))
        self.assertEqual(found[:-1], said[500:])
        self.assertEqual(found[-1].text, "last")

    def test_closed_and_opened_again(self) -> None:
        keeper = self.keeper
        keeper.says("lobby", "a")
        for _ in range(2):
            keeper.closes()
        self.assertEqual(keeper.opens(), StoreState(1, {"lobby": 1}))
        keeper.says("lobby", "b")
        keeper.closes()
        self.assertEqual(keeper.opens(), StoreState(2, {"lobby": 2}))


class MemoryContractTests(Contract, SynchronousTestCase):
    def makes(self) -> Store:
        return MemoryStore(100_000, 2**30, self.turns.soon)


class SqliteContractTests(Lasting, SynchronousTestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = str(Path(folder.name) / "chat 100%?#.sqlite")
        self.patch(file, "INDEX_AFTER", 0.0)
        super().setUp()

    def makes(self) -> Store:
        return SqliteStore(self.path, self.turns.from_thread, "normal")


class SameTests(SynchronousTestCase):
    """Every store finds the same."""

    def opens(self) -> list[Keeper]:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.patch(file, "INDEX_AFTER", 0.0)
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
