"""Names that people choose."""

from __future__ import annotations

from itertools import combinations
from unicodedata import category, normalize

from hypothesis import example, given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.people.given_names import Names
from chatsvc.chat.people.nicks import checked
from chatsvc.errors import ChatError
from chatsvc.text.lookalikes import _LOOKS, _skeleton, plain_look, skeleton
from chatsvc.text.names import LONGEST, BadName, folded, mentions
from tests.harness import Clock

ACUTE = "\u0301"
BELOW = "\u0323"
NAMES = st.text(
    st.characters(categories=["L", "M", "N", "Cf"], include_characters="-_ "), max_size=LONGEST
)


class CheckedTests(SynchronousTestCase):
    def refused(self, name: str) -> str:
        return str(self.assertRaises(BadName, checked, name))

    def test_letters_and_digits_of_any_script(self) -> None:
        for name in (
            "ann",
            "Ann-Marie_2",
            "7of9",
            "Ünal",
            "Łukasz",
            "Søren",
            "Νίκος",
            "Юлия",
            "Հայկ",
            "שלום",
            "محمد",
            "हिन्दी",
            "தமிழ்",
            "ภาษาไทย",
            "ខ្មែរ",
            "한글",
            "さくら",
            "コーヒー",
            "李小龍",
            "bob٣",
            "Okoth",
        ):
            self.assertEqual(checked(name), name)

    def test_is_kept_composed(self) -> None:
        self.assertEqual(checked(f"Jose{ACUTE}"), "José")
        self.assertEqual(checked("\u212bsa"), "Åsa")

    def test_bounds(self) -> None:
        bounds = "A name has 2 to 32 characters."
        self.assertEqual(self.refused(""), bounds)
        self.assertEqual(self.refused("x"), bounds)
        self.assertEqual(checked("xx"), "xx")
        self.assertEqual(checked("x" * 32), "x" * 32)
        self.assertEqual(self.refused("x" * 33), bounds)

    def test_bounds_count_what_is_kept(self) -> None:
        self.assertEqual(checked(f"e{ACUTE}" * 32), "é" * 32)
        self.assertIn("2 to 32", self.refused(f"e{ACUTE}"))
        self.assertIn("2 to 32", self.refused("\u0958" * 17))  # which NFC takes apart

    def test_far_too_long_ones_cost_little(self) -> None:
        self.assertIn("2 to 32", self.refused("x" + f"{ACUTE}{BELOW}" * 100_000))
        self.assertEqual(checked("ω\u0313\u0342\u0345" * 32), "ᾦ" * 32)

    def test_begins_with_a_letter_or_a_digit(self) -> None:
        for name in ("-ann", "_ann", "--"):
            self.assertEqual(self.refused(name), "A name begins with a letter or a digit.")

    def test_what_cannot_be_in_one_is_named(self) -> None:
        for name, what in {
            "ann lee": "space",
            "ann:": "colon",
            "ann!": "exclamation mark",
            '"ann"': "quotation mark",
            "ann\U0001f600": "grinning face",
            "ann²": "superscript two",
            "ann½": "vulgar fraction one half",
            "annⅧ": "roman numeral eight",
            "ann\x07": "U+0007",
            "ann\x1b[1m": "U+001B",
            "ann\x9b": "U+009B",
            "ann\ud800": "U+D800",
            "ann\ue000": "U+E000",
            "ann\U000e0fff": "U+E0FFF",
            "ann\u00ad": "soft hyphen",
            "ann\u200b": "zero width space",
            "ann\u200d": "zero width joiner",
            "ann\u202e": "right-to-left override",
            "ann\u2067": "right-to-left isolate",
            "ann\u200f": "right-to-left mark",
            "ann\u061c": "arabic letter mark",
            "ann\u20e3": "combining enclosing keycap",
        }.items():
            self.assertEqual(
                self.refused(name), f'A name is made of letters, digits, "-" and "_": no {what}.'
            )

    def test_neither_can_letters_and_marks_that_show_nothing(self) -> None:
        for blank in (
            "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\ufe00\ufe0f\uffa0"
            "\U000e0100\U000e01ef"
        ):
            self.assertIn(category(blank), ("Lo", "Mn", "Cn"))
            self.assertIn("made of letters", self.refused(f"an{blank}n"))

    def test_marks_come_after_letters_and_not_in_piles(self) -> None:
        self.assertEqual(checked(f"q{BELOW}{ACUTE}q{ACUTE}"), f"q{BELOW}{ACUTE}q{ACUTE}")
        for name in (
            f"q{BELOW}{ACUTE}{ACUTE}",
            f"{ACUTE}ann",
            f"7{ACUTE}",
            f"ann-{ACUTE}",
        ):
            self.assertEqual(
                self.refused(name), "Accents and the like come after a letter, 2 at most."
            )

    def test_reserved(self) -> None:
        for name in (
            "server",
            "SERVER",
            "ѕеrvеr",
            "ｒｏｏｔ",
            "r00t",
            "Admin",
            "adm1n",
            "rnoderator",
            "all",
            "a11",
            "Everyone",
            "here",
            "ME",
            "you",
            "nobody",
            "client",
            "NickServ",
            "chanserv",
            "NіckServ",
        ):
            self.assertEqual(
                self.refused(name), f'"{name}" is reserved, or looks like a name that is.'
            )

    def test_nothing_more_is_reserved(self) -> None:
        for name in ("Ali", "ALI", "servers", "Roots", "Meg", "Hera", "clients", "Clint"):
            self.assertEqual(checked(name), name)

    def test_given_names_and_what_looks_like_them(self) -> None:
        for name in (
            "client1",
            "Client20",
            "CLIENT007",
            "client12345678901234567890",
            "cIient1",
            "сlient1",
            "clientl",
            "clientO",
            "client\N{DEVANAGARI DIGIT TWO}",
            "client\N{FULLWIDTH DIGIT SEVEN}",
            "client\N{CYRILLIC CAPITAL LETTER ZE}",
        ):
            self.assertEqual(
                self.refused(name),
                'Names like "client7" are given by the server; nobody can choose one.',
            )

    def test_greek_letters_with_two_faces_are_for_greek_names(self) -> None:
        self.assertEqual(checked("Γιάννης-2"), "Γιάννης-2")
        self.assertEqual(checked("ευρυδίκη"), "ευρυδίκη")
        for name in ("iνan", "Νina", "dаνе", "tonύ", "ТОNΥ"):
            self.assertIn("all-Greek names", self.refused(name))

    def test_is_an_error_that_people_are_told(self) -> None:
        self.assertTrue(issubclass(BadName, ChatError))

    @given(NAMES)
    @example("e\u0301\u0301\u0301")
    def test_lets_nothing_through_that_is_not_seen(self, name: str) -> None:
        try:
            kept = checked(name)
        except BadName as error:
            self.assertTrue(str(error).isprintable())
        else:
            self.assertTrue(kept.isprintable())
            self.assertFalse(set(kept) & set(" \u034f\u3164\ufe0f"))
            self.assertEqual(kept, normalize("NFC", name))
            self.assertEqual(checked(kept), kept)

    @given(st.text())
    def test_refuses_only_in_words(self, name: str) -> None:
        try:
            self.assertTrue(checked(name).isprintable())
        except BadName as error:
            self.assertTrue(str(error).isprintable())


class FoldedTests(SynchronousTestCase):
    def test_is_the_same_for_one_name(self) -> None:
        for one, other in (
            ("Ann-Marie_2", "ann-marie_2"),
            ("José", f"JOSE{ACUTE}"),
            ("straße", "STRASSE"),
            ("Νίκος", "ΝΊΚΟΣ"),
            ("ΐ", "Ϊ́"),
            ("#Café", f"#cafe{ACUTE}"),
        ):
            self.assertEqual(folded(one), folded(other))

    def test_differs_for_others_and_look_alikes(self) -> None:
        for one, other in (("ann", "anna"), ("bill", "biil"), ("bob", "b0b"), ("anna", "аnna")):
            self.assertNotEqual(folded(one), folded(other))

    def test_of_the_longest_is_not_that_of_one_more(self) -> None:
        longest = "#" + "ᾦ" * 32
        self.assertEqual(folded(longest), folded("#" + "ᾦ" * 32))
        self.assertNotEqual(folded(longest), folded(longest + "ω"))

    def test_far_too_long_ones_cost_little(self) -> None:
        pile = "x" + f"{ACUTE}{BELOW}" * 100_000
        self.assertLess(len(folded(pile)), 200)
        self.assertLess(len(skeleton(pile)), 200)

    @given(st.text(max_size=LONGEST) | NAMES)
    def test_disregards_composition(self, name: str) -> None:
        for form in ("NFC", "NFD"):
            self.assertEqual(folded(normalize(form, name)), folded(name))

    @given(NAMES)
    def test_those_that_are_one_look_alike(self, name: str) -> None:
        self.assertEqual(skeleton(folded(name)), skeleton(name))


class MentionTests(SynchronousTestCase):
    def test_whole_words(self) -> None:
        for text in ("bob", "hey Bob!", "@bob", "bob's", "(bob)", "bobby and bob", "«bob»"):
            self.assertTrue(mentions("bob", text), text)
        for text in ("bobby", "kebob", "bob2", "b.o.b", "bob_", "_bob", "bob-lee", "j-bob", ""):
            self.assertFalse(mentions("bob", text), text)
        self.assertTrue(mentions("bob-lee", "hey Bob-Lee,"))
        self.assertTrue(mentions("bob_", "hey bob_!"))
        self.assertFalse(mentions("", "anything"))

    def test_any_script(self) -> None:
        self.assertTrue(mentions("José", f"Hola JOSE{ACUTE}!"))
        self.assertFalse(mentions("Jose", f"Hola Jose{ACUTE}!"))
        self.assertTrue(mentions("राम", "राम, नमस्ते"))
        self.assertFalse(mentions("राम", "रामा"))

    def test_far_too_long_texts_cost_little(self) -> None:
        self.assertFalse(mentions("bob", f"{ACUTE}{BELOW}" * 100_000))


class PlainLookTests(SynchronousTestCase):
    def test_ordinary_names_differ(self) -> None:
        for names in (
            "Maria Marla Marie Marle Mario Marlo Marian Marlan Carl Cari Karl Kari Clara Ciara",
            "Ian Lan Iola Lola Ioana Loana Ilana Liana Llana Ila Lia Ilia Lila Eli Ell Elia Ella",
            "Ai Al Kai Kal Mai Mal Hai Hal Dai Dal Neil Nell Gail Gall Billy Blily Kelly Keily",
            "Erna Ema Marnie Mamie Arno Amo Arne Ame Bernd Bemd Heidi Heldi Susi Susl Eike Elke",
            "MARIA MARLA IAN LAN maria marla ian",
            "Iván Lván Célia Célla Émilie Émille Aili Alli Eino Elno Miia Mila",
            "דן דו רן רו איתן איתו עידן עידו",
        ):
            looks = [plain_look(name) for name in names.split()]
            self.assertNotIn("", looks)
            self.assertEqual(len(set(looks)), len(looks), names)

    def test_capital_i_passes_for_l(self) -> None:
        self.assertEqual(plain_look("Ian"), plain_look("lan"))
        self.assertEqual(plain_look("II"), plain_look("ll"))
        self.assertEqual(plain_look("Ǎnna"), plain_look("Ănna"))

    def test_others_have_none(self) -> None:
        for name in (
            *("MarIa", "biII", "BiII", "McDonald", "maria1", "b0b", "ann-lee", "ann_"),
            *(
                "mаria",
                "Мария",
                "Νίκος",
                "mɑria",
                "ﬁona",
                "ｂｏｂ",
                "Søren",
                "İlker",
                "i̇lker",
                "ılker",
            ),
            *("דןn", "", "-", "\u0301"),
        ):
            self.assertEqual(plain_look(name), "", name)

    @given(NAMES)
    def test_what_is_one_has_one_skeleton(self, name: str) -> None:
        look = plain_look(name)
        if look:
            self.assertEqual(skeleton(look), skeleton(name))


class SkeletonTests(SynchronousTestCase):
    def same(self, *names: str) -> None:
        self.assertEqual({skeleton(name) for name in names}, {skeleton(names[0])}, names)

    def differ(self, *names: str) -> None:
        for one, other in combinations(names, 2):
            self.assertNotEqual(skeleton(one), skeleton(other), f"{one} {other}")

    def test_case(self) -> None:
        self.same("ann", "Ann", "ANN")
        self.same("straße", "STRASSE")
        self.same("Νίκος", "ΝΊΚΟΣ", "νίκοσ")
        self.same("юлия", "ЮЛИЯ")
        self.same("ivan", "İvan", "ıvan")

    def test_composition_and_compatible_forms(self) -> None:
        self.same("José", f"Jose{ACUTE}")
        self.same("bob", "ｂｏｂ", "𝓫𝖔𝕓")
        self.same("film", "ﬁlm")

    def test_latin(self) -> None:
        self.same("client1", "Client1", "CLIENT1", "cIient1", "c1ientl", "clientl")
        self.same("bob", "b0b", "BOB", "B0B")
        self.same("mike", "rnike", "MIKE")
        self.same("Søren", "So\u0338ren")
        self.same("ivan", "i\u0307van", "ı\u0307van")
        self.same("jan", "j\u0307an")

    def test_other_scripts(self) -> None:
        self.same("client1", "сlient1", "clіеnt1", "ϲlient1", "ⅽlient1", "Ⅽlient1")
        self.same("paypal", "раураl", "РАΥРАL", "ρaypal")
        self.same("anna", "ANNA", "ΑΝΝΑ", "аnnа", "Аnnа")
        self.same("HANNES", "НАNNЕЅ", "hаnnеѕ")
        self.same("KATE", "ΚΑΤΕ", "КАТЕ", "ᏦᎪᎢᎬ")
        self.same("max", "МАХ", "мах", "ΜΑΧ")
        self.same("вера", "BEPA")
        self.same("ФОМА", "ΦΟΜΑ")
        self.same("bob5", "bob𝟓", "bob５")
        self.same("bob0", "bob٥", "bob०")
        self.same("OʼHara", "OʻHara", "Oʹhara", "oˈhara")

    def test_within_a_script(self) -> None:
        self.same("علی", "على", "علي")
        self.same("ă" + "nna", "ǎnna")
        self.same("へいわ", "ヘいわ")

    def test_ordinary_names_are_not_one(self) -> None:
        self.differ("Ann", "Anna", "Ana", "Nan", "Ava", "Eva", "Eve", "Ivy", "Ida", "Ina", "Una")
        self.differ("Ben", "Bev", "Ken", "Kev", "Len", "Lev", "Dan", "Dav", "Ron", "Roy", "Rob")
        self.differ("Ian", "Jan", "Iain", "Liam", "Lia", "Mia", "Max", "Nina", "Vina", "Guy", "Gus")
        self.differ("José", "Jose", "Zoë", "Zoe", "Søren", "Soren", "Şule", "Sule")
        self.differ("Анна", "Анне", "Иван", "Илья", "Олег", "Ольга", "Пётр", "Петр", "Юлия", "Юля")
        self.differ("Νίκος", "Νίκη", "Μαρία", "Μάριος", "Γιάννης", "Γιώργος", "Άννα", "Ελένη")
        self.differ("bob2", "bob3", "bob4", "bob5", "bob6", "bob7", "bob8", "bob9", "bob0", "bob1")

    def test_given_names_are_all_different(self) -> None:
        names = Names(Clock())
        given = [names.give(None) for _ in range(20_000)]
        self.assertEqual(given[-1], "client20000")
        self.assertEqual(len({skeleton(name) for name in given}), 20_000)

    def test_only_so_many_are_remembered(self) -> None:
        most = _skeleton.cache_info().maxsize
        assert most is not None
        for number in range(most + 10):
            skeleton(f"{number}" + "x" * 1000)
        self.assertEqual(_skeleton.cache_info().currsize, most)

    def test_looks_are_final(self) -> None:
        for character, look in _LOOKS.items():
            self.assertEqual(skeleton(look), look)
            self.assertEqual(skeleton(chr(character)), look)

    @given(st.text(max_size=LONGEST) | NAMES)
    @example("0" * 62 + "M¨¨¨¯´´´´´´´¸¸¸¼¼¼¼¼¼¼¼¼¼¼¼‥℠")
    def test_is_its_own_skeleton(self, name: str) -> None:
        self.assertEqual(skeleton(skeleton(name)), skeleton(name))

    @given(st.text(max_size=LONGEST) | NAMES)
    @example("\u0345\u0301")
    @example("ᾴ")
    def test_disregards_case_as_casefold_does(self, name: str) -> None:
        for other in (name.upper(), name.lower(), name.title(), name.casefold()):
            if other.casefold() == name.casefold():
                self.assertEqual(skeleton(other), skeleton(name))

    @given(NAMES)
    def test_disregards_composition(self, name: str) -> None:
        for form in ("NFC", "NFD"):
            self.assertEqual(skeleton(normalize(form, name)), skeleton(name))
