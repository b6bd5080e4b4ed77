"""Every store: what was said is found."""

from __future__ import annotations

from unicodedata import normalize

from twisted.trial.unittest import SynchronousTestCase

from tests.stores.contract.contract import Contract, InFile, InMemory


class Searching(Contract):
    """What was said is found."""

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

    def test_search_below_an_id_among_messages_of_the_same_time(self) -> None:
        keeper = self.keeper
        keeper.says("lobby", "word before", at=4.0)
        said = keeper.says("lobby", *(f"word {number}" for number in range(300)), at=5.0)
        keeper.says("lobby", "word after", at=6.0)
        keeper.waits_for("after", "lobby")
        texts = [each.text for each in said]
        found = keeper.finds("word", "lobby", until=5.0, below=said[20].id, most=10)
        self.assertEqual(found, texts[10:20])
        found = keeper.finds("word", "lobby", until=5.0, below=said[2].id)
        self.assertEqual(found, ["word before", *texts[:2]])

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


class MemorySearchingTests(InMemory, Searching, SynchronousTestCase):
    pass


class SqliteSearchingTests(InFile, Searching, SynchronousTestCase):
    pass
