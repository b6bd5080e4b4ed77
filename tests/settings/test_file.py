"""The lines of a file of settings, and what cannot be understood of it."""

from __future__ import annotations

import os
import random
import tomllib

from chatsvc.settings.file import LARGEST, MOST_TRIES, Entry, Fault, parsed, read
from tests.processes import FolderTestCase

TEXT = '''# A comment, [with] """signs""".
top = 1
[server]
motd = """
[not] = "a table"
key = [
"""  # the end
operator = [
  "ann",  # ]
  'bob',
]

literal = \'\'\'
\'\'\'
[rooms."#ops"]
topic = \'\'\'
]\'\'\'
limits.most = 3
table = {one = 1, "two words" = {three = []}}
[empty]
'''


class FileTests(FolderTestCase):
    def test_each_value_has_its_line(self) -> None:
        entries, faults = parsed(TEXT)
        self.assertEqual(faults, [])
        ops = ("rooms", "#ops")
        self.assertEqual(
            entries,
            [
                Entry(("top",), 1, 2),
                Entry(("server",), {}, 3),
                Entry(("server", "motd"), '[not] = "a table"\nkey = [\n', 4),
                Entry(("server", "operator"), ["ann", "bob"], 8),
                Entry(("server", "literal"), "", 13),
                Entry(ops, {}, 15),
                Entry((*ops, "topic"), "]", 16),
                Entry((*ops, "limits", "most"), 3, 18),
                Entry((*ops, "table", "one"), 1, 19),
                Entry((*ops, "table", "two words", "three"), [], 19),
                Entry(("empty",), {}, 20),
            ],
        )

    def test_the_values_are_those_of_the_standard_library(self) -> None:
        for text in (TEXT, TEXT.replace("\n", "\r\n"), "", "\n", TEXT.rstrip()):
            self.assertEqual(_together(parsed(text)[0]), tomllib.loads(text))

    def test_what_is_no_toml(self) -> None:
        no = "this is not TOML: "
        quotes = "Texts stand in quotes."
        for text, faults in {
            "a = 5x\nb = c\nd = 1": [
                (1, f"{no}expected newline or end of document after a statement, at character 6."),
                (2, f"{no}invalid value, at character 5. {quotes}"),
            ],
            'a = """\nb = 1\n': [(1, f"{no}unterminated string.")],
            "a = [\n1,\nb = 2\nc = ]": [(3, f"{no}invalid value, at character 1. {quotes}")],
            'a = """\n\\q\n"""\nb': [(2, f"{no}unescaped '\\' in a string, at character 3.")],
            "[a\nb = c": [
                (1, f"{no}expected ']' at the end of a table declaration, at character 3.")
            ],
            "\n\n= 1": [(3, f"{no}invalid statement, at character 1.")],
            'a = "\x1b[31m"': [(1, f"{no}illegal character '\\x1b', at character 6.")],
            "a = 1\n\na = 2": [(3, "'a' is there twice, first in line 1.")],
            "[a]\nb = 1\n[c]\n[a]": [(4, "'a' is there twice, first in line 1.")],
            "a.b = 1\n[a]": [(2, f"{no}cannot declare ('a',) twice, at character 3.")],
        }.items():
            self.assertEqual(parsed(text)[1], [Fault(*each) for each in faults], text)

    def test_a_value_that_does_not_end_takes_no_longer_than_its_bound(self) -> None:
        lines = '"a]",\n' * (MOST_TRIES - 1)
        self.assertEqual(len(parsed(f"a = [\n{lines}]\n")[0]), 1)
        complaint = "this value has too many lines: is its end missing?"
        for text in (f'a = [\n{lines}"b]",\n]\n', f"a = [\n{lines * 100}"):
            self.assertEqual(parsed(text), ([], [Fault(1, complaint)]))

    def test_any_text_is_taken_apart_as_the_standard_library_takes_it_together(self) -> None:
        pieces = [
            "a = 1\n", "[t]\n", "b = [\n", "]\n", "1,\n", 'c = """\n', '"""\n', "d = '''\n",
            "'''\n", "# ] \"\"\"\n", "[t.u]\n", "e = {f = [\n", "]}\n", '"x",\n',
            "\n", "g.h = 2\n",
        ]  # fmt: skip
        chance = random.Random(1)
        good = 0
        for _ in range(3000):
            text = "".join(chance.choices(pieces, k=chance.randrange(8)))
            try:
                whole = tomllib.loads(text)
            except tomllib.TOMLDecodeError:
                self.assertNotEqual(parsed(text)[1], [], text)
            else:
                good += 1
                self.assertEqual(parsed(text)[1], [], text)
                self.assertEqual(_together(parsed(text)[0]), whole)
        self.assertGreater(good, 300)

    def test_what_cannot_be_read(self) -> None:
        path = self.folder / "file"
        with self.assertRaisesRegex(ValueError, "^cannot read it: No such file or directory.$"):
            read(path)
        with self.assertRaisesRegex(ValueError, "^it is a folder.$"):
            read(self.folder)
        os.mkfifo(path)  # reading it would never end
        with self.assertRaisesRegex(ValueError, "^it is no file.$"):
            read(path)
        path.unlink()
        path.write_bytes(b"a = 1\nb = '\xff'\n")
        with self.assertRaisesRegex(ValueError, "^it is not UTF-8 in line 2.$"):
            read(path)
        path.write_text("#" * LARGEST)
        self.assertEqual(len(read(path)), LARGEST)
        path.write_text("#" * (LARGEST + 1))
        with self.assertRaisesRegex(ValueError, "^it is larger than 64 KiB.$"):
            read(path)

    def test_a_byte_order_mark(self) -> None:
        path = self.folder / "file"
        path.write_bytes("\ufeffa = 1".encode())
        self.assertEqual(parsed(read(path)), ([Entry(("a",), 1, 1)], []))


def _together(entries: list[Entry]) -> dict[str, object]:
    whole: dict[str, object] = {}
    for path, value, _ in entries:
        table = whole
        for name in path[:-1]:
            inner = table.setdefault(name, {})
            assert isinstance(inner, dict)
            table = inner
        table.setdefault(path[-1], value)
    return whole
